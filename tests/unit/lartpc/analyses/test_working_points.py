"""Cuts on a score, against counting by hand."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_curve

from rootline.lartpc.analyses.working_points import (
    efficiency_at_purity,
    efficiency_at_rejection,
    efficiency_curve,
    pass_thresholds,
)


def pass_once(scores, labels):
    return pass_thresholds(scores, labels, np.ones((1, len(scores)), dtype=np.float32))


def test_shares_at_each_threshold_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    labels = rng.random(200) < 0.4
    scores = np.round(rng.normal(size=200) + labels, 1)
    found = pass_once(scores, labels)
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    assert found.negative[0] == pytest.approx(false)
    assert found.positive[0] == pytest.approx(true)


def test_efficiencies_are_counted_by_hand():
    #        + + - + + - + -      from the largest score down
    labels = np.array([1, 1, 0, 1, 1, 0, 1, 0], dtype=bool)
    found = pass_once(-np.arange(8.0), labels)
    assert efficiency_at_rejection(found, 0.9) == pytest.approx(2 / 5)
    assert efficiency_at_rejection(found, 2 / 3) == pytest.approx(4 / 5)
    # after four positive and one negative: 0.8 / (0.8 + 1/3) = 0.706
    assert efficiency_at_purity(found, 0.70) == pytest.approx(4 / 5)
    assert efficiency_at_purity(found, 0.71) == pytest.approx(2 / 5)


def test_equal_scores_are_kept_together_or_not_at_all():
    labels = np.array([1, 0, 1, 0], dtype=bool)
    found = pass_once(np.zeros(4), labels)
    assert efficiency_at_rejection(found, 0.9) == 0
    assert efficiency_at_purity(found, 0.5) == 1


def test_purity_does_not_depend_on_the_numbers_of_the_classes():
    rng = np.random.default_rng(1)
    labels = np.r_[np.ones(100, bool), np.zeros(100, bool)]
    scores = rng.normal(size=200) + 2 * labels
    few = pass_once(scores, labels)
    many = pass_once(np.r_[scores, np.repeat(scores[~labels], 4)], np.r_[labels, np.zeros(400, bool)])
    assert efficiency_at_purity(few, 0.9) == efficiency_at_purity(many, 0.9)


def test_normal_scores_give_the_efficiency_of_the_formula():
    rng = np.random.default_rng(2)
    labels = np.arange(40000) % 2 == 0
    found = pass_once(rng.normal(size=40000) + 2 * labels, labels)
    assert efficiency_at_rejection(found, 0.95) == pytest.approx(norm.sf(norm.isf(0.05) - 2), abs=0.02)


def test_counts_stand_for_repeated_rows():
    rng = np.random.default_rng(3)
    labels, scores, counts = rng.random(60) < 0.5, rng.normal(size=60), rng.integers(0, 3, size=(1, 60))
    counted = pass_thresholds(scores, labels, counts.astype(np.float32))
    repeated = pass_once(np.repeat(scores, counts[0]), np.repeat(labels, counts[0]))
    grid = np.linspace(0, 1, 21)
    assert efficiency_curve(counted, grid) == pytest.approx(efficiency_curve(repeated, grid))
    for share in (0.8, 0.9):
        assert efficiency_at_purity(counted, share) == pytest.approx(efficiency_at_purity(repeated, share))


def test_the_curve_holds_the_efficiency_at_every_rejection():
    rng = np.random.default_rng(4)
    labels = rng.random(150) < 0.5
    found = pass_once(rng.normal(size=150) + labels, labels)
    curve = efficiency_curve(found, np.array([0.05, 0.1, 1.0]))[0]
    assert curve[:2] == pytest.approx([efficiency_at_rejection(found, share)[0] for share in (0.95, 0.9)])
    assert curve[2] == 1
