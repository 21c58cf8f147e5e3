"""Intervals and AUC against plain references."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as reference_roc

from rootline.lartpc.analyses.statistics import (
    bootstrap_counts,
    fold_auc,
    mean_interval,
    median_interval,
    paired_auc,
    percentile_interval,
    random_state,
    roc_curve,
    spearman_interval,
    wilson_interval,
)

REPEATS = 600


def test_spearman_interval_covers_the_true_rho_in_95_percent_of_samples():
    rng = np.random.default_rng(0)
    pearson, n = 0.6, 80
    true = 6 / np.pi * np.arcsin(pearson / 2)  # of a bivariate normal distribution
    x = rng.normal(size=(REPEATS, n))
    y = pearson * x + np.sqrt(1 - pearson**2) * rng.normal(size=(REPEATS, n))
    rho = [stats.spearmanr(a, b).statistic for a, b in zip(x, y, strict=True)]
    low, high = spearman_interval(rho, n)
    assert 0.92 < np.mean((low <= true) & (true <= high)) < 0.98


def test_spearman_interval_is_the_formula_of_bonett_and_wright():
    low, high = spearman_interval(0.5, 28)
    reach = stats.norm.ppf(0.975) * np.sqrt((1 + 0.125) / 25)
    assert float(low) == pytest.approx(np.tanh(np.arctanh(0.5) - reach))
    assert float(high) == pytest.approx(np.tanh(np.arctanh(0.5) + reach))


def test_spearman_interval_of_too_few_pairs_is_unknown_and_of_perfect_order_is_a_point():
    assert np.isnan(spearman_interval(0.5, 3)).all()
    assert np.isnan(spearman_interval(np.nan, 50)).all()
    assert spearman_interval(1.0, 50) == (1.0, 1.0)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10), (480, 1000)])
def test_wilson_interval_agrees_with_scipy(successes, n):
    reference = stats.binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson_interval(successes, n) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_share_of_nothing_has_no_interval():
    assert np.isnan(wilson_interval(0, 0)).all()


def test_median_interval_covers_the_true_median_in_at_least_95_percent_of_samples():
    rng = np.random.default_rng(1)
    ends = [median_interval(rng.exponential(size=37)) for _ in range(REPEATS)]
    assert 0.93 < np.mean([low <= np.log(2) <= high for low, high in ends]) <= 1
    assert np.isnan(median_interval(np.array([1.0, 2.0]))).all()


def test_mean_interval_agrees_with_scipy():
    values = np.random.default_rng(2).normal(size=30)
    reference = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert mean_interval(values) == pytest.approx((reference.low, reference.high))
    assert np.isnan(mean_interval(values[:1])).all()


def test_percentile_interval_leaves_out_undefined_resamples_unless_they_are_most():
    values = np.r_[np.linspace(0, 1, 101), [np.nan] * 20]
    assert percentile_interval(values) == pytest.approx((0.025, 0.975))
    assert np.isnan(percentile_interval(np.r_[values, [np.nan] * 90])).all()


def test_bootstrap_counts_keep_the_size_of_every_stratum():
    strata = np.array([0, 1, 0, 2, 1, 0, 2])
    counts = bootstrap_counts(np.random.default_rng(3), strata, 200)
    for stratum in range(3):
        assert (counts[:, strata == stratum].sum(axis=1) == (strata == stratum).sum()).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(7), abs=0.25)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 1)), min_size=4, max_size=40))
def test_auc_within_folds_agrees_with_scikit_learn_and_counts_ties_half(rows):
    scores, labels, folds = (np.array(column) for column in zip(*rows, strict=True))
    scores = scores.astype(float)
    present = np.unique(folds)
    if any(len(np.unique(labels[folds == fold])) < 2 for fold in present):
        assert np.isnan(fold_auc(scores, labels, folds)).all()
        return
    reference = np.mean([roc_auc_score(labels[folds == fold], scores[folds == fold]) for fold in present])
    assert fold_auc(scores, labels, folds)[0] == pytest.approx(reference)


def test_counting_a_row_twice_is_as_good_as_having_it_twice():
    rng = np.random.default_rng(4)
    scores, labels, folds = rng.integers(0, 9, 50).astype(float), rng.random(50) < 0.4, rng.integers(0, 2, 50)
    counts = rng.integers(0, 3, (5, 50)).astype(np.float32)
    for row, area in zip(counts.astype(int), fold_auc(scores, labels, folds, counts), strict=True):
        copied = [np.repeat(values, row) for values in (scores, labels, folds)]
        assert fold_auc(*copied)[0] == pytest.approx(area)


def test_roc_curve_passes_through_the_points_of_scikit_learn():
    rng = np.random.default_rng(5)
    scores, labels = rng.integers(0, 12, 200).astype(float), rng.random(200) < 0.5
    false, true, _ = reference_roc(labels, scores, drop_intermediate=False)
    ours = roc_curve(scores, labels, np.zeros(200, dtype=int), false)
    assert ours == pytest.approx(true)


def test_seeds_for_scikit_learn_fit_in_32_bits_and_differ_by_name():
    assert 0 <= random_state(42, "folds", "all") < 2**32
    assert random_state(42, "folds", "all") != random_state(42, "folds", "picky")


def test_pairs_are_compared_within_a_fold_only_and_a_fold_of_one_class_does_no_harm():
    labels = np.array([0, 1, 0, 1, 1, 1], dtype=bool)
    scores = np.array([0.1, 0.9, 100.2, 100.1, 5.0, 6.0])
    folds = np.array([0, 0, 1, 1, 2, 2])
    counts = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 3, 1, 1], [0, 1, 0, 1, 1, 1]], dtype=float)
    assert paired_auc(scores, labels, folds, counts)[:2] == pytest.approx([0.5, 0.25])
    assert np.isnan(paired_auc(scores, labels, folds, counts)[2])
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=80).round(1), rng.random(80) < 0.4
    one_fold = paired_auc(scores, labels, np.zeros(80, dtype=int), np.ones((1, 80)))[0]
    assert one_fold == pytest.approx(roc_auc_score(labels, scores))
