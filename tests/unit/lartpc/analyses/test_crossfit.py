"""Folds, and predictions by models that never saw the row."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from rootline.lartpc.analyses.crossfit import cross_fit, share_out


def test_every_stratum_is_spread_evenly_and_folds_differ_by_one_row_at_most():
    strata = np.array(["kaon"] * 13 + ["proton"] * 41 + ["muon"] * 3)
    folds = share_out(strata, 5, np.random.default_rng(0))
    sizes = np.bincount(folds, minlength=5)
    assert sizes.max() - sizes.min() <= 1
    for name in ("kaon", "proton", "muon"):
        of_stratum = np.bincount(folds[strata == name], minlength=5)
        assert of_stratum.max() - of_stratum.min() <= 1


def test_another_seed_deals_other_folds():
    strata = np.zeros(40)
    dealt = [share_out(strata, 4, np.random.default_rng(seed)).tolist() for seed in (0, 0, 1)]
    assert dealt[0] == dealt[1] != dealt[2]


def test_a_model_that_learns_its_rows_by_heart_knows_nothing_of_held_out_ones():
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(60, 2)), rng.normal(size=(60, 1))

    def by_heart(known, answers, _):
        memory = {tuple(row): answer for row, answer in zip(known, answers, strict=True)}
        return lambda others: np.array([memory.get(tuple(row), np.array([0.0])) for row in others])

    predicted, fitted = cross_fit(inputs, targets, share_out(np.zeros(60), 5, rng), by_heart)
    for fold in fitted:
        others = np.setdiff1d(np.arange(60), fold.rows)
        assert predicted[fold.rows, 0] == pytest.approx(targets[others].mean())


def test_standardising_and_back_changes_no_least_squares_fit():
    rng = np.random.default_rng(1)
    inputs = rng.normal(5, 3, size=(80, 3))
    targets = (inputs @ [[2.0], [0.0], [-1.0]]) * 40 + 700 + rng.normal(size=(80, 1))
    targets[::7] = np.nan
    folds = share_out(np.zeros(80), 4, rng)

    def fit(x, y, _):
        known = np.isfinite(y[:, 0])
        return LinearRegression().fit(x[known], y[known]).predict

    predicted, _ = cross_fit(inputs, targets, folds, fit)
    known = np.isfinite(targets[:, 0])
    for fold in range(4):
        training = known & (folds != fold)
        expected = LinearRegression().fit(inputs[training], targets[training]).predict(inputs[folds == fold])
        np.testing.assert_allclose(predicted[folds == fold], expected)
