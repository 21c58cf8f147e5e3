"""What the stages are measured on: a few simulated events, repeated under new numbers until there are as many as wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import awkward as ak
import numpy as np
import pyarrow as pa
import uproot
from numpy.typing import NDArray

from rootline.core.seeds import generator
from rootline.lartpc.clusters import ClusterConfig, ClusterTables, find_clusters
from rootline.lartpc.curves import Curve, read_curve
from rootline.lartpc.cuts import StoppingCuts
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.matching import MatchingConfig
from rootline.lartpc.raw import open_raw
from rootline.lartpc.sidefiles import read_reco
from rootline.lartpc.simulation.config import Layout, SimulationConfig
from rootline.lartpc.simulation.events import make_readout, read_out, simulate_blocks
from rootline.lartpc.simulation.files import BRANCHES
from rootline.lartpc.simulation.particles import KAON, PROTON
from rootline.lartpc.simulation.sidefiles import reco_rows, write_curve, write_reco
from rootline.lartpc.track_building import SampleLabel, build_tracks

Codec = Literal["zlib-1", "zstd", "lz4"]

SAMPLE: Final = "protons"
TREE: Final = "ana/raw"
N_DISTINCT: Final = 96
"""Events that are simulated; larger files repeat them, because making many is slower than reading them."""

BEAMS: Final[dict[int, dict[str, float]]] = {
    23: {"blip_mean": 13.0},
    86: {"blip_mean": 57.0, "halo_mean": 3.0, "cosmic_mean": 2.0},
}
"""Background that leaves so many raw clusters per event, those of both planes together: the public study's proton and
kaon samples have 22.9 and 86.1."""

_SILENT_ADC: Final = 6
_EVENTS_PER_SUBRUN: Final = 100


class Case(NamedTuple):
    """What a ROOT file is like; the defaults are the middle point, of which one thing is changed at a time."""

    clusters: int = 23
    layout: Layout = "flat"
    codec: Codec = "zlib-1"
    per_basket: int = 1
    n_events: int = 200

    def describe(self) -> str:
        """Name all of it in a few words."""
        return f"{self.clusters} clusters, {self.layout}, {self.codec}, {self.per_basket} per basket, {self.n_events} events"


@dataclass(frozen=True)
class Events:
    """Simulated events on disk, mapped into memory: waveforms (n, 480, 3072) and the hits of each event's beam track."""

    waveforms: NDArray[np.int16]
    hits: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.waveforms)


def simulate_events(path: Path, *, clusters: int, n_events: int = N_DISTINCT) -> Events:
    """Simulate protons with about so many raw clusters per event; the waveforms lie in the file `path`."""
    config = SimulationConfig.model_validate({SAMPLE: {"n_events": n_events}, "beam": BEAMS[clusters]})
    detector = DetectorConfig()
    readout = make_readout(config, detector)
    shape = (n_events, 2 * detector.wires, detector.ticks)
    waveforms = np.lib.format.open_memmap(path, mode="w+", dtype=np.int16, shape=shape)
    hits: list[dict[str, Any]] = []
    for block in simulate_blocks(config, detector, SAMPLE):
        for adc, number in zip(read_out(block, readout, config, SAMPLE), block.event, strict=True):
            waveforms[number - 1] = adc
        rows = reco_rows(block, config.side_files, detector, generator(config.seed, "benchmark", int(block.event[0])))
        by_event = {row["event"]: row for row in rows}
        hits += [by_event.get(int(number), {"trkrr": [], "trkdedx": []}) for number in block.event]
    waveforms.flush()
    return Events(np.load(path, mmap_mode="r"), hits)


def event_numbers(entry: int) -> dict[str, int]:
    """Give run, subrun and event of an entry; they rise from one to the next."""
    return {"run": 1, "subrun": entry // _EVENTS_PER_SUBRUN, "event": entry}


def write_root(path: Path, events: Events, case: Case) -> None:
    """Write a ROOT file of a case."""
    compression = {"zlib-1": uproot.ZLIB(1), "zstd": uproot.ZSTD(1), "lz4": uproot.LZ4(1)}[case.codec]
    with uproot.recreate(path, compression=compression) as file:
        numbers = {"run": "int32", "subrun": "int32", "event": "int32"}
        tree = file.mktree(TREE, numbers | BRANCHES[case.layout])
        for first in range(0, case.n_events, case.per_basket):
            entries = range(first, min(first + case.per_basket, case.n_events))
            tree.extend(_columns(entries, [events.waveforms[entry % len(events)] for entry in entries], case.layout))


def _columns(entries: Sequence[int], waveforms: Sequence[NDArray[np.int16]], layout: Layout) -> dict[str, Any]:
    named = [event_numbers(entry) for entry in entries]
    columns: dict[str, Any] = {name: np.array([row[name] for row in named], np.int32) for name in named[0]}
    if layout == "flat":
        return columns | {"rawadc1": _ragged([adc.ravel() for adc in waveforms])}
    loud = [np.flatnonzero(np.abs(adc).max(axis=1) >= _SILENT_ADC).astype(np.int32) for adc in waveforms]
    payload = [adc[channels].ravel() for adc, channels in zip(waveforms, loud, strict=True)]
    return columns | {"raw_channel": _ragged(loud), "raw_rawadc": _ragged(payload)}


def _ragged(parts: Sequence[NDArray[Any]]) -> ak.Array:
    return ak.unflatten(np.concatenate(parts), [len(part) for part in parts])


def write_hits(path: Path, events: Events, *, n_events: int) -> None:
    """Write the reconstruction CSV of so many events."""
    write_reco(path, [event_numbers(entry) | _lists(events.hits[entry % len(events)]) for entry in range(n_events)])


def _lists(hits: dict[str, Any]) -> dict[str, Any]:
    return {name: hits[name] for name in ("trkrr", "trkdedx")}


def write_curves(folder: Path) -> dict[str, Path]:
    """Write the expected curves of both hypotheses."""
    paths = {"kaon": folder / "kaon.csv", "proton": folder / "proton.csv"}
    for name, species in (("kaon", KAON), ("proton", PROTON)):
        write_curve(paths[name], species)
    return paths


def read_curves(paths: dict[str, Path]) -> dict[str, Curve]:
    """Read them."""
    return {name: read_curve(path) for name, path in paths.items()}


class Tables(NamedTuple):
    """Clusters with the pixels of the kept ones, and the tracks that are built from them."""

    found: ClusterTables
    tracks: pa.Table


def build_tables(root: Path, hits: Path, curves: dict[str, Path]) -> Tables:
    """Find the clusters of a ROOT file and build their tracks."""
    cuts = StoppingCuts()
    with open_raw(str(root), tree=None, detector=DetectorConfig()) as raw:
        found = find_clusters(raw, ClusterConfig(), cuts, sample=SAMPLE)
    built = build_tracks(
        *found,
        label=SampleLabel(SAMPLE, "proton", "train"),
        matching=MatchingConfig(),
        cuts=cuts,
        beamline=None,
        reco=read_reco(hits),
        curves=read_curves(curves),
    )
    return Tables(found, built.tracks)


def repeat_events(table: pa.Table, *, n_distinct: int, n_events: int) -> pa.Table:
    """Repeat the rows of the first `n_distinct` events under new numbers, until there are `n_events` of them."""
    copies = []
    for first in range(0, n_events, n_distinct):
        entries = table["event"].to_numpy() + first
        mine = table.set_column(table.column_names.index("event"), "event", pa.array(entries))
        subrun = pa.array(entries // _EVENTS_PER_SUBRUN)
        mine = mine.set_column(table.column_names.index("subrun"), "subrun", subrun)
        copies.append(mine.filter(pa.array(entries < n_events)))
    return pa.concat_tables(copies).combine_chunks()
