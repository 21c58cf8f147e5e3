import csv

import numpy as np
import pytest

from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.config import SideFilesConfig, SimulationConfig
from rootline.lartpc.simulation.events import simulate_blocks
from rootline.lartpc.simulation.particles import KAON, PROTON
from rootline.lartpc.simulation.sidefiles import (
    beamline_rows,
    expected_curve,
    picked_events,
    reco_rows,
    write_beamline,
    write_curve,
    write_event_list,
    write_reco,
)

DETECTOR = DetectorConfig()
ALL_THERE = SideFilesConfig(reco_missing=0, beamline_missing=0, wild_hits=0)


@pytest.fixture(scope="module")
def blocks():
    config = SimulationConfig.model_validate({"protons": {"n_events": 48}, "kaons": {"n_events": 48}})
    return {sample: next(simulate_blocks(config, DETECTOR, sample)) for sample in ("protons", "kaons")}


def test_hits_run_from_the_front_to_the_end_about_one_per_wire(blocks):
    block = blocks["kaons"]
    rows = reco_rows(block, ALL_THERE, DETECTOR, np.random.default_rng(1))
    assert len(rows) == 48
    for i, row in enumerate(rows):
        assert (np.diff(row["trkrr"]) < 0).all()
        assert len(row["trkrr"]) == len(row["trkdedx"])
        assert len(row["trkrr"]) == pytest.approx(block.ends.path[i] * 0.866 / 0.4, abs=8, rel=0.2)


@pytest.mark.parametrize(("sample", "species"), [("kaons", KAON), ("protons", PROTON)])
def test_hits_of_stopped_tracks_lie_on_the_curve_of_their_own_kind(blocks, sample, species):
    block = blocks[sample]
    own, other = expected_curve(species)[1], expected_curve(KAON + PROTON - species)[1]
    closer, n = 0, 0
    ratios = []
    for i, row in enumerate(reco_rows(block, ALL_THERE, DETECTOR, np.random.default_rng(1))):
        if block.ends.ending[i] not in (0, 1) or block.beam.species[i] != species:
            continue
        index = np.maximum(np.rint(np.array(row["trkrr"]) / 0.05).astype(int), 1) - 1
        dedx = np.array(row["trkdedx"])
        ratios += list(dedx / own[index])
        n += 1
        closer += ((dedx - own[index]) ** 2 / own[index]).sum() < ((dedx - other[index]) ** 2 / other[index]).sum()
    assert n > 10
    assert closer / n > 0.9
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.03)


def test_wild_hits_are_above_100(blocks):
    options = SideFilesConfig(reco_missing=0, wild_hits=1)
    rows = reco_rows(blocks["kaons"], options, DETECTOR, np.random.default_rng(1))
    assert min(min(row["trkdedx"]) for row in rows if row["trkdedx"]) >= 100


def test_the_beamline_mass_is_the_particles_and_flags_are_flags(blocks):
    rows = beamline_rows(blocks["protons"], ALL_THERE, np.random.default_rng(1))
    assert np.median([row["beamline_mass"] for row in rows]) == pytest.approx(938.3, rel=0.03)
    assert {row["p"] for row in rows} <= {0, 1}
    assert np.mean([row["p"] for row in rows]) > 0.6


def test_missing_rows_are_missing(blocks):
    none = SideFilesConfig(reco_missing=1, beamline_missing=1)
    assert not beamline_rows(blocks["kaons"], none, np.random.default_rng(1))
    assert not reco_rows(blocks["kaons"], none, DETECTOR, np.random.default_rng(1))


def test_side_files_are_csv_with_lists_joined_by_semicolons(blocks, tmp_path):
    rows = reco_rows(blocks["kaons"], ALL_THERE, DETECTOR, np.random.default_rng(1))
    write_reco(tmp_path / "reco.csv", rows)
    write_beamline(tmp_path / "beamline.csv", beamline_rows(blocks["kaons"], ALL_THERE, np.random.default_rng(1)))
    with (tmp_path / "reco.csv").open() as stream:
        read = list(csv.DictReader(stream))
    assert [float(value) for value in read[0]["trkrr"].split(";")] == rows[0]["trkrr"]
    assert [int(row["event"]) for row in read] == [row["event"] for row in rows]
    header = (tmp_path / "beamline.csv").read_text().splitlines()[0]
    assert header == "run,subrun,event,p,m,beamline_mass"


def test_curves_are_on_the_grid_and_fall_with_residual_range(tmp_path):
    write_curve(tmp_path / "kaon.csv", KAON)
    residual, dedx = np.loadtxt(tmp_path / "kaon.csv", delimiter=",", unpack=True)
    np.testing.assert_allclose(residual, 0.05 * np.arange(1, len(residual) + 1), atol=1e-9)
    assert (np.diff(dedx[:1000]) < 0).all()
    assert residual[-1] > 110
    proton = expected_curve(PROTON)[1]
    assert (proton[:1000] > dedx[:1000]).all()


def test_a_person_picks_the_wanted_particle_where_it_comes_to_rest(tmp_path):
    rows = [("refs", 3, "kaon", "decay_at_rest"), ("refs", 4, "kaon", "decay_in_flight"), ("refs", 5, "pion", "stop")]
    rows += [("refs", 6, "kaon", "stop"), ("kaons", 7, "kaon", "stop"), ("refs", 8, "kaon", "interaction")]
    truth = [
        {"sample": sample, "run": 9, "subrun": 1, "event": event, "species": species, "ending": ending}
        for sample, event, species, ending in rows
    ]
    write_event_list(tmp_path / "list.csv", picked_events(truth, {"refs": "kaon"}))
    assert (tmp_path / "list.csv").read_text() == "run,subrun,event\n9,1,3\n9,1,6\n"
    assert picked_events(truth, {}) == []
