"""Proton-likeness against mass, with a planted relation and without one."""

import numpy as np
import pytest
from scipy import stats
from tests.unit.lartpc.analyses.planted import planted_mixture

from rootline.lartpc.analyses.likeness import compare_likeness, score_tracks
from rootline.lartpc.analyses.settings.contamination import ContaminationConfig

OPTIONS = ContaminationConfig(bootstrap=100, permutations=300, mass_bins=4)


def compare(**mixture):
    latents, tracks = planted_mixture(**mixture)
    scores = score_tracks(latents, tracks, ["proton"], OPTIONS, window=(430.0, 560.0))
    return scores, compare_likeness(scores, OPTIONS)


def test_protons_among_the_tagged_tracks_make_mass_and_likeness_rise_together():
    scores, found = compare(share=0.3, separation=3.0)
    row = found[(found["selection"] == "all") & (found["kind"] == "spearman")].iloc[0]
    tagged = scores[(scores["role"] == "data") & scores["beamline_mass"].notna()]
    assert row["value"] == pytest.approx(stats.spearmanr(tagged["beamline_mass"], tagged["score"]).statistic)
    assert row["n"] == len(tagged)
    assert row["low"] > row["null_high"] > 0
    assert row["p_value"] == pytest.approx(1 / 301)
    means = found[(found["selection"] == "all") & (found["kind"] == "mean")]
    assert means["value"].iloc[-1] > means["value"].iloc[0] + 1
    assert means["n"].sum() == len(tagged)


def test_within_the_kaon_peak_there_is_no_relation():
    found = compare(share=0.3, separation=3.0)[1]
    row = found[(found["selection"] == "window") & (found["kind"] == "spearman")].iloc[0]
    assert row["null_low"] < row["value"] < row["null_high"]
    assert row["low"] < 0 < row["high"]


def test_p_values_of_unrelated_masses_are_small_as_seldom_as_they_say():
    rng = np.random.default_rng(0)
    scores = compare(share=0.0)[0]
    small = 0
    for _ in range(100):
        shuffled = scores.assign(beamline_mass=rng.permutation(scores["beamline_mass"]), in_window=False)
        found = compare_likeness(shuffled, OPTIONS.model_copy(update={"permutations": 100}))
        small += found[(found["selection"] == "all") & (found["kind"] == "spearman")]["p_value"].iloc[0] < 0.05
    # 5 of 100 are expected; 13 or more happen once in 700
    assert small <= 12


def test_picky_tracks_have_p_of_one():
    scores, found = compare(share=0.1)
    chosen = scores[(scores["role"] == "data") & scores["beamline_mass"].notna() & (scores["p"] == 1).fillna(False)]
    assert set(found.loc[(found["selection"] == "picky") & (found["kind"] == "spearman"), "n"]) == {len(chosen)}


def test_without_masses_there_is_nothing_to_compare():
    found = compare(with_mass=False)[1]
    assert found["value"].isna().all()
    assert found["n"].tolist() == [0, 0, 0]
