"""Sums, medians and running sums over ragged arrays: values of many tracks in one flat array.

Array conventions:
    values   (n_values,)        all segments, one after the other
    offsets  (n_segments + 1,)  segment i is ``values[offsets[i]:offsets[i + 1]]``; it may be empty
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def segment_ids(offsets: Ints) -> Ints:
    """Give the segment of each value."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def places(offsets: Ints) -> Ints:
    """Give the place of each value in its segment, counted from 0."""
    return np.arange(offsets[-1]) - np.repeat(offsets[:-1], np.diff(offsets))


def prefix_sums(values: NDArray[Any]) -> Ints:
    """Give (n_values + 1,) exact sums of all whole numbers before each place: a window's sum is a difference."""
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, dtype=np.int64, out=sums[1:])
    return sums


def segment_sums(values: NDArray[Any], offsets: Ints) -> Ints:
    """Give the sum of each segment of whole numbers, exactly; 0 where it is empty."""
    return np.diff(prefix_sums(values)[offsets])


def float_sums(values: NDArray[Any], offsets: Ints) -> Floats:
    """Give the sum of each segment in floating point; 0 where it is empty."""
    sums: Floats = np.zeros(len(offsets) - 1)
    sums += np.bincount(segment_ids(offsets), weights=values, minlength=len(sums))
    return sums


def select(values: NDArray[Any], offsets: Ints, mask: NDArray[np.bool_]) -> tuple[NDArray[Any], Ints]:
    """Keep the values where the mask is true, with the offsets of what is left of each segment."""
    return values[mask], prefix_sums(mask)[offsets]


def sorted_segments(values: NDArray[np.integer[Any]], offsets: Ints) -> Ints:
    """Sort each segment of whole numbers that fit into 16 bits, signed."""
    ordered = values.astype(np.int16)
    # One by one and as 16 bits, which NumPy sorts by counting. All at once as wider numbers take 3 times as long, and
    # 13 times on a processor that is slow at what NumPy then does by AVX-512.
    for begin, end in pairwise(offsets.tolist()):
        ordered[begin:end].sort(kind="stable")
    return ordered.astype(np.int64)


def medians(ordered: Ints, offsets: Ints) -> Floats:
    """Give the median of each sorted segment, NaN where it is empty."""
    n = np.diff(offsets)
    if not len(ordered):
        return np.full(len(n), np.nan)
    low = np.minimum(offsets[:-1] + np.maximum(n - 1, 0) // 2, len(ordered) - 1)
    high = np.minimum(offsets[:-1] + n // 2, len(ordered) - 1)
    return np.where(n > 0, (ordered[low] + ordered[high]) / 2, np.nan)


def running_sums(values: NDArray[Any], offsets: Ints, *, size: int) -> Ints:
    """Give the sum of `size` (odd) values about each place; borders reflect, as (c b a | a b c | c b a).

    Divided by `size` it is the running mean of scipy's ``uniform_filter1d``;
    whole numbers compare without rounding.
    """
    n = np.repeat(np.diff(offsets), np.diff(offsets))
    starts, place = np.repeat(offsets[:-1], np.diff(offsets)), places(offsets)
    sums = np.zeros(len(values), dtype=np.int64)
    for shift in range(-(size // 2), size // 2 + 1):
        folded = (place + shift) % (2 * n)
        sums += values[starts + np.where(folded < n, folded, 2 * n - 1 - folded)]
    return sums


def ratio(numerator: NDArray[Any], denominator: NDArray[Any]) -> Floats:
    """Divide, NaN where the denominator is 0."""
    result = np.full(np.shape(numerator), np.nan)
    np.divide(numerator, denominator, out=result, where=np.asarray(denominator) != 0)
    return result
