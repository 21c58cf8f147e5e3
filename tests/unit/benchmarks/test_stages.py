"""The baselines of the benchmarks give the library's results, and the checks see when they do not."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks import inputs
from benchmarks.stages import chain, extraction, model, tables

from rootline.lartpc.images import ImageConfig, render_images

N_EVENTS = 10
CASES = [
    inputs.Case(n_events=3),
    inputs.Case(layout="channel-mapped", codec="zstd", per_basket=4, n_events=6),
    inputs.Case(codec="lz4", per_basket=2, n_events=4),
]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> inputs.Events:
    return inputs.simulate_events(tmp_path_factory.mktemp("events") / "events.npy", clusters=23, n_events=N_EVENTS)


@pytest.fixture(scope="module")
def study(events: inputs.Events, tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("study")
    inputs.write_root(folder / "raw.root", events, inputs.Case(codec="zstd", n_events=N_EVENTS))
    inputs.write_hits(folder / "hits.csv", events, n_events=N_EVENTS)
    curves = inputs.write_curves(folder)
    made = inputs.build_tables(folder / "raw.root", folder / "hits.csv", curves)
    assert len(made.tracks) >= 5
    return {"hits": folder / "hits.csv", "curves": curves, "tables": made}


def check(stage) -> None:
    stage.check(stage.baseline(), stage.ours())
    for floor in stage.floors:
        floor()


@pytest.mark.parametrize("case", CASES, ids=inputs.Case.describe)
def test_the_plain_reader_and_finder_give_what_ours_give(events, tmp_path, case):
    root = tmp_path / "raw.root"
    inputs.write_root(root, events, case)
    check(extraction.reading(root, case))
    check(extraction.clusters(root, case, tmp_path))


def test_each_way_of_decompressing_gives_all_samples(events, tmp_path):
    for case in CASES:
        root = tmp_path / "raw.root"
        inputs.write_root(root, events, case)
        stage = extraction.reading(root, case)
        sizes = {floor() for floor in stage.floors}
        assert len(sizes) == 1
        assert min(sizes) >= 2 * 3072 * case.n_events


def test_plain_regions_are_ours(events):
    check(extraction.labelling(events, n_events=3, clusters=23))


def test_plain_pairs_are_ours(study):
    clusters = inputs.repeat_events(study["tables"].found.clusters, n_distinct=N_EVENTS, n_events=25)
    check(tables.match(clusters, n_events=25))


def test_plain_chi2_is_ours(study):
    check(tables.compare_curves(study["hits"], study["curves"], n_events=N_EVENTS))


@pytest.mark.parametrize("resampling", ["area", "bilinear"])
def test_plain_images_are_ours(study, resampling):
    check(tables.render(study["tables"].tracks, resampling=resampling, n_events=N_EVENTS))


def test_plain_features_are_ours(study):
    check(tables.measure_features(study["tables"].tracks, n_events=N_EVENTS))


@pytest.mark.slow
def test_plain_training_and_inference_are_ours(study):
    images = np.tile(render_images(study["tables"].tracks, ImageConfig()), (12, 1, 1, 1))[:60]
    check(model.training(images, n_val=20, epochs=2))
    check(model.inference(images))


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_plain_way_from_root_to_figures_ends_where_ours_ends(events, study, tmp_path, precision):
    case = inputs.Case(codec="zstd", per_basket=4, n_events=48)
    root, hits = tmp_path / "raw.root", tmp_path / "hits.csv"
    inputs.write_root(root, events, case)
    inputs.write_hits(hits, events, n_events=case.n_events)
    check(chain.chain(chain.Input(root, hits, study["curves"]), tmp_path, case, epochs=1, precision=precision))
    for name in ("plain", "fast"):
        assert {"training.png", "tracks.png"} <= {path.name for path in (tmp_path / name).iterdir()}


def test_the_checks_see_a_difference(study):
    stage = tables.render(study["tables"].tracks, resampling="area", n_events=N_EVENTS)
    images = stage.ours()
    with pytest.raises(AssertionError):
        stage.check(images, images * np.float32(1.0001))
    pairs = tables.match(study["tables"].found.clusters, n_events=N_EVENTS)
    found = pairs.ours()
    with pytest.raises(AssertionError):
        pairs.check(found, found.assign(match_score=found["match_score"] + 1))


def test_repeated_events_have_the_numbers_of_the_file_that_repeats_them(events, study, tmp_path):
    case = inputs.Case(codec="zstd", n_events=N_EVENTS + 3)
    root, hits = Path(tmp_path) / "raw.root", Path(tmp_path) / "hits.csv"
    inputs.write_root(root, events, case)
    inputs.write_hits(hits, events, n_events=case.n_events)
    whole = inputs.build_tables(root, hits, study["curves"])
    made = study["tables"]
    for one, other in ((made.found.clusters, whole.found.clusters), (made.tracks, whole.tracks)):
        assert inputs.repeat_events(one, n_distinct=N_EVENTS, n_events=case.n_events).equals(other.combine_chunks())
