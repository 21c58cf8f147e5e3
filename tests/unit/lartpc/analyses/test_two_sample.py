"""Two-sample tests against slow references, and how often they call a difference."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from rootline.lartpc.analyses.two_sample import (
    RIDGE,
    balanced_accuracies,
    classifier_scores,
    energy_distances,
    fold_areas,
    holm,
    mean_differences,
    permutation_p,
    permuted_labels,
    standard_distances,
    stratified_folds,
)

TOYS = 100


def samples(rng, n=60, m=25, shift=0.0):
    values = np.r_[rng.normal(size=(n, 3)), rng.normal(shift, 1, size=(m, 3))]
    return values, np.arange(n + m) >= n


def slow_energy(first, second):
    def mean(one, other):
        return sum(float(np.linalg.norm(a - b)) for a in one for b in other) / (len(one) * len(other))

    return 2 * mean(first, second) - mean(first, first) - mean(second, second)


def test_the_energy_distance_is_that_of_a_double_loop_for_every_labelling():
    rng = np.random.default_rng(0)
    values, observed = samples(rng, 14, 7, shift=0.5)
    labels = permuted_labels(observed, np.zeros(21, dtype=int), rng, 3)
    standard = values / values.std(axis=0)
    expected = [slow_energy(standard[~row], standard[row]) for row in labels]
    assert energy_distances(standard_distances(values), labels) == pytest.approx(expected)


def test_in_one_dimension_the_energy_distance_is_scipys_squared():
    values, labels = samples(np.random.default_rng(1), shift=1.0)
    one = values[:, :1] / values[:, :1].std()
    expected = stats.energy_distance(one[~labels, 0], one[labels, 0]) ** 2
    assert energy_distances(standard_distances(values[:, :1]), labels[None])[0] == pytest.approx(expected)


def test_permutations_keep_the_labels_of_each_stratum_and_the_first_is_what_was_observed():
    rng = np.random.default_rng(2)
    strata, observed = rng.integers(0, 3, 60), rng.random(60) < 0.3
    labels = permuted_labels(observed, strata, rng, 50)
    assert (labels[0] == observed).all()
    for stratum in range(3):
        assert set(labels[:, strata == stratum].sum(axis=1)) == {observed[strata == stratum].sum()}
    assert (labels[1:] != observed).any(axis=1).mean() > 0.9


def test_the_classifier_is_kernel_ridge_regression_of_the_other_folds():
    from sklearn.kernel_ridge import KernelRidge

    rng = np.random.default_rng(3)
    values, labels = samples(rng, shift=0.7)
    folds = stratified_folds(labels.astype(int), 4, rng)
    distances = standard_distances(values)
    scores = classifier_scores(distances, labels[None], folds)[0]
    standard, width = values / values.std(axis=0), np.median(distances[distances > 0])
    for fold in range(4):
        inside = folds == fold
        target = labels[~inside].astype(float)
        model = KernelRidge(alpha=RIDGE, kernel="rbf", gamma=0.5 / width**2).fit(
            standard[~inside], target - target.mean()
        )
        assert scores[inside] == pytest.approx(model.predict(standard[inside]))


def test_areas_and_accuracies_are_those_of_scikit_learn():
    rng = np.random.default_rng(4)
    _, observed = samples(rng)
    folds = stratified_folds(observed.astype(int), 5, rng)
    labels = permuted_labels(observed, folds, rng, 4)
    scores = np.round(rng.normal(size=labels.shape), 1)
    for row, truth, area in zip(scores, labels, fold_areas(scores, labels, folds), strict=True):
        each = [roc_auc_score(truth[folds == fold], row[folds == fold]) for fold in range(5)]
        assert area == pytest.approx(np.mean(each))
    expected = [balanced_accuracy_score(truth, row > 0) for row, truth in zip(scores, labels, strict=True)]
    assert balanced_accuracies(scores, labels) == pytest.approx(expected)


def test_differences_of_means_are_those_of_the_labelled_rows():
    values, labels = np.array([1.0, 2.0, 4.0, 8.0]), np.array([[True, False, False, True], [False, False, False, True]])
    assert mean_differences(values, labels) == pytest.approx([4.5 - 3.0, 8.0 - 7 / 3])


def test_holm_is_the_step_down_of_each_p_value_written_out():
    rng = np.random.default_rng(5)
    for _ in range(20):
        p_values = rng.random(7) ** 3
        expected = np.zeros(7)
        for number in range(7):
            smaller = [value for value in p_values if value <= p_values[number]]
            steps = [(7 - sum(other < value for other in p_values)) * value for value in smaller]
            expected[number] = min(max(steps), 1.0)
        assert holm(p_values) == pytest.approx(expected)


def test_holm_of_a_textbook_example_and_of_an_undefined_value():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.02, np.nan, 0.5])) == pytest.approx([0.04, np.nan, 0.5], nan_ok=True)


def test_folds_hold_equally_many_of_each_stratum():
    strata = np.repeat([0, 1, 2], [50, 13, 7])
    folds = stratified_folds(strata, 5, np.random.default_rng(6))
    for stratum in range(3):
        counts = np.bincount(folds[strata == stratum], minlength=5)
        assert np.ptp(counts) <= 1
    assert np.ptp(np.bincount(folds)) <= 1


def p_values(rng, **sizes):
    values, observed = samples(rng, **sizes)
    folds = stratified_folds(observed.astype(int), 5, rng)
    labels = permuted_labels(observed, folds, rng, 99)
    distances = standard_distances(values)
    scores = classifier_scores(distances, labels, folds)
    return permutation_p(energy_distances(distances, labels)), permutation_p(fold_areas(scores, labels, folds))


def test_two_samples_of_one_distribution_pass_at_the_stated_rate():
    rng = np.random.default_rng(7)
    found = np.array([p_values(rng) for _ in range(TOYS)])
    # at the 5 % level of 100 toys 13 or more happen once in 700; a test that never calls would show in the mean
    assert ((found <= 0.05).sum(axis=0) <= 12).all()
    assert (np.abs(found.mean(axis=0) - 0.5) < 0.12).all()


def test_a_shift_of_one_standard_deviation_is_always_found():
    rng = np.random.default_rng(8)
    assert max(max(p_values(rng, shift=1.0)) for _ in range(10)) <= 0.05


def test_a_two_sided_p_value_counts_both_ends():
    statistics = np.array([-3.0, 1.0, 3.5, -2.0])
    assert permutation_p(statistics, two_sided=True) == pytest.approx(2 / 4)
    assert permutation_p(statistics) == pytest.approx(1.0)
