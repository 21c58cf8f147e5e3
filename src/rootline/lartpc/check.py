"""What ROOT files hold, before anything runs on them: every entry is read once, every fault is named."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.screen import Progress, tell
from rootline.lartpc.detector import PLANES
from rootline.lartpc.raw import BadEventError, RawEvent, RawFile
from rootline.lartpc.root_trees import EVENT_BRANCHES
from rootline.lartpc.sidefiles import SideTable, read_beamline, read_reco

MAX_PEDESTAL_ADC: Final = 5
"""Largest median of pedestal-subtracted waveforms [ADC]; from about 7 on, noise alone would be above threshold."""

PEDESTAL_EVENTS: Final = 32
"""Events that the median is taken of at most, evenly spread over the file."""

_ADC_VALUES: Final = 1 << 16

EVENTS_SCHEMA: Final = pa.schema(
    [("run", pa.int64()), ("subrun", pa.int64()), ("event", pa.int64()), ("entry", pa.int64()), ("path", pa.string())]
)
"""One row per entry of a file, in the file's order."""


class FileCheck(NamedTuple):
    """What one file holds.

    Attributes
    ----------
    report : dict
        What `check_file` found, fit for JSON.
    events : table of EVENTS_SCHEMA
        Which event each entry is.
    """

    report: dict[str, Any]
    events: pa.Table


def check_file(raw: RawFile, *, max_bad_share: float | None = None, progress: Progress | None = None) -> FileCheck:
    """Read a file from end to end and report what it holds.

    Range and pedestal are those of the channels that were read out: one that
    is absent was silent and has no ADC, and a plane without any has none either.

    Parameters
    ----------
    raw : RawFile
        The open file.
    max_bad_share : float, optional
        Share of its events that may be malformed, which are then listed in
        the report; by default the first stops the check.
    progress : Progress
        Told about every event.

    Raises
    ------
    BadEventError
        Where an event is malformed and none may be.
    UserError
        Where an entry cannot be read, too many are malformed, or the
        waveforms are not pedestal-subtracted.
    """
    bad: list[dict[str, Any]] = []
    ticks: set[int] = set()
    ranges: dict[str, tuple[int, int]] = {}
    counts = {plane: np.zeros(_ADC_VALUES, np.int64) for plane in PLANES}
    every = max(1, -(-raw.n_entries // PEDESTAL_EVENTS))
    for event in _good_events(raw, bad, max_bad_share):
        ticks.add(event.waveforms.shape[1])
        for plane in PLANES:
            waveforms = event.read_out(plane).image.astype(np.int16)
            if waveforms.size == 0:
                continue
            low, high = ranges.get(plane, (_ADC_VALUES, -_ADC_VALUES))
            ranges[plane] = (min(low, int(waveforms.min())), max(high, int(waveforms.max())))
            if event.entry % every == 0:
                shifted = waveforms.ravel().astype(np.int64) + _ADC_VALUES // 2
                counts[plane] += np.bincount(shifted, minlength=_ADC_VALUES)
        if progress is not None:
            progress.advance()
    pedestals = {plane: _median(counts[plane]) for plane in PLANES}
    for plane, pedestal in pedestals.items():
        if pedestal is not None and abs(pedestal) > MAX_PEDESTAL_ADC:
            raise UserError(
                f"{raw.path}: the median of the {plane} waveforms is {pedestal} ADC, which must lie within "
                f"{MAX_PEDESTAL_ADC} of 0; subtract the pedestal of every channel from its waveform"
            )
    if ticks - {raw.detector.ticks}:
        tell(f"  {raw.path}: {_other_ticks(raw, sorted(ticks))}")
    doubled = _doubled(raw.keys)
    report = {
        "path": raw.path,
        "tree": raw.tree,
        "cycle": raw.cycle,
        "layout": raw.layout,
        "entries": raw.n_entries,
        "ticks_min": min(ticks, default=None),
        "ticks_max": max(ticks, default=None),
        "adc_min": {plane: ranges[plane][0] if plane in ranges else None for plane in PLANES},
        "adc_max": {plane: ranges[plane][1] if plane in ranges else None for plane in PLANES},
        "pedestal": pedestals,
        "baskets": raw.n_baskets,
        "codec": raw.codec,
        "bad_events": bad,
        "duplicate_events": len(doubled),
        "first_duplicate": dict(zip(EVENT_BRANCHES, raw.keys[doubled[0][1]].tolist(), strict=True))
        if doubled
        else None,
    }
    columns = [*raw.keys.T, np.arange(raw.n_entries), pa.repeat(pa.scalar(raw.path), raw.n_entries)]
    return FileCheck(report, pa.table(dict(zip(EVENTS_SCHEMA.names, columns, strict=True)), schema=EVENTS_SCHEMA))


def _other_ticks(raw: RawFile, ticks: Sequence[int]) -> str:
    """Say that waveforms have not the length of the config, and which of its keys may be the wrong one."""
    wires = raw.detector.wires
    text = (
        f"waveforms have {', '.join(map(str, ticks))} ticks, lartpc.detector.ticks is {raw.detector.ticks}; the cut "
        "windows are made for the latter"
    )
    if raw.layout != "flat":
        return text
    return (
        f"{text}. The length follows from lartpc.detector.wires = {wires}: an event holds "
        f"{', '.join(str(2 * wires * length) for length in ticks)} values for {2 * wires} channels. If that number is "
        "not your detector's, all waveforms are wrong; correct it, or lartpc.detector.ticks"
    )


def _good_events(raw: RawFile, bad: list[dict[str, Any]], max_share: float | None) -> Iterator[RawEvent]:
    """Yield the events that are well formed, and note in `bad` those that are not."""
    for entry in range(raw.n_entries):
        try:
            event = raw.read(entry)
        except BadEventError as error:
            if max_share is None:
                raise
            numbers = dict(zip(EVENT_BRANCHES, raw.keys[entry].tolist(), strict=True))
            bad.append({"entry": entry, **numbers, "reason": error.reason})
            if len(bad) > max_share * raw.n_entries:
                raise UserError(
                    f"{raw.path}: {len(bad)} of the first {entry + 1} of its {raw.n_entries} events are malformed, more "
                    f"than lartpc.input.max_bad_share = {max_share:g} of all; entry {bad[0]['entry']}: "
                    f"{bad[0]['reason']}; write the file again, leave it out of samples.tsv, or allow a larger share"
                ) from error
        else:
            yield event


def join_checks(
    sample: str,
    reports: Sequence[dict[str, Any]],
    events: Sequence[pa.Table],
    *,
    beamline: Path | None = None,
    reco: Path | None = None,
) -> dict[str, Any]:
    """Report what the files of a sample hold together, and how many events have partners in the side files.

    Parameters
    ----------
    sample : str
        Name of the sample.
    reports, events : sequences
        What `check_file` gave for each file, in any order.
    beamline, reco : Path, optional
        Side files of the user.

    Raises
    ------
    UserError
        If an event occurs twice, in one file or in two, or a side file is
        wrong.
    """
    every = pa.concat_tables(sorted(events, key=lambda table: str(table["path"][0]) if table.num_rows else ""))
    keys = np.stack([every[column].to_numpy() for column in EVENT_BRANCHES], axis=1)
    doubled = _doubled(keys)
    if doubled:
        first, second = (every.slice(row, 1).to_pylist()[0] for row in doubled[0])
        numbers = " ".join(f"{column} {first[column]}" for column in EVENT_BRANCHES)
        raise UserError(
            f"sample {sample}: {len(doubled)} events occur more than once; {numbers} is entry {first['entry']} of "
            f"{first['path']} and entry {second['entry']} of {second['path']}: remove one of them, or name the file "
            "only once in samples.tsv"
        )
    files = sorted(reports, key=lambda report: str(report["path"]))
    n_bad = sum(len(report["bad_events"]) for report in files)
    summary: dict[str, Any] = {"sample": sample, "entries": every.num_rows, "bad_events": n_bad, "files": files}
    sides = {"beamline": read_beamline(beamline) if beamline else None, "reco": read_reco(reco) if reco else None}
    for name, side in sides.items():
        summary[name] = None if side is None else _partners(every, side)
        if side is not None and every.num_rows and summary[name]["events_with_partner"] == 0:
            tell(
                f"  {sample}: no event has a partner in the {name} file; compare run, subrun and event "
                f"there with those of {files[0]['path']}"
            )
    return summary


def describe_checks(summary: dict[str, Any]) -> str:
    """Put the report of a sample into one line for people."""
    layouts = sorted({f"{file['layout']} in {file['tree']};{file['cycle']}" for file in summary["files"]})
    text = f"  {summary['sample']}: {summary['entries']} events, {', '.join(layouts)}"
    if summary["bad_events"]:
        text += f", {summary['bad_events']} of them malformed and skipped"
    for name in ("beamline", "reco"):
        if summary[name] is not None and summary["entries"]:
            text += f", {100 * summary[name]['share']:.1f} % with {name}"
    return text


def _partners(events: pa.Table, side: SideTable) -> dict[str, Any]:
    partners = events.select(list(EVENT_BRANCHES)).join(
        side.table.select(list(EVENT_BRANCHES)), list(EVENT_BRANCHES), join_type="left semi"
    )
    share = partners.num_rows / events.num_rows if events.num_rows else None
    return {"events_with_partner": partners.num_rows, "share": share, **side.counts}


def _doubled(keys: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Give (first row, later row) of each row that repeats the key of an earlier one, in the order of the key."""
    order = np.lexsort(keys.T[::-1])
    same = np.flatnonzero((keys[order[1:]] == keys[order[:-1]]).all(axis=1))
    return [(int(order[place]), int(order[place + 1])) for place in same]


def _median(counts: NDArray[np.int64]) -> int | None:
    """Give the lower median of values whose counts are given, the first for -32768; None of nothing."""
    total = int(counts.sum())
    if total == 0:
        return None
    return int(np.searchsorted(np.cumsum(counts), (total + 1) // 2)) - _ADC_VALUES // 2
