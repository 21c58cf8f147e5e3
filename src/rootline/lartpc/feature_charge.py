"""Features of a cluster's charge: its ADC values, wherever they lie."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rootline.lartpc.segments import Floats, Ints, float_sums, medians, ratio, segment_ids, segment_sums, select
from rootline.lartpc.segments import sorted_segments as sort_segments

ENTROPY_BINS: Final = 50


def charge_features(adc: NDArray[np.int16], offsets: Ints, areas: Ints) -> dict[str, Floats]:
    """Compute the features of the charge.

    Parameters
    ----------
    adc : (n_pixels,) array
        Pixels of all clusters, one cluster after the other [ADC].
    offsets : (n_clusters + 1,) array
        Pixels of cluster i are ``adc[offsets[i]:offsets[i + 1]]``.
    areas : (n_clusters,) array
        Wires times ticks of each box; what is no pixel of the cluster is 0.

    Returns
    -------
    dict of (n_clusters,) arrays
        total_adc (log of the sum), mean_adc (over the whole box), median_adc,
        std_adc (of what is above 0), max_adc, adc_entropy, n_pixels and
        fill_fraction; NaN where undefined.
    """
    sums = segment_sums(adc, offsets)
    positive, positive_offsets = select(adc, offsets, adc > 0)
    n = np.diff(positive_offsets)
    ordered = sort_segments(positive, positive_offsets)
    means = ratio(segment_sums(ordered, positive_offsets), n)
    deviations = ordered - np.repeat(means, n)
    return {
        "total_adc": np.log(sums, out=np.full(len(sums), np.nan), where=sums > 0),
        "mean_adc": ratio(sums, areas),
        "median_adc": medians(ordered, positive_offsets),
        "std_adc": np.sqrt(ratio(float_sums(deviations * deviations, positive_offsets), n)),
        "max_adc": _maxima(adc, offsets, areas),
        "adc_entropy": _entropies(ordered, positive_offsets),
        "n_pixels": n.astype(np.float64),
        "fill_fraction": ratio(n, areas),
    }


def _maxima(adc: NDArray[np.int16], offsets: Ints, areas: Ints) -> Floats:
    n = np.diff(offsets)
    maxima = np.where(areas > n, 0.0, -np.inf)  # a place without a pixel holds 0
    if len(adc):
        filled = n > 0
        maxima[filled] = np.maximum(maxima[filled], np.maximum.reduceat(adc, offsets[:-1][filled]))
    return np.where(areas > 0, maxima, np.nan)


def _entropies(ordered: Ints, offsets: Ints) -> Floats:
    """Entropy of a histogram of 50 bins between the segment's extremes, by the log of the occupied bins.

    Edges and their rounding are those of ``numpy.histogram``. 0 where less
    than two bins are occupied, NaN where there are less than two values.
    """
    n = np.diff(offsets)
    several = n >= 2
    entropies = np.full(len(n), np.nan)
    if not several.any():
        return entropies
    low, high = ordered[offsets[:-1][several]], ordered[offsets[1:][several] - 1]
    edges = np.arange(1, ENTROPY_BINS) * ((high - low) / ENTROPY_BINS)[:, None] + low[:, None]
    # A whole number lies below an edge if it lies below the next whole number. The last bin holds its right edge.
    keys = segment_ids(offsets) * (1 << 17) + ordered
    rows = np.flatnonzero(several)[:, None] * (1 << 17)
    below = np.searchsorted(keys, (rows + np.ceil(edges).astype(np.int64)).ravel()).reshape(edges.shape)
    counts = np.diff(np.column_stack([offsets[:-1][several], below, offsets[1:][several]]), axis=1)
    shares = counts / n[several][:, None]
    logs = np.log(shares, out=np.zeros_like(shares), where=counts > 0)
    occupied = (counts > 0).sum(axis=1)
    spread = (high > low) & (occupied >= 2)
    entropies[several] = np.where(spread, ratio(-(shares * logs).sum(axis=1), np.log(occupied)), 0.0)
    return entropies
