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
from pydantic import Field, model_validator

from rootline.core.device import array_module, module_of, to_host
from rootline.lartpc.canvas import CanvasConfig, Runs, count_out, place_runs
from rootline.lartpc.detector import PLANES
from rootline.lartpc.tracks import Pixels, plane_boxes, plane_pixels

CHUNK_TRACKS: Final = 256  # fits the caches; fresh large arrays would cost more in page faults than they save


class ImageConfig(CanvasConfig):
    """How the clusters of a track become images."""

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
    n_tracks, n_rows, size = len(boxes), options.wires, options.size
    runs = place_runs(pixels, boxes, options)
    resample = _area_pieces if options.resampling == "area" else _bilinear_pieces
    run, target, charge, unit = resample(runs, pixels.adc, options)
    # Rows first: one product with a matrix then draws all tracks at once.
    cell = ((runs.row * n_tracks + runs.track) * size)[run] + target
    lines = xp.bincount(cell, weights=charge, minlength=n_rows * n_tracks * size).reshape(n_rows, -1)
    along_wires = _shares(options.canvas_wires, size, options.resampling)
    images = xp.asarray(dense_weights(along_wires, size)[:, :n_rows]) @ lines
    images /= unit * along_wires.unit
    return images.astype(np.float32).reshape(size, n_tracks, size).transpose(1, 0, 2)


def _area_pieces(runs: Runs, adc: Any, options: ImageConfig) -> tuple[Any, Any, Any, int]:
    """Cut the runs at the edges of the image's columns: run, column and charge of each piece, and the charge's unit."""
    xp = module_of(adc)
    # As in `area_shares`, edges in units of 1/size of a cell are whole numbers, and so is the charge in these units.
    size, length = options.size, options.canvas_ticks
    begin, end = runs.column, runs.column + runs.length
    first = begin * size // length
    run, place = count_out((end * size - 1) // length - first + 1)
    target = first[run] + place
    sums = xp.zeros(len(adc) + 1, dtype=np.int64)
    sums[1:] = xp.cumsum(adc, dtype=np.int64)

    def charge_before(edge: Any) -> Any:
        cell = edge // size
        pixel = runs.first[run] + cell - begin[run]
        return size * sums[pixel] + (edge - cell * size) * adc[xp.minimum(pixel, len(adc) - 1)]

    upper = xp.minimum((target + 1) * length, (end * size)[run])
    lower = xp.maximum(target * length, (begin * size)[run])
    return run, target, (charge_before(upper) - charge_before(lower)).astype(np.float64), size


def _bilinear_pieces(runs: Runs, adc: Any, options: ImageConfig) -> tuple[Any, Any, Any, int]:
    """Look up the few cells that are read: run, column of the image and weighted charge of each."""
    xp = module_of(adc)
    shares = _shares(options.canvas_ticks, options.size, "bilinear")
    read = xp.asarray(np.flatnonzero(shares.weights.any(axis=0)))
    first = xp.searchsorted(read, runs.column)
    run, place = count_out(xp.searchsorted(read, runs.column + runs.length) - first)
    cell = read[first[run] + place]
    charge = adc[runs.first[run] + cell - runs.column[run]]
    targets, weights = xp.asarray(shares.targets)[:, cell], xp.asarray(shares.weights)[:, cell]
    return xp.tile(run, len(targets)), targets.ravel(), (weights * charge).ravel(), shares.unit


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


def dense_weights(shares: Shares, size: int) -> NDArray[np.float64]:
    """Give the same weights as a dense (size, length) matrix, in the same unit."""
    matrix = np.zeros((size, shares.targets.shape[1]))
    positions = np.broadcast_to(np.arange(shares.targets.shape[1]), shares.targets.shape)
    np.add.at(matrix, (shares.targets, positions), shares.weights)
    return matrix
