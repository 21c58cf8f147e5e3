"""A mixture with components fixed on pure samples and one free: what share of the other tracks is the free one's."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rootline.core.seeds import generator
from rootline.lartpc.analyses.gaussians import Gaussian, enough_for_gaussian, fit_gaussian, log_density
from rootline.lartpc.analyses.settings.clustering import ClusteringConfig
from rootline.lartpc.analyses.statistics import Bools, Floats, bootstrap_counts, percentile_interval
from rootline.lartpc.analyses.tables import ALL

_MOST_STEPS: Final = 1000
_TOLERANCE: Final = 1e-7  # of the mean log-likelihood per point
_TOLERANCE_AGAIN: Final = 1e-6  # where the start is an end already; what is left is far below the scatter of resamples
_STARTS: Final = (0.2, 0.4, 0.6, 0.8)
"""Shares of the points, those least like the fixed components, from which the free one starts."""


class AnchoredMixture(NamedTuple):
    """Fixed components, the free one last, the weight of each, and the mean log-likelihood per point."""

    components: tuple[Gaussian, ...]
    weights: Floats
    log_likelihood: float


class Fractions(NamedTuple):
    """What a mixture makes of the tracks outside its anchors.

    Attributes
    ----------
    components : tuple of str
        Particles, the free one last; an anchor with too few tracks is left out.
    records : list of dict
        particle (whose tracks; all), component, value (mean probability of
        the component, NaN of too few tracks), low, high, n.
    belongs : (n, n_components) array
        Probability of each component for each point, NaN in the anchors.
    """

    components: tuple[str, ...]
    records: list[dict[str, Any]]
    belongs: Floats


def fit_anchored(
    anchors: Sequence[Gaussian], points: Floats, weights: Floats | None = None, start: AnchoredMixture | None = None
) -> AnchoredMixture:
    """Fit a mixture of fixed Gaussians and a free one to points by expectation and maximisation.

    The free component starts at the points that are least like the fixed ones
    (several shares are tried, and the likeliest end is kept) or from `start`.

    Parameters
    ----------
    anchors : sequence of Gaussian
        The fixed components.
    points : (n, d) array
        Unlabelled.
    weights : (n,) array, optional
        How often each counts.
    start : AnchoredMixture, optional
        Where to start instead.
    """
    weights = np.ones(len(points)) if weights is None else weights
    fixed = np.column_stack([log_density(anchor, points) for anchor in anchors])
    if start is not None:
        return _climb(anchors, fixed, points, weights, start.components[-1], start.weights, _TOLERANCE_AGAIN)
    order = np.argsort(fixed.max(axis=1), kind="stable")
    fitted = []
    for share in _STARTS:
        first = order[: max(int(share * len(points)), min(points.shape[1] + 2, len(points)))]
        shares = np.r_[np.full(len(anchors), (1 - share) / len(anchors)), share]
        fitted.append(_climb(anchors, fixed, points, weights, fit_gaussian(points[first]), shares))
    return max(fitted, key=lambda mixture: mixture.log_likelihood)


def responsibilities(mixture: AnchoredMixture, points: Floats) -> Floats:
    """Give the probability of each component for each point, (n, n_components)."""
    from scipy.special import logsumexp

    joint = np.column_stack([log_density(component, points) for component in mixture.components])
    with np.errstate(divide="ignore"):
        joint = joint + np.log(mixture.weights)
    return np.asarray(np.exp(joint - logsumexp(joint, axis=1, keepdims=True)), dtype=np.float64)


def measure_fractions(
    points: Floats, particles: NDArray[np.object_], in_train: Bools, options: ClusteringConfig
) -> Fractions:
    """Fit the mixture and tell what share of each particle's tracks each component has.

    The anchors are the tracks of their particles in the train part; all
    others are fitted without their labels. Intervals, 95 %, fit resampled
    anchors and resampled others again.

    Parameters
    ----------
    points : (n, d) array
        Standardised latents.
    particles : (n,) array of str
        The species of each.
    in_train : (n,) array of bool
        Whether it is in the train part.
    """
    inside = {name: (particles == name) & in_train for name in options.anchors}
    inside = {name: rows for name, rows in inside.items() if enough_for_gaussian(int(rows.sum()), points.shape[1])}
    components = (*inside, options.positive)
    outside = ~np.logical_or.reduce([*inside.values(), np.zeros(len(points), dtype=bool)])
    rest, of_rest = points[outside], particles[outside]
    members = {name: of_rest == name for name in sorted(set(of_rest))} | {ALL: np.ones(len(rest), dtype=bool)}
    records: list[dict[str, Any]] = [
        {"particle": particle, "component": component, "value": np.nan, "low": np.nan, "high": np.nan}
        | {"n": int(rows.sum())}
        for particle, rows in members.items()
        for component in components
    ]
    belongs = np.full((len(points), len(components)), np.nan)
    if not inside or not enough_for_gaussian(len(rest), 2 * points.shape[1]):
        return Fractions(components, records, belongs)
    mixture = fit_anchored([fit_gaussian(points[rows]) for rows in inside.values()], rest)
    belongs[outside] = responsibilities(mixture, rest)
    found = _mean_per_particle(belongs[outside], members, np.ones(len(rest)))
    resampled = _refit(mixture, [points[rows] for rows in inside.values()], rest, members, options)
    for column, record in enumerate(records):
        low, high = percentile_interval(resampled[:, column])
        record |= {"value": float(found[column]), "low": low, "high": high}
    return Fractions(components, records, belongs)


def _refit(
    mixture: AnchoredMixture,
    anchors: Sequence[Floats],
    rest: Floats,
    members: Mapping[str, Bools],
    options: ClusteringConfig,
) -> Floats:
    """Give the numbers of each resample as a row."""
    rng = generator(options.seed, "anchored")
    rows = []
    for weights in bootstrap_counts(rng, np.zeros(len(rest), dtype=np.int64), options.refits).astype(np.float64):
        fixed = [fit_gaussian(cloud[rng.integers(len(cloud), size=len(cloud))]) for cloud in anchors]
        again = fit_anchored(fixed, rest, weights, start=mixture)
        rows.append(_mean_per_particle(responsibilities(again, rest), members, weights))
    return np.array(rows)


def _mean_per_particle(belongs: Floats, members: Mapping[str, Bools], weights: Floats) -> Floats:
    """Give the mean probability of each component over the tracks of each particle, particle by particle."""
    counted = [weights * rows for rows in members.values()]
    return np.concatenate([of @ belongs / (of.sum() or np.nan) for of in counted])


def _climb(
    anchors: Sequence[Gaussian],
    fixed: Floats,
    points: Floats,
    weights: Floats,
    free: Gaussian,
    shares: Floats,
    tolerance: float = _TOLERANCE,
) -> AnchoredMixture:
    reached = -np.inf
    for _ in range(_MOST_STEPS):
        with np.errstate(divide="ignore"):
            joint = np.column_stack([fixed, log_density(free, points)]) + np.log(shares)
        # written out, as scipy's logsumexp takes longer than all the rest
        peak = joint.max(axis=1)
        belongs = np.exp(joint - peak[:, None])
        total = belongs.sum(axis=1)
        likelihood = float(weights @ (peak + np.log(total)) / weights.sum())
        if likelihood - reached < tolerance:
            break
        reached = likelihood
        belongs *= (weights / total)[:, None]
        if belongs[:, -1].sum() < points.shape[1] + 2:
            break  # nothing is left to fit the free component to
        shares = belongs.sum(axis=0) / weights.sum()
        free = fit_gaussian(points, belongs[:, -1])
    return AnchoredMixture((*anchors, free), shares, likelihood)
