"""Raw waveforms from ROOT files: one event at a time, whichever layout the file has.

channel-mapped: `raw_channel` names the channels of an event, `raw_rawadc` holds their waveforms one after the other.
flat: `rawadc1` holds the waveforms of all channels.

Channels below the number of wires per plane are induction, the others collection; a channel that is absent was
silent. Baskets are read whole, one at a time and each once, so memory depends on the basket and not on the file.
"""

from collections.abc import Collection, Iterator
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from rootline.core.errors import UserError, in_one_line
from rootline.core.root_files import open_root
from rootline.lartpc.baskets import IntegerBranch
from rootline.lartpc.detector import PLANES, DetectorConfig
from rootline.lartpc.labelling import WirePlane
from rootline.lartpc.root_trees import EVENT_BRANCHES, LAYOUTS, find_tree

MAX_TICKS: Final = 32767
"""Longest waveform: ticks are stored as int16."""


class BadEventError(UserError):
    """One event that cannot be used, in a file that can be read.

    Attributes
    ----------
    reason : str
        What is wrong with it, without where it is and what to do.
    """

    def __init__(self, where: str, reason: str, remedy: str = "write the file again") -> None:
        super().__init__(where, reason, remedy)  # all of them, so that it comes back from another process
        self.reason = reason

    def __str__(self) -> str:
        where, reason, remedy = self.args
        return (
            f"{where}: {reason}; {remedy}, leave it out of samples.tsv, or set lartpc.input.on_bad_event: skip, "
            "which leaves out such events and lists them"
        )


class RawEvent(NamedTuple):
    """Waveforms of one event.

    Attributes
    ----------
    entry : int
        Position in the tree, from 0.
    run, subrun, event : int
        What the detector calls it.
    n_wires : int
        Wires of each plane.
    waveforms : (n_channels, n_ticks) int16 array
        Pedestal-subtracted waveforms [ADC] of the channels that were read out; not to be written to, and where nothing
        had to be moved in the byte order of the file, because to copy every event takes long.
    channels : (n_channels,) int64 array
        Channel of each waveform, rising; the others were silent.
    """

    entry: int
    run: int
    subrun: int
    event: int
    n_wires: int
    waveforms: NDArray[np.int16]
    channels: NDArray[np.int64]

    def read_out(self, plane: str) -> WirePlane:
        """Give the waveforms of one plane's wires that were read out."""
        first = {"induction": 0, "collection": self.n_wires}[plane]
        mine = slice(*np.searchsorted(self.channels, [first, first + self.n_wires]).tolist())
        return WirePlane(self.waveforms[mine], self.channels[mine] - first)

    @property
    def planes(self) -> dict[str, NDArray[np.int16]]:
        """(n_wires, n_ticks) waveforms of both planes, 0 on silent wires; not to be written to."""
        whole = {}
        for plane in PLANES:
            image, wires = self.read_out(plane)
            if len(image) < self.n_wires:
                every = np.zeros((self.n_wires, image.shape[1]), np.int16)
                every[wires] = image
                image = every
            whole[plane] = image
        return whole


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
    detector : DetectorConfig
        What the waveforms were cut by.
    keys : (n_entries, 3) int64 array
        run, subrun and event of every entry.
    skipped : frozenset of int
        Entries that are left out.
    """

    def __init__(
        self,
        path: str,
        tree: Any,
        name: str,
        layout: str,
        detector: DetectorConfig,
        keys: NDArray[np.int64] | None = None,
        skipped: frozenset[int] = frozenset(),
    ) -> None:
        self.path, self.layout = path, layout
        self.tree, cycle = name.rsplit(";", 1)
        self.cycle = int(cycle)
        self.n_entries = int(tree.num_entries)
        self._tree = tree
        self.detector = detector
        self.skipped = skipped
        self._payload = IntegerBranch(self._branch(LAYOUTS[layout][-1]), path)
        self._channel = IntegerBranch(self._branch("raw_channel"), path) if layout == "channel-mapped" else None
        self._every_channel = np.arange(2 * detector.wires)
        self.n_baskets = int(self._payload.branch.num_baskets)
        self.keys = self._read_keys() if keys is None else keys

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tree.file.close()

    @property
    def codec(self) -> str:
        """How the waveforms are compressed, such as ``ZSTD``, or ``none``; reads their first basket, or raises a UserError."""
        return self._payload.codec

    def iterate(self, entries: range | None = None) -> Iterator[RawEvent]:
        """Yield the events of some entries, or of all, in the order of the tree, without those that are skipped.

        Raises
        ------
        BadEventError
            Where an entry is malformed.
        UserError
            Where one cannot be read.
        """
        for entry in range(self.n_entries) if entries is None else entries:
            if entry not in self.skipped:
                yield self.read(entry)

    def read(self, entry: int) -> RawEvent:
        """Read one event alone; nothing but its own baskets is unpacked. Errors as in `iterate`."""
        run, subrun, event = self.keys[entry].tolist()
        return RawEvent(entry, run, subrun, event, self.detector.wires, *self._waveforms(entry))

    def _waveforms(self, entry: int) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        payload = self._payload.read(entry)
        if self._channel is None:
            channels = self._every_channel
            per_what = f"the {len(channels)} channels of two planes (lartpc.detector.wires)"
        else:
            channels = self._check_channels(self._channel.read(entry), entry)
            per_what = f"its {len(channels)} channels in raw_channel"
        n_channels = len(channels)
        where = self.describe(entry)
        if n_channels == 0 and payload.size == 0:
            return np.zeros((0, self.detector.ticks), np.int16), channels
        if n_channels == 0 or payload.size == 0 or payload.size % n_channels:
            raise BadEventError(
                where, f"{self._payload.name} holds {payload.size} values, which does not divide by {per_what}"
            )
        n_ticks = payload.size // n_channels
        if n_ticks > MAX_TICKS:
            raise BadEventError(
                where, f"waveforms of {n_ticks} ticks, at most {MAX_TICKS} can be handled", "cut them shorter"
            )
        waveforms = self._as_int16(payload, where).reshape(n_channels, n_ticks)
        if _is_rising(channels):
            return waveforms, channels
        order = np.argsort(channels)
        return waveforms[order], channels[order]

    def _as_int16(self, payload: NDArray[Any], where: str) -> NDArray[np.int16]:
        if payload.dtype.itemsize > 2 or payload.dtype.kind == "u":
            low, high = int(payload.min()), int(payload.max())
            if low < -32768 or high > 32767:
                raise BadEventError(
                    where,
                    f"{self._payload.name} holds ADC values from {low} to {high}, which do not fit 16 bits "
                    "(-32768 to 32767)",
                    "subtract the pedestal",
                )
            return payload.astype(np.int16)
        return payload if payload.dtype.itemsize == 2 else payload.astype(np.int16)

    def _check_channels(self, channels: NDArray[Any], entry: int) -> NDArray[np.int64]:
        channels = channels.astype(np.int64)
        limit = 2 * self.detector.wires
        wrong = channels[(channels < 0) | (channels >= limit)]
        if len(wrong):
            raise BadEventError(
                self.describe(entry),
                f"raw_channel {wrong[0]} does not exist, channels are 0 to {limit - 1} with "
                f"lartpc.detector.wires = {self.detector.wires}",
                "correct that number or the file",
            )
        if _is_rising(channels):
            return channels  # each once, and nearly all events have them so: to count them takes ten times as long
        ids, counts = np.unique(channels, return_counts=True)
        if (counts > 1).any():
            raise BadEventError(
                self.describe(entry),
                f"raw_channel {ids[counts > 1][0]} occurs {counts.max()} times, a channel has one waveform per event",
            )
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


def _is_rising(channels: NDArray[np.int64]) -> bool:
    return bool((channels[1:] > channels[:-1]).all())


def open_raw(
    path: str,
    *,
    tree: str | None,
    detector: DetectorConfig,
    keys: NDArray[np.int64] | None = None,
    skipped: Collection[int] = (),
) -> RawFile:
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
    keys : (n_entries, 3) int64 array, optional
        run, subrun and event of every entry, where they are known; they are read otherwise.
    skipped : collection of int
        Entries to leave out, such as those that `check.check_file` found bad.

    Raises
    ------
    UserError
        If the file is missing, empty, cut short or no ROOT file, if no tree
        or several have the branches, or a branch has no integers.
    """
    file = open_root(path)
    try:
        name, layout, found = find_tree(file, path, tree or None)
        return RawFile(path, found, name, layout, detector, keys, frozenset(skipped))
    except UserError:
        file.close()
        raise
    except Exception as error:  # damaged headers of directories, trees and branches fail in a dozen ways
        file.close()
        raise UserError(f"{path}: damaged, its trees cannot be read ({in_one_line(error)}); copy it again") from error
