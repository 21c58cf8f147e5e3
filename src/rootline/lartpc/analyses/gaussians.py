"""Gaussians in the latent space, fitted by maximum likelihood.

Array conventions:
    points   (n, d)  latents
    weights  (n,)    how often each point counts
"""

from typing import Final, NamedTuple

import numpy as np

from rootline.lartpc.analyses.statistics import Floats, Ints

RIDGE: Final = 1e-6
"""Added to variances of standardised latents, so that a flat cloud has a density."""


class Gaussian(NamedTuple):
    """Mean (d,) and lower Cholesky factor (d, d) of the covariance."""

    mean: Floats
    factor: Floats


def enough_for_gaussian(n: int, dimension: int) -> bool:
    """Whether so many points give a mean and a covariance of full rank with one to spare."""
    return n >= dimension + 2


def standardise(points: Floats) -> Floats:
    """Shift and scale each column to mean 0 and deviation 1; a column that does not vary is left out."""
    spread = points.std(axis=0)
    varies = spread > 0
    return np.asarray((points[:, varies] - points[:, varies].mean(axis=0)) / spread[varies], dtype=np.float64)


def fit_gaussian(points: Floats, weights: Floats | None = None) -> Gaussian:
    """Fit mean and covariance by maximum likelihood."""
    weights = np.ones(len(points)) if weights is None else weights
    mean = weights @ points / weights.sum()
    centred = points - mean
    covariance = (weights[:, None] * centred).T @ centred / weights.sum()
    return Gaussian(mean, np.linalg.cholesky(covariance + RIDGE * np.eye(points.shape[1])))


def log_density(gaussian: Gaussian, points: Floats) -> Floats:
    """Give the natural logarithm of the density at each point, (n,)."""
    from scipy.linalg import solve_triangular

    scaled = solve_triangular(gaussian.factor, (points - gaussian.mean).T, lower=True, check_finite=False)
    norm = points.shape[1] / 2 * np.log(2 * np.pi) + np.log(np.diag(gaussian.factor)).sum()
    return np.asarray(-(scaled**2).sum(axis=0) / 2 - norm, dtype=np.float64)


def species_log_densities(points: Floats, species: Ints, folds: Ints, n_species: int) -> Floats:
    """Give the log density of each point under each species' Gaussian, fitted without the point's fold.

    This is quadratic discriminant analysis without prior shares; the
    difference of two columns is the log-likelihood ratio of two species.

    Parameters
    ----------
    points : (n, d) array
    species, folds : (n,) arrays of int
        Number of the species, from 0; fold.
    n_species : int
        How many species there are.

    Returns
    -------
    (n, n_species) array
        NaN where too few points of a species were left to fit.
    """
    densities = np.full((len(points), n_species), np.nan)
    for fold in np.unique(folds):
        held_out = folds == fold
        for number in range(n_species):
            training = points[~held_out & (species == number)]
            if enough_for_gaussian(len(training), points.shape[1]):
                densities[held_out, number] = log_density(fit_gaussian(training), points[held_out])
    return densities


def principal_axes(points: Floats) -> Floats:
    """Give the coordinates of standardised points along their two leading principal axes, (n, 2); 0 beyond the rank.

    The sign of an axis is that which makes its largest loading positive.
    """
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2]
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    coordinates = np.zeros((len(points), 2))
    coordinates[:, : len(axes)] = centred @ (axes * signs[:, None]).T
    return coordinates
