import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootline.pid.selection import count_cuts, cut_at_best_f1, cut_at_purity, measure_selection


def test_purity_and_efficiency_are_counted_bin_by_bin():
    pt = np.array([0.2, 0.2, 0.2, 0.7, 0.7, 9.0])
    is_species = np.array([True, True, False, False, True, True])
    accepted = np.array([True, False, True, False, False, True])
    table = measure_selection(pt, is_species, accepted, edges=[0.1, 0.5, 1.0, 2.0])
    assert table["efficiency"].tolist()[:2] == [0.5, 0.0] and np.isnan(table["efficiency"][2])
    assert table["purity"][0] == 0.5 and table["purity"][1:].isna().all()
    assert table[["n_species", "n_accepted", "n_right"]].to_numpy().tolist() == [[2, 2, 1], [1, 0, 0], [0, 0, 0]]
    assert (table["efficiency_low"][:2] <= table["efficiency"][:2]).all()


scored = st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=40)


@given(scored, st.floats(0, 1))
def test_the_cut_is_the_lowest_that_is_pure_enough(tracks, purity):
    scores = np.array([score for score, _ in tracks], dtype=float)
    right = np.array([is_right for _, is_right in tracks], dtype=bool)
    cuts = [cut for cut in sorted(set(scores)) if right[scores >= cut].sum() >= purity * (scores >= cut).sum()]
    assert cut_at_purity(scores, right, purity) == (cuts[0] if cuts else np.inf)


def test_no_tracks_have_no_cut():
    assert cut_at_purity(np.array([]), np.array([], dtype=bool), 0.5) == pytest.approx(np.inf)


@given(scored)
def test_the_cut_of_best_f1_is_the_highest_of_largest_f1(tracks):
    scores = np.array([score for score, _ in tracks], dtype=float)
    right = np.array([is_right for _, is_right in tracks], dtype=bool)
    f1 = {cut: 2 * right[scores >= cut].sum() / (right.sum() + (scores >= cut).sum()) for cut in set(scores)}
    best = [cut for cut in f1 if f1[cut] == max(f1.values())]
    assert cut_at_best_f1(scores, right) == (max(best) if right.any() else np.inf)


def test_equal_scores_are_one_cut():
    cuts = count_cuts(np.array([0.5, -np.inf, 0.9, 0.5]), np.array([True, False, False, False]))
    assert cuts.cut.tolist() == [0.9, 0.5, -np.inf]
    assert (cuts.n_accepted.tolist(), cuts.n_right.tolist()) == ([1, 3, 4], [0, 1, 1])
