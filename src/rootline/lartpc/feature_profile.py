"""Features of a cluster's profile, the highest ADC of each wire from entry to stop: Bragg peak and shape."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rootline.lartpc.segments import (
    Floats,
    Ints,
    float_sums,
    medians,
    places,
    prefix_sums,
    ratio,
    running_sums,
    segment_ids,
    segment_sums,
    select,
    sorted_segments,
)


def bragg_features(profile: NDArray[np.int16], offsets: Ints) -> dict[str, Floats]:
    """Compute the features of the Bragg peak.

    Parameters
    ----------
    profile : (n_wires,) array
        Profiles of all clusters, one after the other [ADC].
    offsets : (n_clusters + 1,) array
        Wires of cluster i are ``profile[offsets[i]:offsets[i + 1]]``; at
        least one.

    Returns
    -------
    dict of (n_clusters,) arrays
        NaN where undefined.
    """
    n = np.diff(offsets)
    sums = prefix_sums(profile)
    heights, peaks = _peaks(profile, offsets)
    means = ratio(segment_sums(profile, offsets), n)
    positive_sums = segment_sums(np.where(profile > 0, profile, 0), offsets)
    tenth, quarter = (0.1 * n).astype(np.int64), (0.25 * n).astype(np.int64)
    last_quarter = np.where(quarter > 0, quarter, n)
    return {
        "bragg_peak_height": heights.astype(np.float64),
        "max_ADC_position": ratio(peaks, n),
        "bragg_peak_ratio": ratio(heights, means),
        "bragg_peak_to_median": ratio(heights, medians(sorted_segments(profile, offsets), offsets)),
        "end_vs_start_ratio": ratio(_last_means(sums, offsets, tenth), _first_means(sums, offsets, tenth)),
        "last_quartile_mean": _last_means(sums, offsets, last_quarter),
        "first_quartile_mean": _first_means(sums, offsets, quarter),
        "bragg_rise_slope": _slopes(profile, offsets),
        "peak_integral_fraction": ratio(
            _last_sums(sums, offsets, np.maximum(1, (0.15 * n).astype(np.int64))), positive_sums
        ),
        "bragg_peak_width": _peak_widths(profile, offsets, heights, peaks),
    }


def profile_features(profile: NDArray[np.int16], offsets: Ints) -> dict[str, Floats]:
    """Compute the features of the profile's shape; parameters as for `bragg_features`."""
    n = np.diff(offsets)
    sums = prefix_sums(profile)
    _, peaks = _peaks(profile, offsets)
    positive, positive_offsets = select(profile, offsets, profile > 0)
    n_positive = np.diff(positive_offsets)
    positive_sums = segment_sums(positive, positive_offsets)
    means = ratio(positive_sums, n_positive)
    deviations = positive - np.repeat(means, n_positive)
    squares = deviations * deviations
    second, third, fourth = (
        ratio(float_sums(values, positive_offsets), n_positive)
        for values in (squares, squares * deviations, squares * squares)
    )
    tenth = (0.1 * n).astype(np.int64)
    near = sums[offsets[:-1] + np.minimum(peaks + tenth + 1, n)] - sums[offsets[:-1] + np.maximum(peaks - tenth, 0)]
    excess = ratio(fourth, second * second) - 3.0
    return {
        "profile_cv": ratio(np.sqrt(second), means),
        "monotonic_rise_fraction": _rising_shares(profile, offsets),
        "relative_peak_energy": ratio(near, positive_sums),
        "profile_skewness": ratio(third, second**1.5),
        "profile_kurtosis": np.log(excess, out=np.full(len(n), np.nan), where=excess > 0),
        "n_local_maxima": _count_maxima(running_sums(profile, offsets, size=15), offsets),
    }


def _peaks(profile: NDArray[np.int16], offsets: Ints) -> tuple[Ints, Ints]:
    """Highest ADC of each profile, and the first place that has it."""
    heights = np.maximum.reduceat(profile, offsets[:-1]).astype(np.int64)
    highest = profile == np.repeat(heights, np.diff(offsets))
    first: Ints = np.minimum.reduceat(np.where(highest, places(offsets), len(profile)), offsets[:-1])
    return heights, first


def _first_means(sums: Ints, offsets: Ints, k: Ints) -> Floats:
    return ratio(sums[offsets[:-1] + k] - sums[offsets[:-1]], k)


def _last_sums(sums: Ints, offsets: Ints, k: Ints) -> Ints:
    result: Ints = sums[offsets[1:]] - sums[offsets[1:] - k]
    return result


def _last_means(sums: Ints, offsets: Ints, k: Ints) -> Floats:
    return ratio(_last_sums(sums, offsets, k), k)


def _slopes(profile: NDArray[np.int16], offsets: Ints) -> Floats:
    """Least-squares slope [ADC per wire], NaN for one wire; whole numbers until the last division."""
    n, x = np.diff(offsets), places(offsets)
    x_sums, xx_sums = n * (n - 1) // 2, n * (n - 1) * (2 * n - 1) // 6
    xy_sums = segment_sums(x * profile, offsets)
    return ratio(n * xy_sums - x_sums * segment_sums(profile, offsets), n * xx_sums - x_sums**2)


def _peak_widths(profile: NDArray[np.int16], offsets: Ints, heights: Ints, peaks: Ints) -> Floats:
    """Width at half prominence of the first highest wire [wires], as scipy's peak_widths; 0 at either end.

    The highest wire's bases are the lowest wires on its two sides, and the
    higher base decides the prominence.
    """
    n, ids, x = np.diff(offsets), segment_ids(offsets), places(offsets)
    left_side, right_side = x <= peaks[ids], x >= peaks[ids]
    left_base = np.minimum.reduceat(np.where(left_side, profile, heights[ids]), offsets[:-1])
    right_base = np.minimum.reduceat(np.where(right_side, profile, heights[ids]), offsets[:-1])
    level = heights - (heights - np.maximum(left_base, right_base)) * 0.5
    # the nearest wire on each side that is not above the level; the lower base never is
    reached = profile <= level[ids]
    left = np.maximum.reduceat(np.where(reached & left_side, x, -1), offsets[:-1])
    right = np.minimum.reduceat(np.where(reached & right_side, x, len(profile)), offsets[:-1])
    widths = np.zeros(len(n))
    inside = (peaks > 0) & (peaks < n - 1)
    begin, left, right, level = offsets[:-1][inside], left[inside], right[inside], level[inside]
    left_crossing = left + _crossing(profile, begin, left, 1, level)
    widths[inside] = right - _crossing(profile, begin, right, -1, level) - left_crossing
    return widths


def _crossing(profile: NDArray[Any], begin: Ints, place: Ints, step: int, level: Floats) -> Floats:
    """How far from `place` towards the peak the profile crosses the level [wires]."""
    at = profile[begin + place].astype(np.float64)
    below = at < level
    towards = profile[np.where(below, begin + place + step, begin + place)].astype(np.float64)
    return np.where(below, ratio(level - at, towards - at), 0.0)


def _rising_shares(profile: NDArray[np.int16], offsets: Ints) -> Floats:
    """Share of steps by which the 3-wire running mean rises, NaN below 10 wires."""
    n = np.diff(offsets)
    smooth = running_sums(profile, offsets, size=3)
    rises = np.zeros(len(smooth), dtype=bool)
    rises[1:] = smooth[1:] > smooth[:-1]
    rises[offsets[:-1]] = False
    return np.where(n >= 10, ratio(segment_sums(rises, offsets), n - 1), np.nan)


def _count_maxima(smooth: Ints, offsets: Ints) -> Floats:
    """Count places or plateaus that are higher than both neighbours; the ends have none."""
    ids = segment_ids(offsets)
    begins = np.ones(len(smooth), dtype=bool)
    begins[1:] = (smooth[1:] != smooth[:-1]) | (ids[1:] != ids[:-1])
    level, owner = smooth[begins], ids[begins]
    peak = np.zeros(len(level), dtype=bool)
    peak[1:-1] = (level[1:-1] > level[:-2]) & (level[1:-1] > level[2:])
    peak[1:-1] &= (owner[1:-1] == owner[:-2]) & (owner[1:-1] == owner[2:])
    return np.bincount(owner[peak], minlength=len(offsets) - 1).astype(np.float64)
