"""Compare the dE/dx of a track's hits with the curve expected of a stopping particle."""

import numpy as np
from numpy.typing import NDArray

from rootline.lartpc.curves import GRID_CM, Curve

# Rounding to the grid as the public study does, round(round(r / 0.05) * 0.05, 2), half to even both
# times, gives the decimal number of the grid point that rint(r / 0.05) counts; that integer is the
# place in the curve, so the second rounding, which only tidies the decimal, is not needed.


def chi2_per_track(
    residual_range: NDArray[np.float64],
    dedx: NDArray[np.float64],
    offsets: NDArray[np.int64],
    curve: Curve,
) -> NDArray[np.float64]:
    """Give chi2 per hit of every track: the mean of (d - e)^2 / e, e the expected dE/dx.

    Parameters
    ----------
    residual_range : (n_hits,) array
        Of all tracks, one after the other [cm].
    dedx : (n_hits,) array
        Measured dE/dx of the same hits [MeV/cm].
    offsets : (n_tracks + 1,) array
        Hits of track i are ``offsets[i]:offsets[i + 1]``.
    curve : Curve
        Expected dE/dx; each hit takes its nearest grid point.

    Returns
    -------
    (n_tracks,) array
        NaN for a track without hits and where one hit lies off the curve's
        grid [MeV/cm].
    """
    # In place, because at millions of hits a fresh array costs more than the arithmetic on it.
    places = residual_range / GRID_CM
    np.rint(places, out=places)
    places -= np.rint(curve.residual_range[0] / GRID_CM)
    np.fmax(places, -1, out=places)  # also where the range is NaN
    np.fmin(places, len(curve.dedx), out=places)
    expected = np.concatenate([curve.dedx, [np.nan, np.nan]]).take(places.astype(np.int32))
    chi2 = np.subtract(dedx, expected, out=places)
    chi2 *= chi2
    chi2 /= expected
    n_hits = np.diff(offsets)
    sums = np.bincount(np.repeat(np.arange(len(n_hits)), n_hits), weights=chi2, minlength=len(n_hits))
    return np.where(n_hits > 0, sums / np.maximum(n_hits, 1), np.nan)


def likelier_hypothesis(chi2_kaon: NDArray[np.float64], chi2_proton: NDArray[np.float64]) -> NDArray[np.object_]:
    """Name the hypothesis of each track: ``kaon`` if its chi2 is the smaller, else ``proton``; None where both are NaN."""
    names = np.where(chi2_kaon < chi2_proton, "kaon", "proton").astype(object)
    names[np.isnan(chi2_kaon) & np.isnan(chi2_proton)] = None
    return names
