"""Compare the dE/dx of a track's hits with the curves expected of stopping particles."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rootline.lartpc.curves import GRID_CM, Curve

# Rounding to the grid as the public study does, round(round(r / 0.05) * 0.05, 2), half to even both
# times, gives the decimal number of the grid point that rint(r / 0.05) counts; that integer is the
# place in the curve, so the second rounding, which only tidies the decimal, is not needed.

_FARTHEST = 1 << 30  # grid points; no curve is as long


def chi2_per_track(
    residual_range: NDArray[np.float64],
    dedx: NDArray[np.float64],
    offsets: NDArray[np.int64],
    curves: Mapping[str, Curve],
) -> dict[str, NDArray[np.float64]]:
    """Give chi2 per hit of every track against each curve: the mean of (d - e)^2 / e, e the expected dE/dx.

    Parameters
    ----------
    residual_range : (n_hits,) array
        Of all tracks, one after the other [cm].
    dedx : (n_hits,) array
        Measured dE/dx of the same hits [MeV/cm].
    offsets : (n_tracks + 1,) array
        Hits of track i are ``offsets[i]:offsets[i + 1]``.
    curves : mapping of str to Curve
        Expected dE/dx by hypothesis; each hit takes its nearest grid point.

    Returns
    -------
    dict of (n_tracks,) arrays
        By hypothesis; NaN for a track without hits and where one hit lies off
        the curve's grid [MeV/cm].
    """
    # In place, because at millions of hits a fresh array costs more than the arithmetic on it.
    steps = residual_range / GRID_CM
    np.rint(steps, out=steps)
    np.fmax(steps, -1, out=steps)  # also where the range is NaN
    np.fmin(steps, _FARTHEST, out=steps)
    places = steps.astype(np.intp)
    places += 1
    expected, chi2 = np.empty(len(dedx)), steps
    n_hits = np.diff(offsets)
    track = np.repeat(np.arange(len(n_hits)), n_hits)
    found = {}
    for name, curve in curves.items():
        n_before = 1 + int(np.rint(curve.residual_range[0] / GRID_CM))
        on_grid = np.concatenate([np.full(n_before, np.nan), curve.dedx, [np.nan]])
        on_grid.take(places, out=expected, mode="clip")  # what lies beyond is one of the NaN at the ends
        np.subtract(dedx, expected, out=chi2)
        chi2 *= chi2
        chi2 /= expected
        sums = np.bincount(track, weights=chi2, minlength=len(n_hits))
        found[name] = np.where(n_hits > 0, sums / np.maximum(n_hits, 1), np.nan)
    return found


def log_ratio(chi2_kaon: NDArray[np.float64], chi2_proton: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give ln(chi2_proton / chi2_kaon), above 0 where the kaon is likelier; NaN where it is not finite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(chi2_proton / chi2_kaon)
    return np.where(np.isfinite(ratio), ratio, np.nan)


def likelier_hypothesis(chi2_kaon: NDArray[np.float64], chi2_proton: NDArray[np.float64]) -> NDArray[np.object_]:
    """Name the hypothesis of each track: ``kaon`` if its chi2 is the smaller, else ``proton``; None where both are NaN."""
    names = np.where(chi2_kaon < chi2_proton, "kaon", "proton").astype(object)
    names[np.isnan(chi2_kaon) & np.isnan(chi2_proton)] = None
    return names
