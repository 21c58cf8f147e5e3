"""Contamination by the squared mass."""

import numpy as np
import pandas as pd
import pytest

from rootline.pid.analyses.masses import (
    ALL,
    Accepted,
    is_foreign,
    mass_resolution,
    measure_masses,
    squared_mass,
)
from rootline.pid.analyses.settings.masses import MassesConfig
from rootline.pid.masses import MASSES_GEV
from rootline.pid.response import LIGHT_CM_PS

OPTIONS = MassesConfig(momentum=1e-9)
LENGTH_CM = 400.0


def tracks_of(species, n, *, seed=0, time_ps=90.0, pt=0.8):
    """Tracks that fly 4 m, timed with an error."""
    rng = np.random.default_rng(seed)
    mass = MASSES_GEV[species]
    time = LENGTH_CM / LIGHT_CM_PS * np.sqrt(1 + (mass / pt) ** 2) + time_ps * rng.normal(size=n)
    beta = LENGTH_CM / (LIGHT_CM_PS * time)
    return pd.DataFrame({"species": species, "fPt": pt, "fP": pt, "fBeta": beta, "fTOFSignal": time})


def test_the_squared_mass_is_that_of_the_species_and_its_width_is_what_scatters():
    tracks = tracks_of("kaon", 20_000)
    momentum, beta, time = (tracks[name].to_numpy() for name in ("fP", "fBeta", "fTOFSignal"))
    found = squared_mass(momentum, beta)
    assert found.mean() == pytest.approx(MASSES_GEV["kaon"] ** 2, abs=0.002)
    assert found.std() == pytest.approx(mass_resolution(momentum, beta, time, OPTIONS).mean(), rel=0.03)
    wrong = squared_mass(momentum * 1.02, beta) - found
    width = mass_resolution(momentum, beta, np.full(len(time), np.inf), MassesConfig(momentum=0.02))
    assert wrong == pytest.approx(width, rel=0.02)


def test_a_track_far_from_its_own_mass_and_near_another_is_foreign():
    kaon, pion, proton = (MASSES_GEV[name] ** 2 for name in ("kaon", "pion", "proton"))
    mass2 = np.array([kaon, pion, proton, kaon + 0.05, -0.5])
    found = is_foreign(mass2, np.full(5, 0.02), "kaon", MASSES_GEV, 3.0)
    assert found.tolist() == [False, True, True, False, True]
    assert not is_foreign(mass2[:2], np.full(2, 0.1), "kaon", MASSES_GEV, 3.0).any(), "too wide to say"


def test_the_tail_of_pions_towards_light_masses_is_no_muon_and_no_electron():
    pion = MASSES_GEV["pion"] ** 2
    mass2 = np.array([pion - 0.1, MASSES_GEV["kaon"] ** 2])
    assert is_foreign(mass2, np.full(2, 0.02), "pion", MASSES_GEV, 3.0).tolist() == [False, True]
    electron = np.array([MASSES_GEV["electron"] ** 2])
    assert is_foreign(electron, np.array([0.004]), "pion", MASSES_GEV, 3.0).all(), "narrow enough to tell them apart"


def test_of_a_sample_with_parts_the_test_part_alone_is_judged():
    # the model makes no mistake on what it learnt from
    tracks = pd.concat([tracks_of("kaon", 900), tracks_of("pion", 100, seed=1)], ignore_index=True)
    tracks["part"] = np.where(np.arange(1000) % 2 == 0, "train", "test")
    taken = ~((tracks["species"] == "pion") & (tracks["part"] == "train")).to_numpy()
    found = measure_masses({"mc": tracks}, [Accepted("mc", "forest", "kaon", taken)], MASSES_GEV, OPTIONS)
    row = found.numbers[found.numbers["n"] > 0].iloc[0]
    assert row["n"] == 500 and row["true"] == pytest.approx(50 / 500)
    assert found.bins.groupby("model")["count"].sum()[ALL] == pytest.approx(500, abs=5)


def test_planted_contamination_is_found_with_its_interval_and_stands_beside_the_truth():
    tracks = pd.concat([tracks_of("kaon", 900), tracks_of("pion", 100, seed=1)], ignore_index=True)
    taken = np.ones(1000, dtype=bool)
    taken[:100] = False  # 100 kaons are not accepted
    found = measure_masses({"data": tracks}, [Accepted("data", "forest", "kaon", taken)], MASSES_GEV, OPTIONS)
    row = found.numbers[found.numbers["n"] > 0].iloc[0]
    assert (row["pt_low"], row["n"]) == (0.7, 900)
    assert row["true"] == pytest.approx(100 / 900)
    assert row["estimated"] == pytest.approx(100 / 900, abs=0.01)
    assert row["estimated_low"] < row["estimated"] < row["estimated_high"]
    empty = found.numbers[found.numbers["n"] == 0]
    assert empty[["estimated", "true"]].isna().all(axis=None)
    counts = found.bins.groupby("model")["count"].sum()
    assert counts[ALL] == pytest.approx(1000, abs=5) and counts["forest"] == pytest.approx(900, abs=5)


def test_without_truth_there_is_an_estimate_alone_and_without_tof_nothing():
    tracks = tracks_of("pion", 50).assign(species=None)
    tracks.loc[:19, ["fBeta", "fTOFSignal"]] = np.nan
    found = measure_masses(
        {"data": tracks}, [Accepted("data", "forest", "kaon", np.ones(50, bool))], MASSES_GEV, OPTIONS
    )
    row = found.numbers[found.numbers["n"] > 0].iloc[0]
    assert row["n"] == 30 and row["estimated"] == pytest.approx(1, abs=0.1) and np.isnan(row["true"])


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"pt_edges": [0.9, 0.5]}, r"pt_edges\n.*\[0.9, 0.5\] do not rise"),
        ({"range_gev2": [1.5, -0.3]}, r"range_gev2\n.*\[1.5, -0.3\] do not rise"),
    ],
)
def test_edges_and_ranges_that_do_not_rise_are_refused_before_anything_runs(raw, message):
    with pytest.raises(ValueError, match=message):
        MassesConfig(**raw)
