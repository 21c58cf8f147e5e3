"""The solidity of a cluster: area of its largest region over the area of that region's convex hull.

Regions are connected over sides and corners. The hull is that of scikit-image's
``convex_hull_image``: of the midpoints of all pixel sides, and its area is the
number of pixels whose centre lies inside or on its border. Coordinates are
doubled, so that all of it is whole numbers and exact.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rootline.lartpc.segments import Floats, Ints, places, prefix_sums, ratio, segment_ids


def solidities(wire: NDArray[np.integer[Any]], tick: NDArray[np.integer[Any]], offsets: Ints) -> Floats:
    """Give the solidity of each cluster, NaN where it has no pixel.

    Parameters
    ----------
    wire, tick : (n_pixels,) arrays
        Pixels above 0 of all clusters, one cluster after the other, in any
        order within a cluster; the first wire and tick of each are at least 0.
    offsets : (n_clusters + 1,) array
        Pixels of cluster i are ``offsets[i]:offsets[i + 1]``.
    """
    n_clusters = len(offsets) - 1
    if not len(wire):
        return np.full(n_clusters, np.nan)
    cluster = segment_ids(offsets)
    stride = int(tick.max()) + 3  # two spare ticks, so that no run touches one at the other end of the next wire
    rows = cluster * (int(wire.max()) + 2) + wire  # one image below the other, with a spare wire between
    places_of_pixels = np.sort(rows * stride + tick, kind="stable")  # one pass where they are in order, as ours are
    breaks = np.flatnonzero(np.diff(places_of_pixels) != 1) + 1
    first = np.concatenate([[0], breaks])
    last = np.concatenate([breaks, [len(places_of_pixels)]]) - 1
    starts, stops = places_of_pixels[first], places_of_pixels[last] + 1
    run_cluster = cluster[first]  # sorting moves pixels within their cluster only
    region = _connect(starts, stops, stride)
    n_regions = int(region.max()) + 1
    area = np.bincount(region, weights=stops - starts, minlength=n_regions).astype(np.int64)
    largest = _largest_regions(region, run_cluster, area)
    chosen = np.zeros(n_regions, dtype=bool)
    chosen[largest] = True
    mine = chosen[region]
    hulls = _hull_areas(starts[mine] // stride, starts[mine] % stride, (stops[mine] - 1) % stride, run_cluster[mine])
    result = np.full(n_clusters, np.nan)
    present = np.unique(run_cluster)
    result[present] = ratio(area[largest], hulls)
    return result


def _connect(starts: Ints, stops: Ints, stride: int) -> NDArray[np.int32]:
    """Give the region of each run; runs of one wire after the other, half open."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    # Runs of the next wire that reach at least to my start, up to those that begin no later than my stop.
    low = np.searchsorted(stops, starts + stride, side="left")
    high = np.searchsorted(starts, stops + stride, side="right")
    n_links = np.maximum(high - low, 0)
    one = np.repeat(np.arange(len(starts)), n_links)
    other = np.repeat(low, n_links) + places(prefix_sums(n_links))
    links = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(starts), len(starts)))
    regions: NDArray[np.int32] = connected_components(links, directed=False)[1]
    return regions


def _largest_regions(region: NDArray[np.int32], run_cluster: Ints, area: Ints) -> Ints:
    """Name the largest region of each cluster; of equal ones the first in raster order."""
    names, first_run = np.unique(region, return_index=True)
    owner = run_cluster[first_run]
    order = np.lexsort((first_run, -area[names], owner))
    leads = np.concatenate([[True], np.diff(owner[order]) != 0])
    largest: Ints = names[order][leads].astype(np.int64)
    return largest


def _hull_areas(row: Ints, tick_first: Ints, tick_last: Ints, cluster: Ints) -> Ints:
    """Pixels in the hull of each region, from its runs in raster order; a region has no wire without a run."""
    begins = np.flatnonzero(np.concatenate([[True], np.diff(row) != 0]))
    lowest = np.minimum.reduceat(tick_first, begins)
    highest = np.maximum.reduceat(tick_last, begins)
    offsets = np.concatenate([[0], np.flatnonzero(np.diff(cluster[begins])) + 1, [len(begins)]])
    columns = 1 - _hull_columns(-highest, offsets) - _hull_columns(lowest, offsets)
    return np.add.reduceat(columns, offsets[:-1])


def _hull_columns(lowest: Ints, offsets: Ints) -> Ints:
    """Give the lowest tick inside the hull on each wire, from the lowest pixel of each wire.

    The lower chain has a point at every half wire from half a wire before the
    first to half a wire after the last. A point on or above the line between
    its neighbours is no corner of the hull; dropping all such points at once
    keeps the hull, and what is left when there is none is the hull.
    """
    n_wires = np.diff(offsets)
    chain_offsets = np.concatenate([[0], np.cumsum(2 * n_wires + 1)])
    chain = np.empty(chain_offsets[-1], dtype=np.int64)
    on_wire = np.repeat(chain_offsets[:-1] + 1, n_wires) + 2 * places(offsets)
    chain[on_wire - 1] = 2 * lowest
    chain[on_wire[1:] - 1] = np.minimum(
        2 * lowest[1:], np.where(np.diff(on_wire) == 2, 2 * lowest[:-1], 2 * lowest[1:])
    )
    chain[chain_offsets[1:] - 1] = 2 * lowest[offsets[1:] - 1]
    chain[on_wire] = 2 * lowest - 1

    is_end = np.zeros(len(chain), dtype=bool)
    is_end[chain_offsets[:-1]] = is_end[chain_offsets[1:] - 1] = True
    corners = np.arange(len(chain))
    while True:
        x, y = corners, chain[corners]
        above = np.zeros(len(corners), dtype=bool)
        above[1:-1] = (y[1:-1] - y[:-2]) * (x[2:] - x[:-2]) >= (y[2:] - y[:-2]) * (x[1:-1] - x[:-2])
        above &= ~is_end[corners]
        if not above.any():
            break
        corners = corners[~above]
    right = np.searchsorted(corners, on_wire)  # no wire lies on a chain's first point, so there is one to the left
    left, right = corners[right - 1], corners[right]
    width = right - left
    doubled = chain[left] * width + (chain[right] - chain[left]) * (on_wire - left)
    columns: Ints = -(-doubled // (2 * width))  # rounded up
    return columns
