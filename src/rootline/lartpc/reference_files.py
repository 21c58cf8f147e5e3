"""The user's tables of reference events: which events, and which track of each."""

import csv
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from rootline.core.errors import UserError
from rootline.core.splits import PHYSICAL_EVENT
from rootline.core.tables import TRACK_KEY, read_frame
from rootline.lartpc.features import FEATURE_COLUMNS, FEATURES, feature_table
from rootline.lartpc.tracks import read_tracks

HAND_COLUMNS: Final = (*PHYSICAL_EVENT, "track")
MAX_INT64: Final = (1 << 63) - 1


def read_event_list(path: Path) -> pd.DataFrame:
    """Read a list of events: run, subrun, event, separated by commas or tabs.

    Lines that are empty or begin with # are skipped, further columns ignored;
    an event that is named twice counts once.

    Returns
    -------
    data frame
        run, subrun, event (int64), in the order of these.

    Raises
    ------
    UserError
        Naming file, line and remedy if the file cannot be read, a column is
        missing or a value is no whole number.
    """
    rows = [numbers for _, numbers, _ in _rows(path, PHYSICAL_EVENT)]
    table = pd.DataFrame(rows, columns=list(PHYSICAL_EVENT)).astype("int64")
    return table.drop_duplicates().sort_values(list(PHYSICAL_EVENT), ignore_index=True)


def read_hand_choice(
    path: Path, candidates: pd.DataFrame, *, samples: Collection[str], listed: pd.DataFrame | None
) -> pd.DataFrame:
    """Read the tracks that somebody chose by hand, and refuse what cannot be meant.

    Parameters
    ----------
    path : path
        Table with run, subrun, event, track and, if it likes, sample; rows of
        samples that are no reference samples are an error.
    candidates : data frame
        TRACK_KEY of all candidates.
    samples : collection of str
        The reference samples.
    listed : data frame, optional
        run, subrun, event of the events that may be chosen from; all without it.

    Returns
    -------
    data frame
        TRACK_KEY, in its order.

    Raises
    ------
    UserError
        Naming file, line and remedy: an event that is not in the list or has
        no candidate, a track that the event does not have, two tracks of one
        event, a sample that is no reference sample.
    """
    tracks_of: dict[tuple[str, int, int, int], list[int]] = {}
    for row in candidates[list(TRACK_KEY)].to_dict("records"):
        key = (str(row["sample"]), int(row["run"]), int(row["subrun"]), int(row["event"]))
        tracks_of.setdefault(key, []).append(int(row["track"]))
    allowed = None if listed is None else set(listed[list(PHYSICAL_EVENT)].itertuples(index=False, name=None))
    line_of: dict[tuple[str, int, int, int], int] = {}
    chosen = []
    for line, (run, subrun, event, track), named in _rows(path, HAND_COLUMNS, optional="sample"):
        where = f"{path}, line {line}: run={run} subrun={subrun} event={event}"
        if named and named not in samples:
            known = ", ".join(sorted(samples)) or "none"
            raise UserError(
                f"{where} is of sample {named}, which is no reference sample (there are: {known}); remove the line"
            )
        if allowed is not None and (run, subrun, event) not in allowed:
            raise UserError(
                f"{where} is not in the list of reference events; add it to lartpc.reference.events or remove the line"
            )
        found = [key for key in tracks_of if key[1:] == (run, subrun, event) and named in ("", key[0])]
        if len(found) != 1:
            fault = "has no candidate track" if not found else f"is in {' and '.join(key[0] for key in found)}"
            remedy = "correct the numbers or remove the line" if not found else "name one in a column sample"
            raise UserError(f"{where} {fault}; {remedy}")
        if track not in tracks_of[found[0]]:
            there = ", ".join(map(str, sorted(tracks_of[found[0]])))
            raise UserError(f"{where} has no track {track}, it has {there}; correct the number")
        if found[0] in line_of:
            raise UserError(
                f"{where} is chosen from in line {line_of[found[0]]} already; one track of an event can be the reference, "
                "remove one of the lines"
            )
        line_of[found[0]] = line
        chosen.append((*found[0], track))
    table = pd.DataFrame(chosen, columns=list(TRACK_KEY)).astype(
        {"sample": "str"} | dict.fromkeys(HAND_COLUMNS, "int64")
    )
    return table.sort_values(list(TRACK_KEY), ignore_index=True)


def read_entries(paths: Sequence[Path]) -> pd.DataFrame:
    """Read run, subrun, event of all events of a sample from the tables that the check of its files left."""
    tables = [read_frame(path, key=(*PHYSICAL_EVENT, "entry"), columns=PHYSICAL_EVENT) for path in paths]
    return pd.concat(tables, ignore_index=True)[list(PHYSICAL_EVENT)]


def read_features(tracks: Sequence[Path]) -> pd.DataFrame:
    """Compute the features of the tracks of some tables: TRACK_KEY, particle and the features."""
    if not tracks:
        return pd.DataFrame(columns=[*TRACK_KEY, "particle", *FEATURES])
    frame: pd.DataFrame = feature_table(read_tracks(tracks, columns=FEATURE_COLUMNS)).to_pandas()
    return frame


def _rows(path: Path, columns: Sequence[str], *, optional: str = "") -> Iterator[tuple[int, list[int], str]]:
    """Yield the line of each row, the values of the columns, which are whole numbers, and the text of the optional one."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as UTF-8 text ({error}); correct the path or save it anew") from error
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    needed = f"it must begin with a header line with the columns {', '.join(columns)}, separated by commas or tabs"
    if not lines:
        raise UserError(f"{path}: the file is empty; {needed}")
    separator = "\t" if "\t" in lines[0][1] else ","
    header, *body = (_split(line, separator, f"{path}, line {number}") for number, line in lines)
    names = [name.strip() for name in header]
    if missing := [name for name in columns if names.count(name) != 1]:
        raise UserError(f"{path}, line {lines[0][0]}: no column {', '.join(missing)}, or two; {needed}")
    for (number, _), values in zip(lines[1:], body, strict=True):
        if len(values) != len(names):
            raise UserError(f"{path}, line {number}: {len(values)} values for {len(names)} columns; correct the line")
        row = dict(zip(names, (value.strip() for value in values), strict=True))
        numbers = [_whole(row[name], f"{path}, line {number}, column {name}") for name in columns]
        yield number, numbers, row.get(optional, "")


def _split(line: str, separator: str, where: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error as error:
        raise UserError(f"{where}: not CSV text ({error}); correct the line") from error


def _whole(text: str, where: str) -> int:
    digits = text.removeprefix("-")
    # The length first: Python turns no text of thousands of digits into a number.
    if not text.isascii() or not digits.isdigit() or len(digits) > 19 or abs(int(text)) > MAX_INT64:
        raise UserError(f"{where}: {text[:80]!r} is not a whole number of 64 bits; correct it")
    return int(text)
