"""The whole chain on simulated events against the definitions written out: pairs, chi2, images and features."""

from itertools import islice

import numpy as np
import pandas as pd
import pytest
from tests.unit.lartpc.test_chi2 import reference as reference_chi2
from tests.unit.lartpc.test_clusters import reference_clusters
from tests.unit.lartpc.test_features import reference as reference_features
from tests.unit.lartpc.test_images import plain_canvas, torch_bilinear
from tests.unit.lartpc.test_matching import reference_match
from tests.unit.lartpc.tiny import write_flat

from rootline.lartpc.clusters import ClusterConfig, find_clusters
from rootline.lartpc.curves import Curve
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.detector import PLANES, DetectorConfig
from rootline.lartpc.features import FEATURES, compute_features
from rootline.lartpc.images import ImageConfig, render_images
from rootline.lartpc.matching import MatchingConfig
from rootline.lartpc.raw import open_raw
from rootline.lartpc.sidefiles import read_reco
from rootline.lartpc.simulation.config import SimulationConfig
from rootline.lartpc.simulation.events import make_readout, read_out, simulate_blocks
from rootline.lartpc.simulation.particles import KAON, PROTON
from rootline.lartpc.simulation.sidefiles import expected_curve, reco_rows, write_reco
from rootline.lartpc.track_building import SampleLabel, build_tracks

pytestmark = pytest.mark.slow

N_EVENTS = 24
EVENT = ["run", "subrun", "event"]
DETECTOR = DetectorConfig()
CURVES = {
    name: Curve(*expected_curve(species), "natural") for name, species in {"kaon": KAON, "proton": PROTON}.items()
}


@pytest.fixture(scope="module", params=[("protons", "train"), ("kaons", "held_out"), ("mips", "mip")])
def chain(request, tmp_path_factory):
    """Give the built tracks of a sample; and its clusters, pixels and hits as the definitions say."""
    sample, role = request.param
    folder, config = tmp_path_factory.mktemp(sample), SimulationConfig()
    block = next(simulate_blocks(config, DETECTOR, sample))
    waveforms = list(islice(read_out(block, make_readout(config, DETECTOR), config, sample), N_EVENTS))
    keys = list(zip(*(values[:N_EVENTS].tolist() for values in (block.run, block.subrun, block.event)), strict=True))
    write_flat(folder / "raw.root", waveforms, keys)
    hits = reco_rows(block, config.side_files, DETECTOR, np.random.default_rng(1))
    write_reco(folder / "reco.csv", hits)
    cuts = getattr(CutsConfig(), role)
    with open_raw(str(folder / "raw.root"), tree=None, detector=DETECTOR) as raw:
        found = find_clusters(raw, ClusterConfig(), cuts, sample=sample)
    built = build_tracks(
        *found,
        label=SampleLabel(sample, "any", role),
        matching=MatchingConfig(),
        cuts=cuts,
        beamline=None,
        reco=read_reco(folder / "reco.csv"),
        curves=CURVES,
    )
    clusters, pixels = reference_clusters(waveforms, keys, cuts, {"collection": 15, "induction": 7}, sample)
    return built.tracks, role, cuts, pd.DataFrame(clusters), pd.DataFrame(pixels), hits


def pixels_of(chain, row, plane):
    """Give {(wire, tick): adc} of a track's cluster as the definition finds it."""
    clusters = chain[4]
    mine = clusters[(clusters[EVENT] == [row[name] for name in EVENT]).all(axis=1) & (clusters["plane"] == plane)]
    own = mine[mine["cluster"] == row[f"cluster_{plane}"]].iloc[0]
    return dict(zip(zip(own["wire"], own["tick"], strict=True), own["adc"], strict=True))


def cleaned(hits):
    """Read the lists as float32, go on in float64, and drop hits that are faults."""
    ranges, dedx = (np.array(hits[name], np.float32).astype(np.float64) for name in ("trkrr", "trkdedx"))
    return ranges[dedx <= 100], dedx[dedx <= 100]


def test_pairs_of_simulated_events_are_those_of_nested_loops(chain):
    tracks, role, cuts, clusters, _, hits = chain
    kept = clusters[clusters["cut"].isna()]
    expected = reference_match(kept)
    for plane in PLANES:
        boxes = kept[kept["plane"] == plane].set_index([*EVENT, "cluster"])
        own = boxes.loc[list(map(tuple, expected[[*EVENT, f"cluster_{plane}"]].to_numpy()))]
        height, width = own["wire_max"] - own["wire_min"], own["tick_max"] - own["tick_min"]
        inside = width.to_numpy() < cuts.pair_width_max
        if cuts.pair_height_max is not None:
            inside &= (height.to_numpy() > cuts.pair_height_min) & (height.to_numpy() < cuts.pair_height_max)
        expected = expected[inside]
    if role != "mip":
        with_hits = {tuple(row[name] for name in EVENT) for row in hits if len(cleaned(row)[0])}
        expected = expected[[key in with_hits for key in map(tuple, expected[EVENT].to_numpy())]]
    found = tracks.select(list(expected.columns)).to_pandas()
    pd.testing.assert_frame_equal(found, expected.reset_index(drop=True), check_dtype=False)
    assert len(found) >= 10


def test_chi2_of_simulated_tracks_is_that_of_the_definition(chain):
    tracks, role, *_, hits = chain
    hits_of = {tuple(row[name] for name in EVENT): row for row in hits}
    for row in tracks.to_pylist():
        if role == "mip":
            assert row["chi2_kaon"] is row["chi2_proton"] is row["hypothesis"] is row["dedx"] is None
            continue
        ranges, dedx = cleaned(hits_of[tuple(row[name] for name in EVENT)])
        chi2 = {name: reference_chi2(ranges, dedx, curve) for name, curve in CURVES.items()}
        for name, value in chi2.items():
            np.testing.assert_allclose(row[f"chi2_{name}"], value, rtol=1e-12)
        if not all(np.isnan(list(chi2.values()))):
            assert row["hypothesis"] == ("kaon" if chi2["kaon"] < chi2["proton"] else "proton")


def test_images_of_simulated_tracks_are_those_of_torch_or_keep_the_charge(chain):
    tracks = chain[0]
    area, bilinear = (render_images(tracks, ImageConfig(resampling=name)) for name in ("area", "bilinear"))
    for number, row in enumerate(tracks.to_pylist()):
        for channel, plane in enumerate(PLANES):
            canvas = plain_canvas(pixels_of(chain, row, plane))
            np.testing.assert_allclose(bilinear[number, channel], torch_bilinear(canvas, 48), rtol=1e-6, atol=1e-6)
            assert area[number, channel].sum(dtype=float) == pytest.approx(canvas.sum(dtype=float), rel=1e-6)


def test_features_of_simulated_tracks_equal_their_definitions(chain):
    tracks = chain[0]
    found = compute_features(tracks)
    for number, row in enumerate(tracks.to_pylist()):
        pixels = pixels_of(chain, row, "collection")
        low, high = np.min(list(pixels), axis=0), np.max(list(pixels), axis=0)
        image = np.zeros(high - low + 1, np.int16)
        for place, adc in pixels.items():
            image[tuple(place - low)] = adc
        for name, value in reference_features(image).items():
            np.testing.assert_allclose(found[name][number], value, rtol=1e-9, atol=1e-9, err_msg=name)
        assert set(reference_features(image)) == set(FEATURES)
