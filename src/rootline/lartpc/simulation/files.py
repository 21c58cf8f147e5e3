"""ROOT files of simulated events in the experiment's two layouts, the same bytes for the same events."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray
from uproot import _util as uproot_internals

from rootline.lartpc.simulation.config import Layout

Samples = NDArray[np.int16]

EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
BRANCHES: Final = {
    "channel-mapped": {"raw_channel": "var * int32", "raw_rawadc": "var * int16"},
    "flat": {"rawadc1": "var * int16"},
}


class RawEvent(NamedTuple):
    """One event: its numbers and its ADC counts (2 x wires, ticks), induction first."""

    run: int
    subrun: int
    event: int
    adc: Samples


class RootWriter:
    """Writes events into a new ROOT file; every `write` makes one basket of each branch.

    Parameters
    ----------
    path : Path
        The file; an older one is replaced.
    tree : str
        Name of the tree, with its folder.
    layout : "channel-mapped" or "flat"
        In a channel-mapped file channels are absent whose samples all lie
        below `silent_adc` [ADC] in absolute value.
    """

    def __init__(self, path: Path, *, tree: str, layout: Layout, silent_adc: int) -> None:
        self._layout, self._silent_adc = layout, silent_adc
        # opened here, because uproot would write the name of a path into the file; for the same reason
        # the null identifier and not a random one
        self._stream = path.open("w+b")
        with _fixed_dates():
            self._file = uproot.recreate(
                self._stream, uuid_function=lambda: uuid.UUID(int=0), compression=uproot.ZSTD(1)
            )
            numbers = {"run": "int32", "subrun": "int32", "event": "int32"}
            self._tree = self._file.mktree(tree, numbers | BRANCHES[layout])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _fixed_dates():
            self._file.close()
        self._stream.close()

    def write(self, events: Sequence[RawEvent]) -> None:
        """Append events."""
        columns: dict[str, object] = {
            name: np.array([getattr(event, name) for event in events], dtype=np.int32)
            for name in ("run", "subrun", "event")
        }
        if self._layout == "flat":
            columns["rawadc1"] = _ragged([event.adc.ravel() for event in events])
        else:
            loud = [_loud_channels(event.adc, self._silent_adc) for event in events]
            columns["raw_channel"] = _ragged([channels.astype(np.int32) for channels in loud])
            columns["raw_rawadc"] = _ragged(
                [event.adc[channels].ravel() for event, channels in zip(events, loud, strict=True)]
            )
        with _fixed_dates():
            self._tree.extend(columns)


def _loud_channels(adc: Samples, silent_adc: int) -> NDArray[np.int64]:
    return np.flatnonzero((adc.max(axis=1) >= silent_adc) | (adc.min(axis=1) <= -silent_adc))


def _ragged(parts: Sequence[NDArray[np.generic]]) -> ak.Array:
    return ak.unflatten(np.concatenate(parts), np.array([len(part) for part in parts], dtype=np.int64))


@contextmanager
def _fixed_dates() -> Iterator[None]:
    """Make uproot stamp its keys with one date, or two runs would never give the same bytes.

    uproot takes the clock and offers no other way; all its stamps go through one function.
    """
    stamp = uproot_internals.datetime_to_code
    code = stamp(EPOCH)
    uproot_internals.datetime_to_code = lambda _: code
    try:
        yield
    finally:
        uproot_internals.datetime_to_code = stamp
