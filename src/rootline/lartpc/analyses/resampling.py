"""Area against bilinear resampling, on the same tracks: how much charge an image keeps, and what a shift changes.

An image is placed by its vertex tick, so that moving a whole track in time
changes nothing. What does change from one track to the next, by noise and
pulse shape, is where on the canvas that tick lies to a fraction of an image
pixel: tracks are therefore moved along the canvas, with everything else as it is.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from rootline.core.seeds import generator
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.settings.resampling import ResamplingConfig
from rootline.lartpc.analyses.statistics import (
    Bools,
    Floats,
    Ints,
    bootstrap_counts,
    median_interval,
    percentile_interval,
)
from rootline.lartpc.analyses.tables import ALL
from rootline.lartpc.canvas import place_on_canvas
from rootline.lartpc.detector import PLANES
from rootline.lartpc.images import ImageConfig, area_shares, bilinear_shares, dense_weights, render_images
from rootline.lartpc.tracks import plane_boxes, plane_pixels

RESAMPLINGS: Final = ("area", "bilinear")

RESAMPLING_KEY: Final = ("quantity", "resampling", "plane", "particle", "shift")

QUANTITIES: Final = (
    "charge_closure",
    "charge_spread",
    "wires_unread",
    "narrow_unread",
    "wire_charge_change",
    "image_change",
)


class Canvas(NamedTuple):
    """The pixels of some tracks in one plane, placed on their canvases.

    track, row, column (n_pixels,): whose, which kept wire, which tick of the canvas; charge (n_pixels,) [ADC].
    """

    track: Ints
    row: Ints
    column: Ints
    charge: Floats
    n_tracks: int


def choose_tracks(keys: pd.DataFrame, options: ResamplingConfig) -> pd.DataFrame:
    """Choose tracks at random, as many of each sample as of the others where it has them.

    Returns
    -------
    data frame
        Their TRACK_KEY, in its order.
    """
    ordered = keys[list(TRACK_KEY)].sort_values(list(TRACK_KEY), ignore_index=True)
    samples = sorted(ordered["sample"].unique())
    each = -(-options.tracks // max(len(samples), 1))
    chosen = []
    for sample in samples:
        rows = np.flatnonzero(ordered["sample"] == sample)
        rng = generator(options.seed, "resampling", sample)
        chosen.append(rng.permutation(rows)[:each])
    picked = np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, dtype=np.int64)
    return ordered.iloc[picked].reset_index(drop=True)


def compare_resampling(tracks: pa.Table, images: ImageConfig, options: ResamplingConfig) -> pd.DataFrame:
    """Measure what either resampling keeps of each track.

    Parameters
    ----------
    tracks : table
        With TRACK_KEY, particle, boxes and pixels of both planes.
    images : ImageConfig
        Canvas and size; its resampling is not looked at.

    Returns
    -------
    data frame
        RESAMPLING_KEY, n, value, low, high (95 %). Quantities, over the tracks
        of a particle or of all: `charge_closure`, median of image sum / charge on
        the canvas; `charge_spread`, half the width of its central 68 %;
        `wires_unread` and `narrow_unread`, share of the wires with charge, and
        of those with a narrow pulse, none of whose ticks the resampling reads
        (n counts wires); `wire_charge_change`, median over tracks of the sum
        over wires of |charge read after the shift - before| / charge on the
        canvas; `image_change`, median of the sum over image pixels of
        |after - before|, likewise. The two latter are per shift [ticks], else shift is 0.
    """
    records: list[dict[str, Any]] = []
    particles = np.array(tracks["particle"].to_pylist(), dtype=object)
    of_groups = {ALL: np.ones(len(particles), dtype=bool)}
    of_groups |= {str(name): particles == name for name in sorted(set(particles))}
    rendered = {name: render_images(tracks, images.model_copy(update={"resampling": name})) for name in RESAMPLINGS}
    for channel, plane in enumerate(PLANES):
        canvas = canvas_of(tracks, plane, images)
        true = np.bincount(canvas.track, canvas.charge, minlength=len(tracks))
        for name in RESAMPLINGS:
            sums = rendered[name][:, channel].sum(axis=(1, 2), dtype=np.float64) * _cells(images, name)
            per_track = {("charge_closure", 0): sums / np.where(true > 0, true, np.nan)}
            for shift in options.shifts:
                lines, image = _changes(canvas, images, name, shift)
                per_track["wire_charge_change", shift] = lines / np.where(true > 0, true, np.nan)
                per_track["image_change", shift] = image / np.where(true > 0, true, np.nan)
            unread, narrow, owner = wires_unread(canvas, images, name, narrow=options.narrow)
            for group, rows in of_groups.items():
                base = {"resampling": name, "plane": plane, "particle": group}
                rng = generator(options.seed, "resampling", name, plane, group)
                for (quantity, shift), values in per_track.items():
                    records.append(base | {"quantity": quantity, "shift": shift} | _median(values[rows]))
                records.append(base | _spread(per_track["charge_closure", 0][rows], rng, options.bootstrap))
                for quantity, chosen in (("wires_unread", np.ones(len(unread), dtype=bool)), ("narrow_unread", narrow)):
                    counted = chosen & rows[owner]
                    share = _share(unread[counted], owner[counted], rng, options.bootstrap)
                    records.append(base | {"quantity": quantity, "shift": 0} | share)
    columns = [*RESAMPLING_KEY, "n", "value", "low", "high"]
    table = pd.DataFrame.from_records(records, columns=columns)
    return table.astype(dict.fromkeys(["value", "low", "high"], "float64") | {"n": "int64", "shift": "int64"})


def canvas_of(tracks: pa.Table, plane: str, images: ImageConfig) -> Canvas:
    """Place the pixels of one plane of all tracks on their canvases."""
    placed = place_on_canvas(plane_pixels(tracks, plane), plane_boxes(tracks, plane), images)
    return Canvas(*placed, len(tracks))


def read_shares(images: ImageConfig, resampling: str, *, along: str) -> Floats:
    """Give the (size, canvas length) weights of one side, scaled so that every column of area resampling adds up to 1."""
    length = images.canvas_ticks if along == "ticks" else images.canvas_wires
    shares = (area_shares if resampling == "area" else bilinear_shares)(length, images.size)
    matrix = dense_weights(shares, images.size) / shares.unit
    return matrix if resampling == "area" else matrix * (length / images.size)


def wires_unread(canvas: Canvas, images: ImageConfig, resampling: str, *, narrow: int) -> tuple[Bools, Bools, Ints]:
    """Say of each wire with charge whether the resampling reads none of its ticks.

    Returns
    -------
    unread, narrow, track
        Arrays with one value per wire with charge; narrow is true where its
        pixels span at most `narrow` ticks.
    """
    weight = read_shares(images, resampling, along="ticks").sum(axis=0)
    wire = canvas.track * images.wires + canvas.row
    present, position = np.unique(wire, return_inverse=True)
    read = np.bincount(position, weight[canvas.column] > 0, minlength=len(present))
    first, last = np.full(len(present), images.canvas_ticks), np.full(len(present), -1)
    np.minimum.at(first, position, canvas.column)
    np.maximum.at(last, position, canvas.column)
    return read == 0, last - first + 1 <= narrow, present // images.wires


def _lines(canvas: Canvas, images: ImageConfig, matrix: Floats, shift: int) -> Floats:
    """Give the (n_tracks, wires, size) charge of each wire in each image column, the track moved by `shift` ticks."""
    from scipy.sparse import csr_array

    column = canvas.column + shift
    kept = column < images.canvas_ticks
    cells = (canvas.track[kept] * images.wires + canvas.row[kept], column[kept])
    shape = (canvas.n_tracks * images.wires, images.canvas_ticks)
    placed = csr_array((canvas.charge[kept], cells), shape=shape)
    return np.asarray(placed @ matrix.T).reshape(canvas.n_tracks, images.wires, images.size)


def _changes(canvas: Canvas, images: ImageConfig, resampling: str, shift: int) -> tuple[Floats, Floats]:
    """Give the change by a shift of each track's charge per wire and of its image, summed without sign [ADC]."""
    along_ticks = read_shares(images, resampling, along="ticks")
    along_wires = read_shares(images, resampling, along="wires")[:, : images.wires]
    change = _lines(canvas, images, along_ticks, shift) - _lines(canvas, images, along_ticks, 0)
    per_wire = np.abs(change.sum(axis=2)).sum(axis=1)
    return per_wire, np.abs(np.einsum("iw,nwj->nij", along_wires, change, optimize=True)).sum(axis=(1, 2))


def _cells(images: ImageConfig, resampling: str) -> float:
    """Canvas cells that one value of an image stands for: 1 where it is a sum already."""
    return 1.0 if resampling == "area" else images.canvas_wires * images.canvas_ticks / images.size**2


def _median(values: Floats) -> dict[str, float]:
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return {"n": 0, "value": np.nan, "low": np.nan, "high": np.nan}
    low, high = median_interval(known)
    return {"n": len(known), "value": float(np.median(known)), "low": low, "high": high}


def _spread(values: Floats, rng: np.random.Generator, resamples: int) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    record: dict[str, Any] = {"quantity": "charge_spread", "shift": 0, "n": len(known)}
    if len(known) < 2:
        return record
    drawn = known[rng.integers(len(known), size=(resamples, len(known)))]
    low, high = percentile_interval(_half_width(drawn))
    return record | {"value": float(_half_width(known[None])[0]), "low": low, "high": high}


def _half_width(values: Floats) -> Floats:
    low, high = np.quantile(values, [0.16, 0.84], axis=1)
    return np.asarray((high - low) / 2, dtype=np.float64)


def _share(unread: Bools, owner: Ints, rng: np.random.Generator, resamples: int) -> dict[str, float]:
    """Give the share of wires; tracks are resampled, because the wires of one track go together."""
    if len(unread) == 0:
        return {"n": 0, "value": np.nan, "low": np.nan, "high": np.nan}
    _, position = np.unique(owner, return_inverse=True)
    lost, wires = np.bincount(position, unread), np.bincount(position).astype(np.float64)
    counts = bootstrap_counts(rng, np.zeros(len(wires), dtype=np.int64), resamples).astype(np.float64)
    low, high = percentile_interval((counts @ lost) / (counts @ wires))
    return {"n": len(unread), "value": float(lost.sum() / wires.sum()), "low": low, "high": high}


def draw_examples(tracks: pa.Table, images: ImageConfig) -> dict[str, NDArray[np.float32]]:
    """Draw the first track of each particle both ways.

    Returns
    -------
    dict
        ``{particle}.{resampling}`` to (plane, wires, ticks) [ADC per image pixel], both scaled to charge.
    """
    names = np.array(tracks["particle"].to_pylist(), dtype=object)
    examples = {}
    for particle in sorted(set(names)):
        one = tracks.slice(int(np.flatnonzero(names == particle)[0]), 1)
        for name in RESAMPLINGS:
            drawn = render_images(one, images.model_copy(update={"resampling": name}))[0]
            examples[f"{particle}.{name}"] = (drawn * _cells(images, name)).astype(np.float32)
    return examples
