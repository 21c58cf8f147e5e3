"""Folds that keep events whole, and scores of rows that were not learned from."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from rootline.core.errors import UserError
from rootline.lartpc.analyses.classifiers import (
    NOT_SCORED,
    check_folds,
    fit_logistic,
    folds_of_events,
    mlp_fitter,
    out_of_fold,
    trees_fitter,
)

FITS = {"logistic": fit_logistic, "mlp": mlp_fitter((8,), 40, 1), "trees": trees_fitter(30, 5, 1)}


def keys_of(events):
    return pd.DataFrame({"run": 1, "subrun": events % 3, "event": events})


def test_an_event_lies_in_one_fold_and_classes_are_spread_evenly():
    rng = np.random.default_rng(0)
    events = np.r_[np.repeat(np.arange(20), 2), np.arange(20, 120)]
    labels = events % 4 == 0
    folds = folds_of_events(keys_of(events), labels, 5, rng)
    assert pd.Series(folds).groupby(events).nunique().max() == 1
    for label in (True, False):
        counts = np.bincount(folds[labels == label], minlength=5)
        assert counts.max() - counts.min() <= 6
        assert counts.min() > 0
    assert set(folds) == set(range(5))


def test_tracks_of_one_event_in_two_samples_share_a_fold_whatever_their_classes():
    events = np.r_[np.arange(30), np.arange(30)]
    labels = np.arange(60) < 30
    folds = folds_of_events(keys_of(events), labels, 5, np.random.default_rng(1))
    np.testing.assert_array_equal(folds[:30], folds[30:])


@pytest.mark.parametrize("name", FITS)
def test_a_planted_difference_is_found_and_an_unrelated_input_is_not(name):
    rng = np.random.default_rng(2)
    labels, folds = rng.random(300) < 0.3, np.arange(300) % 5
    inputs = rng.normal(size=(300, 2))
    assert roc_auc_score(labels, out_of_fold(inputs, labels, folds, FITS[name])) == pytest.approx(0.5, abs=0.12)
    inputs[:, 1] += 4 * labels
    assert roc_auc_score(labels, out_of_fold(inputs, labels, folds, FITS[name])) > 0.97


def test_a_fold_never_sees_its_own_labels():
    labels, folds = np.arange(40) % 2 == 0, np.repeat([0, 1], 20)
    seen = []

    def fit(inputs, given):
        seen.append(sorted(inputs[:, 0]))
        return lambda others: others[:, 0]

    found = out_of_fold(np.arange(40.0)[:, None], labels, folds, fit, standardise=False)
    assert seen == [list(range(20, 40)), list(range(20))]
    np.testing.assert_array_equal(found, np.arange(40.0))


def test_rows_that_are_only_learned_from_are_in_every_fit_and_have_no_score():
    labels = np.arange(30) % 2 == 0
    folds = np.r_[np.arange(20) % 4, np.full(10, NOT_SCORED)]
    seen = []

    def fit(inputs, given):
        seen.append(len(given))
        return lambda others: others[:, 0]

    found = out_of_fold(np.arange(30.0)[:, None], labels, folds, fit)
    assert seen == [25] * 4
    assert np.isnan(found[20:]).all()
    assert np.isfinite(found[:20]).all()


def test_trees_take_missing_values_as_information():
    rng = np.random.default_rng(3)
    labels = rng.random(300) < 0.5
    inputs = rng.normal(size=(300, 1))
    inputs[labels & (rng.random(300) < 0.8)] = np.nan
    found = out_of_fold(inputs, labels, np.arange(300) % 5, FITS["trees"], standardise=False)
    assert roc_auc_score(labels, found) > 0.85


def test_rows_that_are_only_scored_change_no_fit():
    rng = np.random.default_rng(5)
    inputs, labels, folds = rng.normal(size=(60, 2)), np.arange(60) % 2 == 0, np.arange(60) % 5
    learnt = np.arange(60) >= 10
    found = out_of_fold(inputs, labels, folds, fit_logistic, learnt=learnt)
    moved = np.where(learnt[:, None], inputs, inputs + 100)
    again = out_of_fold(moved, labels, folds, fit_logistic, learnt=learnt)
    np.testing.assert_array_equal(found[learnt], again[learnt])
    np.testing.assert_array_equal(found[learnt], out_of_fold(inputs[10:], labels[10:], folds[10:], fit_logistic))
    assert np.isfinite(found).all()


def test_an_event_with_tracks_in_two_folds_and_tracks_that_were_learned_from_are_named():
    scored = keys_of(np.repeat(np.arange(4), 2)).assign(
        sample="protons", track=[0, 1] * 4, fold=[0, 0, 1, 1, 0, 0, 1, 1]
    )
    nothing = np.zeros(8, dtype=bool)
    check_folds(scored, nothing, name="the probe")
    torn = scored.assign(fold=[0, 0, 1, 0, 0, 0, 1, 1])
    with pytest.raises(
        UserError, match="2 of 8 scores of the probe are of events with tracks in several folds, .* event=1 "
    ):
        check_folds(torn, nothing, name="the probe")
    with pytest.raises(
        UserError, match="1 of 8 scores of the probe are of tracks that the model learned from, .* event=3 track=1"
    ):
        check_folds(scored, np.arange(8) == 7, name="the probe")
