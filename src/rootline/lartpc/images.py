"""Tracks to images: the last wires of each cluster on one canvas, resampled to a small square.

Array conventions:
    pixels  rootline.lartpc.tracks.Pixels, one row per pixel above threshold [ADC]
    canvas  (wires, ticks) = (51, 1502), never made here: only its pixels are known
    images  (n, plane, wires, ticks)  float32 raw ADC, plane 0 collection, 1 induction
"""

from functools import cache
from typing import Any, Final, Literal, NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from rootline.core.config import Section
from rootline.core.device import array_module, module_of, to_host
from rootline.lartpc.detector import PLANES
from rootline.lartpc.tracks import Pixels, plane_boxes, plane_pixels

CHUNK_TRACKS: Final = 256  # fits the caches; fresh large arrays would cost more in page faults than they save


class ImageConfig(Section):
    """How the clusters of a track become images."""

    wires: PositiveInt = Field(50, description="Last wires of each cluster that are kept.")
    canvas_wires: PositiveInt = Field(51, description="Height of the canvas [wires].")
    canvas_ticks: PositiveInt = Field(1502, description="Width of the canvas, the vertex tick in its middle [ticks].")
    size: PositiveInt = Field(48, description="Height and width of an image [pixels].")
    straighten: bool = Field(
        False,
        description="Move the highest ADC of each wire to the middle of the canvas; otherwise the cluster is moved as a whole, "
        "by its first kept wire. Off the canvas means dropped.",
    )
    resampling: Literal["area", "bilinear"] = Field(
        "area",
        description="area keeps the charge; bilinear is the public study's, without antialias, and reads few of the ticks.",
    )

    @property
    def cells_per_pixel(self) -> float:
        """Cells of wire and tick whose charge one pixel sums: area resampling adds up, bilinear averages."""
        return self.canvas_wires * self.canvas_ticks / self.size**2 if self.resampling == "area" else 1.0

    @model_validator(mode="after")
    def _wires_fit_the_canvas(self) -> Self:
        if self.wires > self.canvas_wires:
            raise ValueError(
                f"images.wires={self.wires}: must be at most images.canvas_wires={self.canvas_wires}, or wires would fall off the canvas"
            )
        return self


class Shares(NamedTuple):
    """How the positions along one side of the canvas feed those along one side of an image.

    Attributes
    ----------
    targets : (n_targets_max, n_positions) int64 array
        Image positions that each canvas position feeds.
    weights : (n_targets_max, n_positions) float64 array
        With which weight, in units of 1 / `unit`; 0 where it feeds fewer.
    unit : int
        Chosen so that the weights of area resampling are whole numbers: sums of
        them are exact, hence the same in any order and on any device.
    """

    targets: NDArray[np.int64]
    weights: NDArray[np.float64]
    unit: int


def render_images(tracks: pa.Table, options: ImageConfig) -> NDArray[np.float32]:
    """Draw both planes of every track.

    Area resampling shares the charge of a canvas cell among the image pixels
    that it overlaps, so that an image sums to its canvas. Not on the canvas,
    hence dropped: wires before the last `options.wires`, and where a box is
    wider than the canvas the ticks beyond its last column; with
    `options.straighten` what lies further from its wire's peak than half the canvas.

    Parameters
    ----------
    tracks : table
        With the boxes and pixels of both planes; other columns are not looked at.
    options : ImageConfig
        Canvas, size and resampling.

    Returns
    -------
    (n_tracks, 2, size, size) array
        In the order of the table's rows; axes plane, wires, ticks.
    """
    xp = array_module()
    images = np.empty((len(tracks), len(PLANES), options.size, options.size), dtype=np.float32)
    for start in range(0, len(tracks), CHUNK_TRACKS):
        chunk = tracks.slice(start, CHUNK_TRACKS)
        for channel, plane in enumerate(PLANES):
            pixels = plane_pixels(chunk, plane)
            on_device = Pixels(*(xp.asarray(values) for values in pixels))
            rendered = render_plane(on_device, xp.asarray(plane_boxes(chunk, plane)), options)
            images[start : start + len(chunk), channel] = to_host(rendered)
    return images


def render_plane(pixels: Pixels, boxes: Any, options: ImageConfig) -> Any:
    """Draw one plane of some tracks, on the device where the arrays lie.

    Parameters
    ----------
    pixels : Pixels
        NumPy or CuPy arrays.
    boxes : (n_tracks, 4) integer array
        wire_min, wire_max, tick_min, tick_max, half open.
    options : ImageConfig
        Canvas, size and resampling.

    Returns
    -------
    (n_tracks, size, size) float32 array
        Raw ADC; axes wires, ticks.
    """
    xp = module_of(boxes)
    track, row, column, charge = place_on_canvas(pixels, boxes, options)
    n_tracks, n_rows, size = len(boxes), options.wires, options.size
    along_ticks = _shares(options.canvas_ticks, size, options.resampling)
    along_wires = _shares(options.canvas_wires, size, options.resampling)
    line = (track * n_rows + row) * size
    cells, charges = [], []
    for targets, weights in zip(xp.asarray(along_ticks.targets), xp.asarray(along_ticks.weights), strict=True):
        share = weights[column]
        fed = xp.flatnonzero(share)
        cells.append(line[fed] + targets[column[fed]])
        charges.append(charge[fed] * share[fed])
    n_cells = n_tracks * n_rows * size
    lines = xp.bincount(xp.concatenate(cells), weights=xp.concatenate(charges), minlength=n_cells)
    images = xp.asarray(_matrix(along_wires, size)[:, :n_rows]) @ lines.reshape(n_tracks, n_rows, size)
    return (images / (along_ticks.unit * along_wires.unit)).astype(np.float32)


def place_on_canvas(pixels: Pixels, boxes: Any, options: ImageConfig) -> tuple[Any, Any, Any, Any]:
    """Say where on its canvas each pixel lies; pixels off the canvas are left out.

    The first kept wire is row 0. Its vertex tick, that of its highest ADC and
    the first of several, counted from the start of the whole cluster's box,
    decides the column of the box: it comes to lie in the middle, unless the
    box would stick out on the right or begin left of the canvas. With
    `straighten` each wire is moved by itself, its own such tick to the middle
    in any case.

    Returns
    -------
    track, row, column, charge
        Arrays with one value per pixel that is kept; the charge is float64 [ADC].
    """
    xp = module_of(boxes)
    wire_min, wire_max, tick_min, tick_max = boxes.astype(np.int64).T
    first_kept = xp.maximum(wire_min, wire_max - options.wires)
    row = pixels.wire.astype(np.int64) - first_kept[pixels.track]
    in_box = pixels.tick.astype(np.int64) - tick_min[pixels.track]
    middle = options.canvas_ticks // 2
    if options.straighten:
        drawn = row >= 0
        wire = (pixels.track * options.wires + row)[drawn]
        peaks = _peak_ticks(wire, pixels.adc[drawn], in_box[drawn], len(boxes) * options.wires)
        column = middle + in_box
        column[drawn] -= peaks[wire]
    else:
        first = row == 0
        vertex = _peak_ticks(pixels.track[first].astype(np.int64), pixels.adc[first], in_box[first], len(boxes))
        widest_left = options.canvas_ticks - (tick_max - tick_min)
        left = xp.maximum(0, xp.minimum(middle - vertex, widest_left))
        column = in_box + left[pixels.track]
    kept = (row >= 0) & (column >= 0) & (column < options.canvas_ticks)
    return pixels.track[kept], row[kept], column[kept], pixels.adc[kept].astype(np.float64)


def _peak_ticks(group: Any, adc: Any, tick: Any, n_groups: int) -> Any:
    """Tick of the highest ADC, the first of several, in each group of pixels; 0 for a group without pixels."""
    xp = module_of(group)
    # Largest within a group for the highest ADC at its first tick: 17 bits of ADC and 20 of tick below the group's number.
    rank = (group << 37) + ((adc.astype(np.int64) + 2**15) << 20) + (2**20 - 1 - tick)
    rank = xp.sort(rank)
    last = xp.searchsorted(rank, xp.arange(1, n_groups + 1, dtype=np.int64) << 37) - 1
    if not len(rank):
        return xp.zeros(n_groups, dtype=np.int64)
    best = rank[xp.maximum(last, 0)]
    found = (last >= 0) & (best >> 37 == xp.arange(n_groups))
    return xp.where(found, 2**20 - 1 - (best & (2**20 - 1)), 0)


@cache
def _shares(length: int, size: int, resampling: str) -> Shares:
    return area_shares(length, size) if resampling == "area" else bilinear_shares(length, size)


def area_shares(length: int, size: int) -> Shares:
    """Share each of `length` cells among `size` equal bins by the length of their overlap.

    The shares of a cell add up to 1, which is what keeps the charge.
    """
    # Edges in units of 1/size of a cell are whole numbers: cell j is [j size, (j + 1) size), bin i [i length, (i + 1) length).
    cells = np.arange(length, dtype=np.int64)
    first = cells * size // length
    n_bins_max = (size - 1) // length + 2
    targets = first + np.arange(n_bins_max, dtype=np.int64)[:, None]
    overlaps = np.minimum((cells + 1) * size, (targets + 1) * length) - np.maximum(cells * size, targets * length)
    weights = np.maximum(overlaps, 0).astype(np.float64)
    return Shares(np.minimum(targets, size - 1), weights, unit=size)


def bilinear_shares(length: int, size: int) -> Shares:
    """Weights of torch's ``interpolate(mode="bilinear", align_corners=False, antialias=False)`` along one side.

    Each bin reads the two cells around its centre, so most cells of a long side are read by none.
    """
    # torch computes source positions in float32; at column 1500 its rounding is worth 1e-4 of a cell, so it is repeated here.
    scale = np.float32(length) / np.float32(size)
    centres = scale * (np.arange(size, dtype=np.float32) + np.float32(0.5)) - np.float32(0.5)
    centres = np.maximum(centres, np.float32(0))
    below = np.minimum(centres.astype(np.int64), length - 1)
    above = np.minimum(below + 1, length - 1)
    upper = np.clip(centres - below.astype(np.float32), np.float32(0), np.float32(1))
    matrix = np.zeros((size, length))
    np.add.at(matrix, (np.arange(size), below), (np.float32(1) - upper).astype(np.float64))
    np.add.at(matrix, (np.arange(size), above), upper.astype(np.float64))
    n_targets_max = int(np.count_nonzero(matrix, axis=0).max())
    targets = np.argsort(matrix == 0, axis=0, kind="stable")[:n_targets_max]
    return Shares(targets, np.take_along_axis(matrix, targets, axis=0), unit=1)


def _matrix(shares: Shares, size: int) -> NDArray[np.float64]:
    """Give the same weights as a dense (size, length) matrix, in the same unit."""
    matrix = np.zeros((size, shares.targets.shape[1]))
    positions = np.broadcast_to(np.arange(shares.targets.shape[1]), shares.targets.shape)
    np.add.at(matrix, (shares.targets, positions), shares.weights)
    return matrix
