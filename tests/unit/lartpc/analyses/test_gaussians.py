"""Gaussians against scipy, and fits to planted clouds."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.metrics import roc_auc_score

from rootline.lartpc.analyses.gaussians import (
    fit_gaussian,
    log_density,
    principal_axes,
    species_log_densities,
    standardise,
)


def test_density_is_that_of_scipy_with_mean_and_covariance_of_maximum_likelihood():
    points = np.random.default_rng(0).normal(size=(60, 3)) @ np.array([[1, 0.4, 0], [0, 1, 0.3], [0, 0, 0.5]])
    expected = multivariate_normal(points.mean(axis=0), np.cov(points, rowvar=False, ddof=0)).logpdf(points)
    assert log_density(fit_gaussian(points), points) == pytest.approx(expected, rel=1e-4)


def test_weights_count_points_several_times():
    points = np.random.default_rng(1).normal(size=(20, 2))
    weights = np.arange(20) % 3
    once = fit_gaussian(np.repeat(points, weights, axis=0))
    weighted = fit_gaussian(points, weights.astype(float))
    assert weighted.mean == pytest.approx(once.mean)
    assert weighted.factor == pytest.approx(once.factor)


def test_latents_are_standardised_and_one_that_does_not_vary_is_left_out():
    points = np.column_stack([np.arange(10.0), np.full(10, 3.0), 5 * np.arange(10.0) ** 2])
    standard = standardise(points)
    assert standard.shape == (10, 2)
    assert standard.mean(axis=0) == pytest.approx([0, 0])
    assert standard.std(axis=0) == pytest.approx([1, 1])


def test_log_ratio_separates_clouds_of_equal_mean_and_different_width_and_is_out_of_fold():
    rng = np.random.default_rng(2)
    points = np.vstack([rng.normal(size=(200, 3)), 3 * rng.normal(size=(200, 3))])
    species, folds = np.repeat([0, 1], 200), np.arange(400) % 5
    found = species_log_densities(points, species, folds, 2)
    assert roc_auc_score(species, found[:, 1] - found[:, 0]) > 0.9
    training = points[(folds != 0) & (species == 1)]
    expected = multivariate_normal(training.mean(axis=0), np.cov(training, rowvar=False, ddof=0)).logpdf(points[0])
    assert found[0, 1] == pytest.approx(expected, rel=1e-4)


def test_unrelated_species_are_not_separated():
    rng = np.random.default_rng(3)
    points, species = rng.normal(size=(300, 4)), rng.integers(2, size=300)
    found = species_log_densities(points, species, np.arange(300) % 5, 2)
    assert roc_auc_score(species, found[:, 1] - found[:, 0]) == pytest.approx(0.5, abs=0.1)


def test_a_species_with_too_few_points_has_no_density():
    points, species = np.random.default_rng(4).normal(size=(40, 3)), np.r_[np.zeros(36, int), np.ones(4, int)]
    found = species_log_densities(points, species, np.arange(40) % 4, 2)
    assert np.isfinite(found[:, 0]).all()
    assert np.isnan(found[:, 1]).all()


def test_principal_axes_are_the_directions_of_largest_spread():
    rng = np.random.default_rng(5)
    points = rng.normal(size=(500, 3)) * [5, 1, 0.1]
    axes = principal_axes(points)
    assert abs(np.corrcoef(axes[:, 0], points[:, 0])[0, 1]) > 0.99
    assert axes.std(axis=0) == pytest.approx([5, 1], rel=0.1)
    assert principal_axes(points[:, :1])[:, 1] == pytest.approx(np.zeros(500))
