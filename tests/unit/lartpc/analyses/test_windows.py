"""Windows from planted beams: a normal peak in wire and tick on halo that is flat in ticks."""

import numpy as np
import pandas as pd
import pytest
import yaml

from rootline.config import read_config
from rootline.lartpc.analyses.settings.windows import WindowsConfig
from rootline.lartpc.analyses.windows import SIDES, describe_windows, propose_windows, proposed_bounds
from rootline.lartpc.cuts import CutsConfig

OPTIONS = WindowsConfig(bootstrap=100)
WIRE, TICK, SIGMA_WIRE, SIGMA_TICK = 23.0, 1330.0, 3.0, 200.0


def clusters(*, beam=4000, background=1600, seed=0, wire=WIRE, tick=TICK, ticks=3072):
    """Beam and, on the first 60 wires and at any tick, background; both planes alike."""
    rng = np.random.default_rng(seed)
    tables = []
    for plane in ("collection", "induction"):
        wires = np.concatenate([rng.normal(wire, SIGMA_WIRE, beam).round(), rng.integers(0, 60, background)])
        times = np.concatenate([rng.normal(tick, SIGMA_TICK, beam).round(), rng.integers(0, ticks, background)])
        n = beam + background
        tables.append(
            pd.DataFrame(
                {
                    "sample": "s", "run": 1, "subrun": 0, "event": rng.integers(0, max(n, 1), n), "plane": plane,
                    "cluster": np.arange(n), "wire_min": wires.clip(0).astype(int),
                    "vertex_tick": times.clip(0, ticks - 1).astype(int), "cut": None,
                }
            )
        )  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def expected_reach(beam, background):
    """Give how many sigma from the middle a normal peak equals the background, in wires and in ticks.

    Along one axis the background is that inside the window of the other, so the two are found in turn.
    """
    per_cell = background / 60 / 3072
    wires, ticks = 3.0, 3.0
    for _ in range(50):
        at_peak = beam / (np.sqrt(2 * np.pi) * SIGMA_WIRE) / (per_cell * 2 * ticks * SIGMA_TICK)
        wires = np.sqrt(2 * np.log(at_peak))
        at_peak = beam / (np.sqrt(2 * np.pi) * SIGMA_TICK) / (per_cell * 2 * wires * SIGMA_WIRE)
        ticks = np.sqrt(2 * np.log(at_peak))
    return wires, ticks


@pytest.mark.slow
def test_windows_end_where_the_planted_beam_equals_the_background():
    found = propose_windows(clusters(beam=40_000, background=16_000), CutsConfig(), OPTIONS)
    wires, ticks = expected_reach(40_000, 16_000)
    for plane in ("collection", "induction"):
        bounds = proposed_bounds(found, plane)
        expected = [WIRE - wires * SIGMA_WIRE, WIRE + wires * SIGMA_WIRE]
        np.testing.assert_allclose([bounds["wire_min"], bounds["wire_max"]], expected, atol=1.6)
        expected = [TICK - ticks * SIGMA_TICK, TICK + ticks * SIGMA_TICK]
        np.testing.assert_allclose([bounds["tick_min"], bounds["tick_max"]], expected, atol=40)


def test_windows_follow_a_beam_that_comes_elsewhere():
    here = propose_windows(clusters(), CutsConfig(), OPTIONS)
    there = propose_windows(clusters(wire=WIRE + 20, tick=TICK + 480), CutsConfig(), OPTIONS)
    moved = {
        side: proposed_bounds(there, "induction")[side] - proposed_bounds(here, "induction")[side] for side in SIDES
    }
    assert moved["wire_min"] == pytest.approx(20, abs=2) and moved["wire_max"] == pytest.approx(20, abs=2)
    assert moved["tick_min"] == pytest.approx(480, abs=80) and moved["tick_max"] == pytest.approx(480, abs=80)


@pytest.mark.slow
def test_a_lower_contrast_gives_a_wider_window():
    def width(contrast):
        bounds = proposed_bounds(
            propose_windows(clusters(), CutsConfig(), WindowsConfig(contrast=contrast, bootstrap=100)), "collection"
        )
        return bounds["tick_max"] - bounds["tick_min"]

    assert width(0.2) > width(1) > width(5)


def test_what_the_windows_hold_is_counted_and_the_beam_is_recovered():
    table = clusters()
    found = propose_windows(table, CutsConfig(), OPTIONS).set_index(["plane", "window", "quantity"]).sort_index()
    configured = found.loc["collection", "configured"]
    mine = table[table["plane"] == "collection"]
    inside = mine["wire_min"].between(13, 36) & mine["vertex_tick"].between(790, 1926)
    assert configured["value"]["clusters"] == inside.sum()
    planted = 1600 * 24 / 60 * 1137 / 3072
    assert configured["value"]["background"] == pytest.approx(planted, rel=0.15)
    for window in ("configured", "proposed"):
        beam = found.loc["collection", window].loc["beam"]
        assert beam["low"] < beam["value"] < beam["high"]
        assert 0.9 * 4000 < beam["value"] < 4100
    assert (found["n"] == len(mine)).all()


@pytest.mark.slow
def test_intervals_hold_the_answer_of_much_more_data():
    truth = proposed_bounds(
        propose_windows(clusters(beam=80_000, background=32_000), CutsConfig(), OPTIONS), "collection"
    )
    held = []
    for seed in range(1, 9):
        table = clusters(beam=800, background=320, seed=seed)
        rows = propose_windows(table, CutsConfig(), OPTIONS).set_index(["plane", "window", "quantity"]).sort_index()
        of_plane = rows.loc["collection", "proposed"]
        held += [of_plane["low"][side] <= truth[side] <= of_plane["high"][side] for side in SIDES]
    assert np.mean(held) > 0.8  # 32 bounds of 95 % intervals, on counts in whole bins


def test_clusters_that_fail_earlier_cuts_do_not_count_and_windows_in_use_change_nothing():
    table = clusters()
    worse = clusters(seed=3, wire=50, tick=2500).assign(cut="height")
    other = CutsConfig.model_validate({"train": {"collection": {"tick_min": 1000}}})
    both = pd.concat([table, worse], ignore_index=True)
    ours, theirs = propose_windows(table, CutsConfig(), OPTIONS), propose_windows(both, other, OPTIONS)
    pd.testing.assert_frame_equal(*(found[found["window"] == "proposed"] for found in (ours, theirs)))


def test_the_order_of_rows_changes_nothing():
    table = clusters()
    shuffled = propose_windows(table.sample(frac=1, random_state=1), CutsConfig(), OPTIONS)
    pd.testing.assert_frame_equal(propose_windows(table, CutsConfig(), OPTIONS), shuffled)


@pytest.mark.parametrize("n", [0, 1, 40])
def test_too_few_clusters_give_no_proposal_and_a_config_that_changes_nothing(n):
    found = propose_windows(clusters(beam=n, background=0), CutsConfig(), OPTIONS)
    assert found["value"].isna().all() and (found["n"] == n).all()
    text = describe_windows(found)
    assert "collection: too few clusters" in text
    assert yaml.safe_load(text) == {}


def test_flat_clusters_without_a_beam_give_no_narrow_window():
    found = propose_windows(clusters(beam=0, background=4000), CutsConfig(), OPTIONS)
    assert not proposed_bounds(found, "collection")


def test_the_proposal_is_a_config_that_is_accepted():
    found = propose_windows(clusters(), CutsConfig(), OPTIONS)
    text = describe_windows(found)
    cuts = read_config(yaml.safe_load(text), source="windows.yaml").lartpc.cuts
    for role in (cuts.train, cuts.held_out, cuts.mip):
        assert role.collection.model_dump() == proposed_bounds(found, "collection")
        assert role.induction.model_dump() == proposed_bounds(found, "induction")
    assert cuts.mip.height_min == CutsConfig().mip.height_min
    assert "&" not in text and "*" not in text
