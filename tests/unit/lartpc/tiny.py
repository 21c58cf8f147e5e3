"""Tiny ROOT files for tests: straight tracks and noise in both layouts of the experiment."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import uproot
from numpy.typing import NDArray

from rootline.lartpc import labelling
from rootline.lartpc.finders import Finder, find_regions_by, pixels_for
from rootline.lartpc.labelling import Neighbours, Regions, WirePlane, pixels_above, select_regions

WIRES = 240
TICKS = 256


def tiny_event(
    rng: np.random.Generator, *, n_tracks: int = 3, wires: int = WIRES, ticks: int = TICKS
) -> NDArray[np.int16]:
    """Draw one event: (2 * wires, ticks) int16, induction first; the tracks have the same wires and ticks in both planes."""
    planes = rng.normal(0, 1, (2, wires, ticks)).round()
    for _ in range(n_tracks):
        first, last = np.sort(rng.integers(0, wires, 2))
        start, slope = rng.uniform(0, ticks), rng.uniform(-2, 2)
        wire = np.arange(first, last + 1)
        centre = start + slope * (wire - first)
        tick = np.arange(ticks)
        pulse = np.exp(-0.5 * ((tick - centre[:, None]) / 3) ** 2)
        height = np.linspace(60, 200, len(wire))[:, None] * rng.uniform(0.8, 1.2, (len(wire), 1))
        planes[0, wire] += 0.5 * height * pulse
        planes[1, wire] += height * pulse
    return planes.reshape(2 * wires, ticks).astype(np.int16)


def find_regions(image: NDArray[np.int16], threshold: int, *, neighbours: Neighbours = 8) -> Regions:
    """Find the connected regions of one plane alone."""
    return labelling.find_regions([pixels_above(WirePlane(image), threshold)], neighbours=neighbours)


def of_plane(found: Regions, number: int) -> Regions:
    """Give the regions of one plane of several, as if they were all."""
    return select_regions(found, np.flatnonzero(found.plane == number))


def find_in_plane(
    image: NDArray[np.int16], finder: Finder, *, threshold: int, seed_neighbours: Neighbours = 8
) -> Regions:
    """Find the regions that a finder gives of one plane alone."""
    pixels = [pixels_for(WirePlane(image), finder, threshold=threshold)]
    return find_regions_by(finder, pixels, seed_neighbours=seed_neighbours)


def write_flat(
    path: Path,
    events: Sequence[NDArray[np.int16]],
    keys: Sequence[tuple[int, int, int]],
    *,
    tree: str = "ana/raw",
    per_basket: int = 2,
    fixed: bool = False,
    update: bool = False,
) -> None:
    """Write events in the flat layout; fixed gives every entry the same length by type."""
    payloads = [np.asarray(event, np.int16).ravel() for event in events]
    dtype: Any = f"{len(payloads[0])} * int16" if fixed else "var * int16"
    types: dict[str, Any] = {"run": "int32", "subrun": "int32", "event": "int32", "rawadc1": dtype}
    if fixed:
        types["rawadc1"] = np.dtype((np.int16, (len(payloads[0]),)))
    _write(path, tree, types, keys, {"rawadc1": payloads}, per_basket=per_basket, fixed=fixed, update=update)


def write_channel_mapped(
    path: Path,
    events: Sequence[NDArray[np.int16]],
    keys: Sequence[tuple[int, int, int]],
    *,
    channels: Sequence[NDArray[np.integer[Any]]] | None = None,
    tree: str = "ana/raw",
    per_basket: int = 2,
    update: bool = False,
) -> None:
    """Write events in the channel-mapped layout; by default a channel without charge above 3 ADC is left out."""
    if channels is None:
        channels = [np.flatnonzero(event.max(axis=1) > 3).astype(np.int32) for event in events]
        events = [event[kept] for event, kept in zip(events, channels, strict=True)]
    payloads = [np.asarray(event, np.int16).ravel() for event in events]
    types = {
        "run": "int32",
        "subrun": "int32",
        "event": "int32",
        "raw_channel": "var * int32",
        "raw_rawadc": "var * int16",
    }
    lists = {"raw_channel": [np.asarray(ids, np.int32) for ids in channels], "raw_rawadc": payloads}
    _write(path, tree, types, keys, lists, per_basket=per_basket, fixed=False, update=update)


def _write(
    path: Path,
    tree: str,
    types: dict[str, Any],
    keys: Sequence[tuple[int, int, int]],
    lists: dict[str, list[NDArray[Any]]],
    *,
    per_basket: int,
    fixed: bool,
    update: bool,
) -> None:
    import awkward as ak

    with uproot.update(path) if update else uproot.recreate(path, compression=uproot.ZSTD(1)) as file:
        writer = file.mktree(tree, types)
        for first in range(0, len(keys), per_basket):
            part = slice(first, first + per_basket)
            columns: dict[str, Any] = {
                name: np.array([key[column] for key in keys[part]], np.int32)
                for column, name in enumerate(("run", "subrun", "event"))
            }
            for name, values in lists.items():
                if fixed:
                    columns[name] = np.stack(values[part])
                else:
                    flat = np.concatenate(values[part])
                    columns[name] = ak.unflatten(flat, [len(value) for value in values[part]])
            writer.extend(columns)
