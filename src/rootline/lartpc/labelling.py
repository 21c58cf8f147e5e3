"""Connected regions of wire planes, found on runs of pixels instead of an image of labels.

A run is an unbroken row of pixels above threshold on one wire. An event has a
few hundred runs and 700,000 pixels, so everything after the threshold works on
runs. The functions take NumPy and CuPy arrays alike and give the same numbers
for both: only integers are added, and only operations that both libraries have
are used (CuPy repeats no array by an array and reduces no segments).

Regions are numbered in raster order of their first pixel, wires first: by
their lowest wire, then by their lowest tick on it.
"""

from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from rootline.core.device import module_of, to_host

Array = Any
"""A NumPy or a CuPy array."""

Neighbours = Literal[4, 8]

MAX_TICKS: Final = 1 << 16
"""Longest waveform [ticks]: charge and tick of a pixel are compared as one 32-bit number."""

_TICK_MASK: Final = MAX_TICKS - 1

_COMPARED_AT_ONCE: Final = 4096
"""Integers in the byte order of ROOT files: so many of them and of their copies stay in a processor's first cache."""


MEASURED: Final = (
    "wire_min",
    "wire_max",
    "tick_min",
    "tick_max",
    "n_pixels",
    "charge_sum",
    "charge_max",
    "vertex_tick",
)
"""Attributes of `Regions` with one number per region."""


class Regions(NamedTuple):
    """Regions of one plane, and their pixels in raster order of the plane.

    Attributes
    ----------
    wire_min, wire_max, tick_min, tick_max : (n_regions,) int32 arrays
        Boxes, half open.
    n_pixels, charge_max, vertex_tick : (n_regions,) int32 arrays
        Number of pixels; largest charge [ADC]; tick of the largest charge on
        the region's first wire, the first one on ties.
    charge_sum : (n_regions,) int64 array
        Sum of the charge [ADC].
    profile : (sum of heights,) int16 array
        Per-wire maximum [ADC], region after region.
    region : (n_pixels,) int64 array
        Region that each pixel belongs to.
    wire, tick, adc : (n_pixels,) int16, int32 and int16 arrays
        Position in the plane and charge [ADC].
    """

    wire_min: Array
    wire_max: Array
    tick_min: Array
    tick_max: Array
    n_pixels: Array
    charge_sum: Array
    charge_max: Array
    vertex_tick: Array
    profile: Array
    region: Array
    wire: Array
    tick: Array
    adc: Array

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return len(self.wire_min)

    def to_host(self) -> "Regions":
        """Give the same regions as NumPy arrays."""
        return Regions(*(to_host(values) for values in self))


class WirePlane(NamedTuple):
    """Waveforms of some wires of one plane.

    Attributes
    ----------
    image : (n_rows, n_ticks) int16 array
        Pedestal-subtracted waveforms [ADC], NumPy of either byte order or CuPy.
    wires : (n_rows,) int64 array or None
        Wire of each row, rising; those that are left out were silent. None:
        the wires from 0 on.
    """

    image: Array
    wires: Array | None = None


def find_regions_of(
    planes: Sequence[WirePlane], thresholds: Sequence[int], *, neighbours: Neighbours = 8
) -> list[Regions]:
    """Find the connected regions of pixels above a threshold in each of several planes.

    They are found together, since most of the time goes into the calls of
    array functions and not into their work.

    Parameters
    ----------
    planes : sequence of WirePlane
        All of one array module.
    thresholds : sequence of int
        Of each plane; pixels above it belong to a region [ADC].
    neighbours : 4 or 8
        Whether pixels that share only a corner are connected.

    Raises
    ------
    ValueError
        If an image is not int16, is too long, or a threshold is negative.
    """
    for (image, _), threshold in zip(planes, thresholds, strict=True):
        if image.dtype.newbyteorder("=") != np.int16 or image.ndim != 2 or image.shape[1] > MAX_TICKS or threshold < 0:
            raise ValueError(
                f"image is {image.dtype} of shape {image.shape}, threshold is {threshold}; need (n_wires, n_ticks) int16 "
                f"with at most {MAX_TICKS} ticks and a threshold that is not negative"
            )
    xp = module_of(planes[0].image)
    # Two spare places between wires and a spare wire between planes: a run never looks connected to one at the
    # other end of the next wire, or of another plane.
    row = max(image.shape[1] for image, _ in planes) + 2
    offset = 0
    offsets, pixels = [], []
    for plane, threshold in zip(planes, thresholds, strict=True):
        offsets.append(offset)
        pixels.append(_pixels_above(plane, threshold, offset * row, row))
        offset += _n_wires(plane) + 1
    wire, tick, adc, place = (xp.concatenate(of_planes) for of_planes in zip(*pixels, strict=True))
    if len(place) == 0:
        none, nothing = xp.zeros(0, np.int32), xp.zeros(0, np.int16)
        sums = xp.zeros(0, np.int64)
        empty = Regions(none, none, none, none, none, sums, none, none, nothing, sums, nothing, none, nothing)
        return [empty] * len(planes)
    begins = xp.ones(len(place), bool)
    begins[1:] = place[1:] != place[:-1] + 1
    run_of_pixel = xp.cumsum(begins) - 1
    first = xp.flatnonzero(begins)
    end = xp.concatenate([first[1:], xp.asarray([len(place)])])
    start = place[first]
    parent = _connect(start, place[end - 1] + 1, row, neighbours, xp)
    is_first = parent == xp.arange(len(parent))
    region_of_run = (xp.cumsum(is_first) - 1)[parent]

    # The largest is the highest charge, and of equal ones that at the earliest tick.
    peak = adc.astype(np.int32) * MAX_TICKS + (_TICK_MASK - tick)
    run_peak = xp.zeros(len(first), np.int32)
    xp.maximum.at(run_peak, run_of_pixel, peak)
    charge = xp.cumsum(adc, dtype=np.int64)
    run_charge = charge[end - 1] - charge[first] + adc[first]
    found = _measure(
        region_of_run=region_of_run,
        is_first=is_first,
        run_wire=(start // row).astype(np.int32),
        run_ticks=(tick[first], tick[end - 1] + 1),
        run_peak=run_peak,
        run_charge=run_charge,
        pixels=(region_of_run[run_of_pixel], wire, tick, adc),
    )
    return _split(found, offsets, [len(of_plane[0]) for of_plane in pixels])


def places_above(image: Array, threshold: int) -> Array:
    """Give the places of the pixels above a threshold, as (n_pixels,) int64 array of positions in the flat image."""
    xp = module_of(image)
    if xp is not np:
        return xp.flatnonzero(image > threshold)
    with np.errstate():  # puts back the size
        np.setbufsize(_COMPARED_AT_ONCE)
        above = (image > threshold).ravel()
    # Nearly all pixels are below: eight at a time are looked at as one number.
    n_whole = len(above) // 8 * 8
    eights = np.flatnonzero(above[:n_whole].view(np.uint64) != 0)
    found = np.flatnonzero(above[:n_whole].reshape(-1, 8)[eights])
    whole = eights[found // 8] * 8 + found % 8
    return whole if n_whole == len(above) else np.concatenate([whole, n_whole + np.flatnonzero(above[n_whole:])])


def _n_wires(plane: WirePlane) -> int:
    if plane.wires is None:
        return int(plane.image.shape[0])
    return int(plane.wires[-1]) + 1 if len(plane.wires) else 0


def _pixels_above(plane: WirePlane, threshold: int, begin: int, row: int) -> tuple[Array, Array, Array, Array]:
    """Give wire, tick, charge and place of the pixels of a plane; places count on from `begin`, `row` of them per wire."""
    n_ticks = plane.image.shape[1]
    position = places_above(plane.image, threshold)
    of_row = position // max(n_ticks, 1)
    tick = position - of_row * n_ticks
    wire = of_row if plane.wires is None else plane.wires[of_row]
    adc = plane.image.ravel()[position].astype(np.int16)
    return wire.astype(np.int16), tick.astype(np.int32), adc, wire * row + tick + begin


def _split(found: Regions, offsets: Sequence[int], n_pixels: Sequence[int]) -> list[Regions]:
    """Part the regions of several planes, whose wires count on from each plane's offset."""
    if len(offsets) == 1:
        return [found]
    xp = module_of(found.wire_min)
    begins = [*(int(begin) for begin in xp.searchsorted(found.wire_min, xp.asarray(offsets))), found.n_regions]
    parts, first_pixel = [], 0
    for offset, begin, end, n in zip(offsets, begins[:-1], begins[1:], n_pixels, strict=True):
        part = _take(found, begin, end, slice(first_pixel, first_pixel + n))
        parts.append(part._replace(wire_min=part.wire_min - offset, wire_max=part.wire_max - offset))
        first_pixel += n
    return parts


def join_regions(parts: Sequence[Regions]) -> Regions:
    """Give the regions of several planes or events, numbered on.

    Each keeps its place in its own plane: wires and ticks of two regions may
    be the same, and pixels are in raster order plane by plane.
    """
    xp = module_of(parts[0].region)
    first = 0
    regions = []
    for part in parts:
        regions.append(part.region + first)
        first += part.n_regions
    others = (name for name in Regions._fields if name != "region")
    return Regions(
        region=xp.concatenate(regions),
        **{name: xp.concatenate([getattr(part, name) for part in parts]) for name in others},
    )


def pick_region(regions: Regions, index: int) -> Regions:
    """Give one region of several, as if it were the only one."""
    taken = _take(regions, index, index + 1, regions.region == index)
    return Regions(*(values.copy() for values in taken))  # views would keep all the others in memory


def _take(regions: Regions, begin: int, end: int, pixels: Any) -> Regions:
    """Give the regions from `begin` up to `end`, whose pixels are those of a slice or a mask, as if they were all."""
    heights = regions.wire_max - regions.wire_min
    first = int(heights[:begin].sum())
    return Regions(
        **{name: getattr(regions, name)[begin:end] for name in MEASURED},
        profile=regions.profile[first : first + int(heights[begin:end].sum())],
        region=regions.region[pixels] - begin,
        wire=regions.wire[pixels],
        tick=regions.tick[pixels],
        adc=regions.adc[pixels],
    )


def _connect(start: Array, stop: Array, row: int, neighbours: Neighbours, xp: ModuleType) -> Array:
    """Give each run the lowest number of all runs connected to it; runs are half open, in raster order."""
    # Runs of the next wire that reach at least to my start, up to those that begin no later than my stop.
    touching = neighbours == 8
    low = xp.searchsorted(stop, start + row, side="left" if touching else "right")
    high = xp.searchsorted(start, stop + row, side="right" if touching else "left")
    n_links = high - low
    links_end = xp.cumsum(n_links)
    total = int(links_end[-1])
    link = xp.arange(total)
    one = xp.searchsorted(links_end, link, side="right")
    other = low[one] + link - (links_end - n_links)[one]
    parent = xp.arange(len(start), dtype=np.int32)
    while len(one):
        # Hook every root below its lowest neighbour, then let each run point at its root.
        lower, upper = xp.minimum(parent[one], parent[other]), xp.maximum(parent[one], parent[other])
        xp.minimum.at(parent, upper, lower)
        while True:
            grand = parent[parent]
            if bool((grand == parent).all()):
                break
            parent = grand
        apart = parent[one] != parent[other]
        one, other = one[apart], other[apart]
    return parent


def _measure(
    *,
    region_of_run: Array,
    is_first: Array,
    run_wire: Array,
    run_ticks: tuple[Array, Array],
    run_peak: Array,
    run_charge: Array,
    pixels: tuple[Array, Array, Array, Array],
) -> Regions:
    xp = module_of(region_of_run)
    wire_min = run_wire[is_first]  # runs are in raster order: the first one lies on the lowest wire
    n = len(wire_min)

    def largest(values: Array, of: Array = region_of_run, size: int = n) -> Array:
        result = xp.zeros(size, np.int32)
        xp.maximum.at(result, of, values)
        return result

    wire_max = largest(run_wire) + 1
    tick_min = xp.full(n, np.iinfo(np.int32).max, np.int32)
    xp.minimum.at(tick_min, region_of_run, run_ticks[0])
    # Sums of whole numbers below 2**53 are exact in the float64 that bincount adds in.
    run_pixels = (run_ticks[1] - run_ticks[0]).astype(np.float64)
    n_pixels = xp.bincount(region_of_run, weights=run_pixels, minlength=n).astype(np.int32)
    charge_sum = xp.bincount(region_of_run, weights=run_charge.astype(np.float64), minlength=n).astype(np.int64)
    heights = wire_max - wire_min
    profile_begin = xp.cumsum(heights) - heights
    slot = (profile_begin - wire_min)[region_of_run] + run_wire
    on_first_wire = run_wire == wire_min[region_of_run]
    vertex_peak = largest(run_peak[on_first_wire], region_of_run[on_first_wire])
    return Regions(
        wire_min,
        wire_max,
        tick_min,
        largest(run_ticks[1]),
        n_pixels,
        charge_sum,
        largest(run_peak) // MAX_TICKS,
        (_TICK_MASK - vertex_peak % MAX_TICKS).astype(np.int32),
        (largest(run_peak, slot, int(heights.sum())) // MAX_TICKS).astype(np.int16),
        *pixels,
    )
