"""A Gaussian peak between two exponential tails: expected counts, likelihood, fit and profile.

Parameters, everywhere in this module: kaons (counts), mean and width of the
peak [MeV/c2], left (counts of the tail that falls with mass, within the
range) and its decay length [MeV/c2], right (counts of the tail that rises
with mass) and its decay length.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import numpy as np

from rootline.lartpc.analyses.statistics import CONFIDENCE, Floats, Interval

PARAMETERS: Final = ("kaons", "mean", "width", "left", "left_length", "right", "right_length")
COMPONENTS: Final = ("kaons", "left", "right")
SHORTEST_LENGTH: Final = 15.0  # [MeV/c2]; a shorter tail would be a spike at the end of the range
LONGEST_LENGTH: Final = 2000.0  # [MeV/c2]; flat within any range of a few hundred
NARROWEST: Final = 4.0  # [MeV/c2]; a peak within one bin has no width to fit
_STEPS: Final = 8

Point = tuple[Floats, float]
"""Parameters and their loss."""

Quantity = Callable[[Floats], tuple[float, Floats]]
"""A number that the parameters decide, with its gradient."""


class MassModel(NamedTuple):
    """Bin edges (n_bins + 1,), the window of the peak's mean, and the largest width; all in MeV/c2."""

    edges: Floats
    window: tuple[float, float]
    width_max: float

    def components(self, parameters: Floats, edges: Floats | None = None) -> Floats:
        """Give the expected counts of each of `COMPONENTS` in each bin, (3, n_bins)."""
        return self._terms(parameters, self.edges if edges is None else edges)[0]

    def expected(self, parameters: Floats) -> Floats:
        """Give the expected counts in each bin, (n_bins,)."""
        total: Floats = self.components(parameters).sum(axis=0)
        return total

    def _terms(self, parameters: Floats, edges: Floats) -> tuple[Floats, Floats]:
        """Give the counts of the components, (3, n_bins), and their derivatives, (3, 7, n_bins)."""
        from scipy.special import ndtr

        kaons, mean, width, left, left_length, right, right_length = parameters
        low, high = self.edges[0], self.edges[-1]
        z = (edges - mean) / width
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        share = ndtr(z)
        peak = share[1:] - share[:-1]
        moment = z * density
        slopes = np.zeros((3, 7, len(edges) - 1))
        slopes[0, 0] = peak
        slopes[0, 1] = -kaons / width * (density[1:] - density[:-1])
        slopes[0, 2] = -kaons / width * (moment[1:] - moment[:-1])
        falling, falling_slope = _falling(edges - low, left_length, high - low)
        slopes[1, 3], slopes[1, 4] = falling, left * falling_slope
        rising, rising_slope = _falling((high - edges)[::-1], right_length, high - low)
        slopes[2, 5], slopes[2, 6] = rising[::-1], right * rising_slope[::-1]
        return np.array([kaons * peak, left * falling, right * rising[::-1]]), slopes

    def loss(self, parameters: Floats, counts: Floats) -> tuple[float, Floats]:
        """Give minus the log of the extended Poisson likelihood, up to what the counts alone decide, and its gradient.

        Baker and Cousins, Nucl. Instrum. Meth. 221 (1984) 437.
        """
        parts, slopes = self._terms(parameters, self.edges)
        expected = np.maximum(parts.sum(axis=0), 1e-9)
        loss = float((expected - counts * np.log(expected)).sum())
        return loss, slopes.sum(axis=0) @ (1 - counts / expected)

    def in_window(self, parameters: Floats, component: int) -> tuple[float, Floats]:
        """Give a component's counts in the window, and the gradient."""
        parts, slopes = self._terms(parameters, np.array(self.window))
        return float(parts[component, 0]), slopes[component, :, 0]

    def bounds(self, n: float, *, peak: bool = True) -> list[tuple[float, float]]:
        """Give the bounds of the parameters for a spectrum of n tracks; without a peak there are no kaons."""
        lengths, most = (SHORTEST_LENGTH, LONGEST_LENGTH), 2 * n + 10
        kaons = (0.0, most if peak else 0.0)
        return [kaons, self.window, (NARROWEST, self.width_max), (0.0, most), lengths, (0.0, most), lengths]


def _falling(distance: Floats, length: float, reach: float) -> tuple[Floats, Floats]:
    """Share of exp(-x / length), 0 < x < reach, in each bin, and its derivative by the length."""
    decayed = np.exp(-distance / length)
    whole = -np.expm1(-reach / length)
    weighted = decayed * distance
    share = (decayed[:-1] - decayed[1:]) / whole
    moved = (weighted[:-1] - weighted[1:]) / length**2
    whole_moved = -np.exp(-reach / length) * reach / length**2
    return share, moved / whole - share * whole_moved / whole


def fit_spectrum(model: MassModel, counts: Floats, starts: Iterable[Floats], *, peak: bool = True) -> Point:
    """Give the parameters of the largest likelihood and its loss, the best over the starts."""
    return min((_minimise(model, counts, start, peak=peak) for start in starts), key=lambda found: found[1])


def first_starts(model: MassModel, counts: Floats) -> list[Floats]:
    """Give starts that differ in where the peak is, how wide, and how much of the spectrum it holds."""
    n = float(counts.sum())
    centres = (model.edges[1:] + model.edges[:-1]) / 2
    inside = (centres > model.window[0]) & (centres < model.window[1])
    highest = float(centres[inside][np.argmax(counts[inside])])
    tails = [0.05 * n + 1, 80.0, 0.05 * n + 1, 80.0]
    flat = [0.6 * n + 1, 200.0, 0.3 * n + 1, 200.0]
    narrow, wide = min(15.0, model.width_max), min(30.0, model.width_max)
    middle = sum(model.window) / 2
    return [
        np.array([0.8 * n, highest, narrow, *tails]),
        np.array([0.5 * n, middle, wide, *flat]),
        np.array([0.05 * n, highest, narrow, *flat]),
    ]


def profile_interval(model: MassModel, counts: Floats, best: Point, quantity: Quantity) -> Interval:
    """Give the interval in which twice the profiled loss rises by less than the chi-square quantile of one degree.

    `quantity` gives a number and its gradient at some parameters. An end that
    lies beyond what the bounds of the parameters allow is where they end.
    """
    from scipy.stats import chi2

    rise = float(chi2.ppf(CONFIDENCE, 1)) / 2
    value = quantity(best[0])[0]
    ends = []
    for side in (-1.0, 1.0):
        near, inside = value, best[0]
        step = side * max(0.02 * abs(value), 0.5)
        far, start = value, best[0]
        for _ in range(30):
            far = max(far + step, 0.0)
            reached = _constrained(model, counts, start, quantity, far)
            if reached is None or reached[1] - best[1] > rise:
                break
            near, inside = far, reached[0]
            start, step = reached[0], 1.7 * step
            if far == 0.0:
                break
        else:
            near = far
        if near != far:
            near = _bisect(model, counts, (best[1], rise), quantity, near, far, inside)
        ends.append(near)
    return Interval(*ends)


def _bisect(
    model: MassModel,
    counts: Floats,
    threshold: tuple[float, float],
    quantity: Quantity,
    near: float,
    far: float,
    start: Floats,
) -> float:
    for _ in range(_STEPS):
        middle = (near + far) / 2
        reached = _constrained(model, counts, start, quantity, middle)
        if reached is not None and reached[1] - threshold[0] <= threshold[1]:
            near, start = middle, reached[0]
        else:
            far = middle
    return (near + far) / 2


def _minimise(model: MassModel, counts: Floats, start: Floats, *, peak: bool = True) -> Point:
    bounds = np.array(model.bounds(float(counts.sum()), peak=peak))
    return _search(
        model, counts, start, bounds, method="L-BFGS-B", options={"maxiter": 300, "ftol": 1e-8, "gtol": 1e-5}
    )


def _constrained(model: MassModel, counts: Floats, start: Floats, quantity: Quantity, value: float) -> Point | None:
    """Minimise with the quantity held at a value; None where that cannot be reached within the bounds."""
    scale, size = _scales(float(counts.sum())), max(abs(value), 1.0)
    constraint = {
        "type": "eq",
        "fun": lambda scaled: (quantity(scaled * scale)[0] - value) / size,
        "jac": lambda scaled: quantity(scaled * scale)[1] * scale / size,
    }
    bounds = np.array(model.bounds(float(counts.sum())))
    options = {"maxiter": 100, "ftol": 1e-7}
    found = _search(model, counts, start, bounds, method="SLSQP", constraints=constraint, options=options)
    if not np.isfinite(found[1]) or abs(quantity(found[0])[0] - value) > 1e-3 * size:
        return None
    return found


def _search(model: MassModel, counts: Floats, start: Floats, bounds: Floats, **how: Any) -> Point:
    """Run SciPy's minimiser on parameters divided by their typical sizes, so that it sees numbers near 1."""
    from scipy.optimize import minimize

    scale = _scales(float(counts.sum()))

    def loss(scaled: Floats) -> tuple[float, Floats]:
        value, gradient = model.loss(scaled * scale, counts)
        return value, gradient * scale

    first = np.clip(start, bounds[:, 0], bounds[:, 1]) / scale
    found: Any = minimize(loss, first, jac=True, bounds=list(bounds / scale[:, None]), **how)
    return np.asarray(found.x * scale), float(found.fun)


def _scales(n: float) -> Floats:
    return np.array([n + 1, 50.0, 15.0, 0.2 * n + 1, 100.0, 0.2 * n + 1, 100.0])
