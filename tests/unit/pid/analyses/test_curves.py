import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootline.pid.analyses.curves import measure_auc, trace_curve
from rootline.pid.analyses.scored import Scored

scored = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40)


@given(scored)
def test_the_area_is_the_share_of_pairs_in_order(tracks):
    scores = np.array([score for score, _ in tracks], dtype=float)
    right = np.array([is_right for _, is_right in tracks], dtype=bool)
    pairs = scores[right][:, None] - scores[~right][None]
    if pairs.size:
        assert measure_auc(scores, right).value == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())
    else:
        assert np.isnan(measure_auc(scores, right)).all()


def test_the_interval_of_the_area_is_that_of_delong():
    # components 1, 1, 0.5 of the species and 1/3, 1 of the others, by hand: variance 1/36 + 1/18 over the pairs
    scores, right = np.array([3.0, 4.0, 1.5, 1.0, 2.0]), np.array([True, True, True, False, False])
    area = measure_auc(scores, right)
    assert area.value == pytest.approx(5 / 6)
    error = np.sqrt(np.var([1, 1, 0.5], ddof=1) / 3 + np.var([1, 2 / 3], ddof=1) / 2)
    reach = 1.959964 * error / (5 / 6 * 1 / 6)
    assert np.log(area.low / (1 - area.low)) == pytest.approx(np.log(5) - reach, abs=1e-5)
    assert np.log(area.high / (1 - area.high)) == pytest.approx(np.log(5) + reach, abs=1e-5)


def test_the_interval_covers_the_true_area_as_often_as_it_says():
    rng = np.random.default_rng(0)
    true = 0.9213504  # two normal distributions two standard deviations apart: Phi(2 / sqrt 2)
    right = np.arange(150) < 50
    areas = [measure_auc(rng.normal(2.0 * right), right) for _ in range(400)]
    assert 0.92 < np.mean([area.low < true < area.high for area in areas]) < 0.98


def test_minus_infinity_counts_as_a_tie():
    area = measure_auc(np.array([-np.inf, 1.0, -np.inf]), np.array([True, True, False]))
    assert area.value == pytest.approx(0.75)


def test_a_curve_of_few_tracks_has_every_cut_and_both_ends():
    scores, right = np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, True, False, False])
    found = trace_curve(Scored(scores, right, scores, scores >= 0.85), 0.85, 200)
    curve, working = found[found["kind"] == "curve"], found[found["kind"] == "working"]
    assert curve["threshold"].tolist() == [np.inf, 0.9, 0.8, 0.1]
    assert curve["efficiency"].tolist() == [0, 0.5, 1, 1]
    assert curve["contamination"].tolist() == [0, 0, 0.5, 1]
    assert curve["purity"].tolist()[1:] == pytest.approx([1, 2 / 3, 0.5]) and np.isnan(curve["purity"].iloc[0])
    assert working[["n_accepted", "n_right", "n_species", "n_others"]].to_numpy().tolist() == [[1, 1, 2, 2]]
    assert working["efficiency"].tolist() == [0.5]


def test_a_curve_of_many_tracks_has_so_many_cuts_and_the_whole_area():
    rng = np.random.default_rng(1)
    right = rng.random(20000) < 0.1
    scores = rng.normal(2.0 * right)
    found = trace_curve(Scored(scores, right, scores, scores > 1), 1.0, 200)
    curve = found[found["kind"] == "curve"]
    assert 150 < len(curve) <= 200
    assert curve["contamination"].iloc[-1] == curve["efficiency"].iloc[-1] == 1
    area = np.trapezoid(curve["efficiency"], curve["contamination"])
    assert area == pytest.approx(measure_auc(scores, right).value, abs=2e-3)
    assert (curve["n_accepted"] < 100).sum() > 20  # the pure end is there too


def test_without_a_track_there_is_no_curve_but_no_fault():
    none = np.zeros(0)
    found = trace_curve(Scored(none, none.astype(bool), none, none.astype(bool)), np.inf, 200)
    assert found["kind"].tolist() == ["curve", "working"]
    assert found[["efficiency", "contamination", "purity"]].isna().all().all()
