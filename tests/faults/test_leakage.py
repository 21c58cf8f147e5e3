"""Tracks that a model learnt from among those that it is judged on: each way in is closed, with a word."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rootline.core.counted import check_counted, numbers_of
from rootline.core.tables import TRACK_KEY


def change(path, edit):
    """Rewrite a table, as somebody with a notebook would."""
    table = pq.read_table(path)
    frame = table.to_pandas()
    edit(frame)
    pq.write_table(pa.Table.from_pandas(frame, schema=table.schema, preserve_index=False), path)


def run_of(study):
    return next(path.name for path in (study.results / "models").iterdir())


def test_held_out_events_in_the_training_set_stop_the_training(study):
    split = study.results / "splits/default.trainable.parquet"
    whole, model = split.read_bytes(), f"results/lartpc/models/{run_of(study)}/model.safetensors"
    trained = (study.folder / model).read_bytes()

    def hold_none_out(frame):
        frame.loc[frame["part"] == "test", "part"] = "train"

    change(split, hold_none_out)
    outcome = study.snakemake(model)
    assert outcome.returncode == 1, outcome.text
    assert (
        "train_model: the split puts" in outcome.text
        and "is in train, but belongs to test by split.seed=0" in outcome.text
    )
    assert "delete it and give the same command again" in outcome.text
    assert not (study.folder / model).exists(), "nothing was trained on it"
    split.write_bytes(whole)
    outcome = study.snakemake(model)
    assert outcome.returncode == 0, outcome.text
    assert (study.folder / model).read_bytes() == trained


def test_tracks_of_one_event_in_two_parts_stop_the_latents(study):
    def tear(frame):
        tracks = frame.groupby(["run", "subrun", "event"])["part"].transform("size")
        torn = frame.index[(tracks > 1) & (frame["part"] == "train")][0]
        frame.loc[torn, "part"] = "test"

    change(study.results / "splits/default.parquet", tear)
    latents = f"results/lartpc/latents/{run_of(study)}.parquet"
    outcome = study.snakemake(latents, "--allowed-rules", "encode_tracks")
    assert outcome.returncode == 1, outcome.text
    assert "encode_tracks: the split tears run " in outcome.text and "its tracks are in train and test" in outcome.text


def test_a_track_that_the_model_learnt_from_is_scored_by_no_probe(study):
    run = run_of(study)
    probed = f"results/lartpc/analysis/{run}/probe_scores.parquet"
    study.change("lartpc.analyses.probe.min_tracks", 10)  # the tiny study has too few for the default
    assert study.snakemake(probed).returncode == 0
    latents = pd.read_parquet(study.results / f"latents/{run}.parquet")
    learnt = latents[(latents["part"] == "train") & (latents["sample"] == "protons")].iloc[0]

    def score_it(frame):
        for name in TRACK_KEY:
            frame.loc[frame.index[0], name] = learnt[name]

    change(study.folder / probed, score_it)
    scores = f"results/lartpc/analysis/{run}/classifier_scores.parquet"
    outcome = study.snakemake(scores, "--allowed-rules", "train_classifier")
    assert outcome.returncode == 1, outcome.text
    assert "scores of the probe are of tracks that the model learned from, the first is sample=protons" in outcome.text


def test_a_sample_that_is_held_out_cannot_be_named_for_training(fresh):
    fresh.change("lartpc.train.species", ["proton", "kaon"])
    outcome = fresh.snakemake("--dry-run")
    assert outcome.returncode == 1
    assert (
        "lartpc.train.species: no sample of role train holds kaon, only kaons (held_out); give it the role"
        in outcome.text
    )


def test_every_number_of_every_table_has_its_n(finished):
    tables = [*finished.results.glob("analysis/**/*.parquet"), *finished.results.glob("sweeps/*/*.parquet")]
    with_numbers = 0
    for path in tables:
        names = pq.read_schema(path).names
        if numbers_of(names) and not set(TRACK_KEY) <= set(names):
            check_counted(pd.read_parquet(path), name=path.name)
            with_numbers += 1
    assert with_numbers > 15
