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
from numpy.typing import NDArray

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
    """Regions of one plane or several, plane after plane, and their pixels in raster order of each plane.

    Attributes
    ----------
    plane : (n_regions,) int64 array
        Plane that each lies in, counted in the order in which the planes were given.
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

    plane: Array
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
    wires : (n_rows,) int64 NumPy array or None
        Wire of each row, rising; those that are left out were silent. None:
        the wires from 0 on.
    """

    image: Array
    wires: NDArray[np.int64] | None = None


class PlanePixels(NamedTuple):
    """Pixels of one plane above threshold, which need no waveforms any more.

    Attributes
    ----------
    place : (n_pixels,) int64 array
        Position of each in the flat image of the plane's rows, rising.
    adc : (n_pixels,) int16 array
        Charge of each [ADC].
    n_ticks : int
        Length of a row.
    wires : (n_rows,) int64 NumPy array
        Wire of each row, rising.
    """

    place: Array
    adc: Array
    n_ticks: int
    wires: NDArray[np.int64]


def pixels_above(plane: WirePlane, threshold: int) -> PlanePixels:
    """Give the pixels of a plane above a threshold [ADC].

    Raises
    ------
    ValueError
        If the image is not int16, is too long, or the threshold is negative.
    """
    image, wires = plane
    if image.dtype.newbyteorder("=") != np.int16 or image.ndim != 2 or image.shape[1] > MAX_TICKS or threshold < 0:
        raise ValueError(
            f"image is {image.dtype} of shape {image.shape}, threshold is {threshold}; need (n_wires, n_ticks) int16 "
            f"with at most {MAX_TICKS} ticks and a threshold that is not negative"
        )
    place = places_above(image, threshold)
    if wires is None:
        wires = np.arange(len(image))
    return PlanePixels(place, image.ravel()[place].astype(np.int16), image.shape[1], wires)


def find_regions(planes: Sequence[PlanePixels], *, neighbours: Neighbours = 8) -> Regions:
    """Find the connected regions of the pixels of each of several planes.

    They are found together, since much of the time goes into the calls of
    array functions and not into their work.

    Parameters
    ----------
    planes : sequence of PlanePixels
        At least one, all of one array module.
    neighbours : 4 or 8
        Whether pixels that share only a corner are connected.
    """
    xp = module_of(planes[0].place)
    sizes = np.array([len(plane.wires) * plane.n_ticks for plane in planes])
    offsets = (np.cumsum(sizes) - sizes).tolist()
    place = xp.concatenate([plane.place + offset for plane, offset in zip(planes, offsets, strict=True)])
    adc = xp.concatenate([plane.adc for plane in planes])
    if len(place) == 0:
        none, nothing, large = xp.zeros(0, np.int32), xp.zeros(0, np.int16), xp.zeros(0, np.int64)
        return Regions(large, none, none, none, none, none, large, none, none, nothing, large, nothing, none, nothing)
    rows = _number_rows(planes, offsets)
    runs = _find_runs(place, rows)
    tick_of_pixel = (place - rows.place[runs.row][runs.of_pixel]).astype(np.int32)
    wire, tick = rows.wire[runs.row], tick_of_pixel[runs.begin]
    tick_end = tick_of_pixel[runs.end - 1] + 1
    # Two spare places between wires and a spare wire between planes: a run never looks connected to one at the
    # other end of the next wire, or of another plane.
    width = max(plane.n_ticks for plane in planes) + 2
    line = rows.line[runs.row] * width
    parent = _connect(line + tick, line + tick_end, width, neighbours, xp)
    is_first = parent == xp.arange(len(parent))
    region_of_run = (xp.cumsum(is_first) - 1)[parent]

    # The largest is the highest charge, and of equal ones that at the earliest tick.
    peak = adc.astype(np.int32) * MAX_TICKS + (_TICK_MASK - tick_of_pixel)
    run_peak = xp.zeros(len(tick), np.int32)
    xp.maximum.at(run_peak, runs.of_pixel, peak)
    charge = xp.cumsum(adc, dtype=np.int64)
    return _measure(
        region_of_run=region_of_run,
        is_first=is_first,
        run_plane=rows.plane[runs.row],
        run_wire=wire.astype(np.int32),
        run_ticks=(tick, tick_end),
        run_peak=run_peak,
        run_charge=charge[runs.end - 1] - charge[runs.begin] + adc[runs.begin],
        pixels=(region_of_run[runs.of_pixel], wire.astype(np.int16)[runs.of_pixel], tick_of_pixel, adc),
    )


def places_above(image: Array, threshold: int) -> Array:
    """Give the places of the pixels above a threshold, as (n_pixels,) int64 array of positions in the flat image."""
    xp = module_of(image)
    if xp is not np:
        return xp.flatnonzero(image > threshold)
    with np.errstate():  # puts back the size
        np.setbufsize(_COMPARED_AT_ONCE)
        above = (image > threshold).ravel()
    # Nearly all pixels are below: eight at a time are looked at, and gathered, as one number.
    n_whole = len(above) // 8 * 8
    eights = above[:n_whole].view(np.uint64)
    loud = np.flatnonzero(eights != 0)
    found = np.flatnonzero(eights[loud].view(np.bool_))
    whole = loud[found >> 3] * 8 + (found & 7)
    return whole if n_whole == len(above) else np.concatenate([whole, n_whole + np.flatnonzero(above[n_whole:])])


def select_regions(regions: Regions, chosen: Sequence[int]) -> Regions:
    """Give some regions, by their numbers, as if they were all; they keep their order and their plane."""
    xp = module_of(regions.region)
    is_chosen = xp.zeros(regions.n_regions, bool)
    is_chosen[xp.asarray(chosen, dtype=np.int64)] = True
    ends = xp.cumsum(regions.wire_max - regions.wire_min)
    region_of_wire = xp.searchsorted(ends, xp.arange(len(regions.profile)), side="right")
    pixels = is_chosen[regions.region]
    return Regions(
        **{name: getattr(regions, name)[is_chosen] for name in ("plane", *MEASURED)},
        profile=regions.profile[is_chosen[region_of_wire]],
        region=(xp.cumsum(is_chosen) - 1)[regions.region[pixels]],
        **{name: getattr(regions, name)[pixels] for name in ("wire", "tick", "adc")},
    )


class _Rows(NamedTuple):
    """Rows of several planes, one plane after the other: (n_rows,) int64 arrays.

    `place` is where each begins among the places of all planes, `line` counts
    wires on over the planes, with a spare one between them, and `plane` and
    `wire` say what the row is.
    """

    place: Array
    line: Array
    plane: Array
    wire: Array


class _Runs(NamedTuple):
    """Runs of pixels: their rows, half-open ranges of pixels, and the run of each pixel."""

    row: Array
    begin: Array
    end: Array
    of_pixel: Array


def _number_rows(planes: Sequence[PlanePixels], offsets: Sequence[int]) -> _Rows:
    xp = module_of(planes[0].place)
    line = 0
    parts = []
    for number, (plane, offset) in enumerate(zip(planes, offsets, strict=True)):
        wires = plane.wires
        places = np.arange(len(wires)) * plane.n_ticks + offset
        parts.append((places, wires + line, np.full(len(wires), number), wires))
        line += int(wires[-1]) + 2 if len(wires) else 1
    return _Rows(*(xp.asarray(np.concatenate(of_planes)) for of_planes in zip(*parts, strict=True)))


def _find_runs(place: Array, rows: _Rows) -> _Runs:
    """Part pixels into runs, none of which goes on from one row to the next."""
    xp = module_of(place)
    begins = xp.ones(len(place), bool)
    begins[1:] = place[1:] != place[:-1] + 1
    first_of_row = xp.searchsorted(place, rows.place)
    begins[first_of_row[first_of_row < len(place)]] = True
    begin = xp.flatnonzero(begins)
    end = xp.concatenate([begin[1:], xp.asarray([len(place)])])
    row = xp.searchsorted(rows.place, place[begin], side="right") - 1
    return _Runs(row, begin, end, xp.cumsum(begins) - 1)


def _connect(start: Array, stop: Array, width: int, neighbours: Neighbours, xp: ModuleType) -> Array:
    """Give each run the lowest number of all runs connected to it; they are half open, in raster order, a wire every `width`."""
    # Runs of the next wire that reach at least to my start, up to those that begin no later than my stop.
    touching = neighbours == 8
    low = xp.searchsorted(stop, start + width, side="left" if touching else "right")
    high = xp.searchsorted(start, stop + width, side="right" if touching else "left")
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
    run_plane: Array,
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
        run_plane[is_first],
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
