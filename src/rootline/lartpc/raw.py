"""Raw waveforms from ROOT files: one event at a time, whichever layout the file has.

channel-mapped: `raw_channel` names the channels of an event, `raw_rawadc` holds their waveforms one after the other.
flat: `rawadc1` holds the waveforms of all channels.

Channels below the number of wires per plane are induction, the others collection; a channel that is absent was
silent. Baskets are read whole, one at a time and each once, so memory depends on the basket and not on the file.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.files import is_remote
from rootline.lartpc.baskets import IntegerBranch
from rootline.lartpc.detector import DetectorConfig

EVENT_BRANCHES: Final = ("run", "subrun", "event")
LAYOUTS: Final = {"channel-mapped": ("raw_channel", "raw_rawadc"), "flat": ("rawadc1",)}
"""Branches by which each layout is recognised; the last one holds the waveforms. A tree that has both is read as the
first, which names its channels itself."""

MAX_TICKS: Final = 32767
"""Longest waveform: ticks are stored as int16."""


class RawEvent(NamedTuple):
    """Waveforms of one event.

    Attributes
    ----------
    entry : int
        Position in the tree, from 0.
    run, subrun, event : int
        What the detector calls it.
    planes : dict of (n_wires, n_ticks) int16 arrays
        Pedestal-subtracted waveforms [ADC] by plane, 0 on silent wires.
    """

    entry: int
    run: int
    subrun: int
    event: int
    planes: dict[str, NDArray[np.int16]]


class RawFile:
    """An open ROOT file and the tree in it that holds raw waveforms; made by `open_raw`.

    Attributes
    ----------
    path, tree, layout : str
        File, name of the tree without its cycle, and which of `LAYOUTS` it has.
    cycle : int
        Highest one, unless another was asked for.
    n_entries, n_baskets : int
        Events, and baskets of the waveforms.
    codec : str
        How the waveforms are compressed, such as ``ZSTD``, or ``none``.
    detector : DetectorConfig
        What the waveforms were cut by.
    keys : (n_entries, 3) int64 array
        run, subrun and event of every entry.
    """

    def __init__(self, path: str, tree: Any, name: str, layout: str, detector: DetectorConfig) -> None:
        self.path, self.layout = path, layout
        self.tree, cycle = name.rsplit(";", 1)
        self.cycle = int(cycle)
        self.n_entries = int(tree.num_entries)
        self._tree = tree
        self.detector = detector
        self._payload = IntegerBranch(self._branch(LAYOUTS[layout][-1]), path)
        self._channel = IntegerBranch(self._branch("raw_channel"), path) if layout == "channel-mapped" else None
        self._last_channels = np.zeros(0, np.int64)
        self.codec = self._payload.codec
        self.n_baskets = int(self._payload.branch.num_baskets)
        self.keys = self._read_keys()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tree.file.close()

    def iterate(self) -> Iterator[RawEvent]:
        """Yield the events in the order of the tree.

        Raises
        ------
        UserError
            Naming file, entry and remedy where an entry is malformed or
            cannot be read.
        """
        for entry in range(self.n_entries):
            yield self.read(entry)

    def read(self, entry: int) -> RawEvent:
        """Read one event alone; nothing but its own baskets is unpacked."""
        run, subrun, event = self.keys[entry].tolist()
        return RawEvent(entry, run, subrun, event, self._planes(entry))

    def _planes(self, entry: int) -> dict[str, NDArray[np.int16]]:
        n_wires = self.detector.wires
        payload = self._payload.read(entry)
        if self._channel is None:
            channels = None
            n_channels, per_what = 2 * n_wires, f"the {2 * n_wires} channels of two planes (lartpc.detector.wires)"
        else:
            channels = self._check_channels(self._channel.read(entry), entry)
            n_channels, per_what = len(channels), f"its {len(channels)} channels in raw_channel"
        where = self.describe(entry)
        if n_channels == 0 and payload.size == 0:
            return self._split(np.zeros((2 * n_wires, self.detector.ticks), np.int16))
        if n_channels == 0 or payload.size == 0 or payload.size % n_channels:
            raise UserError(
                f"{where}: {self._payload.name} holds {payload.size} values, which does not divide by {per_what}; "
                "the entry is malformed: write the file again, or leave it out of samples.tsv"
            )
        n_ticks = payload.size // n_channels
        if n_ticks > MAX_TICKS:
            raise UserError(
                f"{where}: waveforms of {n_ticks} ticks, at most {MAX_TICKS} can be handled; cut them shorter"
            )
        waveforms = self._as_int16(payload, where).reshape(n_channels, n_ticks)
        if channels is None or (n_channels == 2 * n_wires and bool((channels[1:] > channels[:-1]).all())):
            return self._split(waveforms)
        every = np.zeros((2 * n_wires, n_ticks), np.int16)
        every[channels] = waveforms
        return self._split(every)

    def _split(self, waveforms: NDArray[np.int16]) -> dict[str, NDArray[np.int16]]:
        n_wires = self.detector.wires
        return {"collection": waveforms[n_wires:], "induction": waveforms[:n_wires]}

    def _as_int16(self, payload: NDArray[Any], where: str) -> NDArray[np.int16]:
        if payload.dtype.itemsize > 2 or payload.dtype.kind == "u":
            low, high = int(payload.min()), int(payload.max())
            if low < -32768 or high > 32767:
                raise UserError(
                    f"{where}: {self._payload.name} holds ADC values from {low} to {high}; they must be "
                    "pedestal-subtracted and fit 16 bits (-32768 to 32767)"
                )
        return payload.astype(np.int16)

    def _check_channels(self, channels: NDArray[Any], entry: int) -> NDArray[Any]:
        if np.array_equal(channels, self._last_channels):  # nearly always; checked before
            return self._last_channels
        channels = channels.astype(np.int64)
        limit = 2 * self.detector.wires
        wrong = channels[(channels < 0) | (channels >= limit)]
        if len(wrong):
            raise UserError(
                f"{self.describe(entry)}: raw_channel {wrong[0]} does not exist; channels are 0 to {limit - 1} with "
                f"lartpc.detector.wires = {self.detector.wires}: correct that number or the file"
            )
        ids, counts = np.unique(channels, return_counts=True)
        if (counts > 1).any():
            raise UserError(
                f"{self.describe(entry)}: raw_channel {ids[counts > 1][0]} occurs {counts.max()} times; "
                "a channel has one waveform per event: write the file again, or leave it out of samples.tsv"
            )
        self._last_channels = channels
        return channels

    def describe(self, entry: int) -> str:
        """Say where an entry is: file, tree, entry and the event's own numbers."""
        run, subrun, event = self.keys[entry].tolist()
        return f"{self.path}: {self.tree};{self.cycle} entry {entry} (run {run} subrun {subrun} event {event})"

    def _branch(self, name: str) -> Any:
        branch = self._tree[name]
        if branch.num_entries != self.n_entries:
            raise UserError(
                f"{self.path}: {self.tree} has {self.n_entries} entries, but its branch {name} has "
                f"{branch.num_entries}; the file was not closed properly: write it again"
            )
        return branch

    def _read_keys(self) -> NDArray[np.int64]:
        keys = np.zeros((self.n_entries, 3), np.int64)
        for column, name in enumerate(EVENT_BRANCHES):
            branch = IntegerBranch(self._branch(name), self.path)
            keys[:, column] = branch.read_scalars()
        return keys


def open_raw(path: str, *, tree: str | None, detector: DetectorConfig) -> RawFile:
    """Open a ROOT file and find its tree of raw waveforms.

    Parameters
    ----------
    path : str
        Local path, or an address that uproot understands (``root://...``).
    tree : str or None
        Name with its folder, and a cycle if it must not be the highest
        (``ana/raw``, ``ana/raw;2``). None finds it by its branches.
    detector : DetectorConfig
        Wires of each plane.

    Raises
    ------
    UserError
        If the file is missing, empty, cut short or no ROOT file, if no tree
        or several have the branches, or a branch has no integers.
    """
    file = _open_file(path)
    try:
        name, layout = _find_tree(file, path, tree or None)
        return RawFile(path, file[name], name, layout, detector)
    except UserError:
        file.close()
        raise
    except Exception as error:  # damaged headers of directories, trees and branches fail in a dozen ways
        file.close()
        raise UserError(f"{path}: damaged, its trees cannot be read ({_in_one_line(error)}); copy it again") from error


def _open_file(path: str) -> Any:
    import uproot

    is_local = not is_remote(path)
    size = None
    if is_local:
        if not Path(path).is_file():
            raise UserError(f"{path}: no such file, looked in {Path.cwd()}; correct the path in samples.tsv")
        size = Path(path).stat().st_size
        if size == 0:
            raise UserError(f"{path}: the file is empty (0 bytes); copy it again")
    try:
        # As a key: a colon in the path would otherwise begin the name of a tree.
        file = uproot.open({path: None}, array_cache=None, object_cache=None)
    except Exception as error:  # a file that is none, a codec, a network: each fails in its own way
        reason = _in_one_line(error)
        if is_local:
            raise UserError(f"{path}: not a ROOT file, or damaged ({size} bytes; {reason}); copy it again") from error
        if isinstance(error, ImportError):
            raise UserError(
                f"{path}: remote files need further packages ({reason}); install them once by "
                "`.venv/bin/pip install -e '.[remote]'` in the folder of Rootline, or copy the file to this machine"
            ) from error
        raise UserError(f"{path}: cannot be opened ({reason}); check the address and that the server is up") from error
    if size is not None and file.file.fEND > size:
        file.close()
        raise UserError(
            f"{path}: cut short, it has {size} bytes where its header says {file.file.fEND}; copy the file again"
        )
    return file


def _find_tree(file: Any, path: str, wanted: str | None) -> tuple[str, str]:
    """Give the name with cycle and the layout of the tree that is meant."""
    names = list(file.keys(recursive=True, cycle=True, filter_classname="TTree"))
    if not names:
        raise UserError(f"{path}: no tree in this file; raw waveforms are expected in a TTree such as ana/raw")
    if wanted is not None and ";" in wanted:
        candidates = [name for name in names if name == wanted]
    else:
        candidates = [name for name in _highest_cycles(names) if wanted in (None, name.rsplit(";", 1)[0])]
    if not candidates:
        raise UserError(f"{path}: no tree {wanted}; it has {', '.join(names)}: correct the column tree of samples.tsv")
    branches = {name: {branch.name for branch in file[name].branches} for name in candidates}
    found = [(name, layout) for name in candidates if (layout := _layout_of(branches[name])) is not None]
    if not found:
        lacking = "; ".join(f"{name} lacks {_lacking(branches[name])}" for name in candidates)
        raise UserError(f"{path}: no tree with the branches of raw waveforms: {lacking}")
    if len(found) > 1:
        raise UserError(
            f"{path}: {len(found)} trees hold raw waveforms ({', '.join(name for name, _ in found)}); "
            "name one of them in the column tree of samples.tsv"
        )
    return found[0]


def _highest_cycles(names: list[str]) -> list[str]:
    highest: dict[str, int] = {}
    for name in names:
        base, cycle = name.rsplit(";", 1)
        highest[base] = max(highest.get(base, 0), int(cycle))
    return [f"{base};{cycle}" for base, cycle in highest.items()]


def _layout_of(branches: set[str]) -> str | None:
    for layout, needed in LAYOUTS.items():
        if branches.issuperset((*EVENT_BRANCHES, *needed)):
            return layout
    return None


def _lacking(branches: set[str]) -> str:
    missing = [name for name in EVENT_BRANCHES if name not in branches]
    if not any(branches.issuperset(needed) for needed in LAYOUTS.values()):
        missing.append(" or ".join(" with ".join(needed) for needed in LAYOUTS.values()))
    return ", ".join(missing)


def _in_one_line(error: Exception) -> str:
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first}"[:200]
