"""Where the pixels of a track lie on its canvas, told by runs.

A run is an unbroken row of pixels on one wire. A track has some hundred runs
and several thousand pixels, so that whatever is done with runs costs little.
The functions take NumPy and CuPy arrays alike.
"""

from typing import Any, NamedTuple

import numpy as np
from pydantic import Field, PositiveInt

from rootline.core.config import Section
from rootline.core.device import module_of
from rootline.lartpc.tracks import Pixels


class CanvasConfig(Section):
    """What of a cluster is drawn, and where."""

    wires: PositiveInt = Field(50, description="Last wires of each cluster that are kept.")
    canvas_wires: PositiveInt = Field(51, description="Height of the canvas [wires].")
    canvas_ticks: PositiveInt = Field(1502, description="Width of the canvas, the vertex tick in its middle [ticks].")
    size: PositiveInt = Field(48, description="Height and width of an image [pixels].")
    straighten: bool = Field(
        False,
        description="Move the highest ADC of each wire to the middle of the canvas; otherwise the cluster is moved as a whole, "
        "by its first kept wire. Off the canvas means dropped.",
    )


class Runs(NamedTuple):
    """Runs on their canvases; no run reaches beyond one.

    Attributes
    ----------
    track, row, column : (n_runs,) int64 arrays
        Row of the track table, and where on the canvas the run begins.
    first, length : (n_runs,) int64 arrays
        Its pixels are ``first`` to ``first + length - 1`` of all pixels.
    """

    track: Any
    row: Any
    column: Any
    first: Any
    length: Any


def place_runs(pixels: Pixels, boxes: Any, options: CanvasConfig) -> Runs:
    """Say where on its canvas each run lies; what is off the canvas is left out.

    The first kept wire is row 0. Its vertex tick, that of its highest ADC and
    the first of several, counted from the start of the whole cluster's box,
    decides the column of the box: it comes to lie in the middle, unless the
    box would stick out on the right or begin left of the canvas. With
    `straighten` each wire is moved by itself, its own such tick to the middle
    in any case.

    Parameters
    ----------
    pixels : Pixels
        NumPy or CuPy arrays.
    boxes : (n_tracks, 4) integer array
        wire_min, wire_max, tick_min, tick_max, half open.
    options : CanvasConfig
        The canvas.
    """
    xp = module_of(boxes)
    wire_min, wire_max, tick_min, tick_max = boxes.astype(np.int64).T
    first, length = _find_runs(pixels)
    track = pixels.track[first]
    row = pixels.wire[first] - xp.maximum(wire_min, wire_max - options.wires)[track]
    drawn = row >= 0
    track, row, first, length = track[drawn], row[drawn], first[drawn], length[drawn]
    column = pixels.tick[first] - tick_min[track]
    middle = options.canvas_ticks // 2
    if options.straighten:
        group = track * options.wires + row
        column += middle - _peak_columns(pixels, group, column, first, length, len(boxes) * options.wires)[group]
    else:
        top = row == 0
        vertex = _peak_columns(pixels, track[top], column[top], first[top], length[top], len(boxes))
        widest_left = options.canvas_ticks - (tick_max - tick_min)
        column += xp.maximum(0, xp.minimum(middle - vertex, widest_left))[track]
    return _clip(Runs(track, row, column, first, length), options.canvas_ticks)


def place_on_canvas(pixels: Pixels, boxes: Any, options: CanvasConfig) -> tuple[Any, Any, Any, Any]:
    """Say where on its canvas each pixel lies, as `place_runs` does of runs.

    Returns
    -------
    track, row, column, charge
        Arrays with one value per pixel that is kept; the charge is float64 [ADC].
    """
    runs = place_runs(pixels, boxes, options)
    run, place = count_out(runs.length)
    charge = pixels.adc[runs.first[run] + place].astype(np.float64)
    return runs.track[run], runs.row[run], runs.column[run] + place, charge


def count_out(lengths: Any) -> tuple[Any, Any]:
    """Give for each of ``sum(lengths)`` things which group it is in, and its place there, counted from 0."""
    xp = module_of(lengths)
    ends = xp.cumsum(lengths)
    thing = xp.arange(int(ends[-1]) if len(ends) else 0)
    # CuPy repeats no array by an array; NumPy does so faster than it searches.
    group = np.repeat(xp.arange(len(ends)), lengths) if xp is np else xp.searchsorted(ends, thing, side="right")
    return group, thing - (ends - lengths)[group]


def _find_runs(pixels: Pixels) -> tuple[Any, Any]:
    """Give the first pixel and the length of each run."""
    xp = module_of(pixels.tick)
    n_pixels = len(pixels.tick)
    begins = xp.ones(n_pixels, dtype=bool)
    begins[1:] = (pixels.tick[1:] - pixels.tick[:-1]) != 1
    begins[1:] |= pixels.wire[1:] != pixels.wire[:-1]
    begins[pixels.offsets[:-1][pixels.offsets[:-1] < n_pixels]] = True
    first = xp.flatnonzero(begins)
    return first, xp.diff(xp.append(first, n_pixels))


def _clip(runs: Runs, n_columns: int) -> Runs:
    """Drop what lies left or right of the canvas."""
    if not len(runs.column) or (int(runs.column.min()) >= 0 and int((runs.column + runs.length).max()) <= n_columns):
        return runs
    xp = module_of(runs.column)
    column = xp.maximum(runs.column, 0)
    length = xp.minimum(runs.column + runs.length, n_columns) - column
    clipped = Runs(runs.track, runs.row, column, runs.first + column - runs.column, length)
    return Runs(*(values[length > 0] for values in clipped))


def _peak_columns(pixels: Pixels, group: Any, column: Any, first: Any, length: Any, n_groups: int) -> Any:
    """Column of the highest ADC, the first of several, in each group of runs; 0 for a group without runs."""
    xp = module_of(group)
    run, place = count_out(length)
    # Largest within a group for the highest ADC at its first column: 17 bits of ADC and 20 of column below the group's number.
    rank = (group[run] << 37) + ((pixels.adc[first[run] + place].astype(np.int64) + 2**15) << 20)
    rank = xp.sort(rank + (2**20 - 1) - (column[run] + place))
    last = xp.searchsorted(rank, xp.arange(1, n_groups + 1, dtype=np.int64) << 37) - 1
    if not len(rank):
        return xp.zeros(n_groups, dtype=np.int64)
    best = rank[xp.maximum(last, 0)]
    found = (last >= 0) & (best >> 37 == xp.arange(n_groups))
    return xp.where(found, 2**20 - 1 - (best & (2**20 - 1)), 0)
