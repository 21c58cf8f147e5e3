"""Side files of the user: beamline, reconstruction and log-likelihoods, one row per (run, subrun, event).

Identical rows collapse and are counted, conflicting ones are an error. Lists
of the reconstruction are rounded to float32 on reading, as the public study's
were; all that follows is float64.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.tables import describe_key
from rootline.lartpc.csvfiles import CsvRows, Kind, equal_keys, read_csv
from rootline.lartpc.tracks import ragged

SIDE_KEY: Final = ("run", "subrun", "event")
DEDX_MAX: Final = 100.0  # [MeV/cm]; above it a hit is a fault of the reconstruction (public study)

_NUMBERS: Final = pa.list_(pa.float64())
_ROWS_AT_ONCE = 1_000  # of lists that are split: their pieces stay in the processor's caches
_KEY_KINDS: dict[str, Kind] = {"run": "key", "subrun": "key", "event": "key"}


class SideTable(NamedTuple):
    """A side file that was read, and what was counted on the way.

    Attributes
    ----------
    table : pa.Table
        One row per (run, subrun, event), in the order of that key.
    counts : dict
        Name of what was counted to its number.
    """

    table: pa.Table
    counts: dict[str, int]


def read_beamline(path: Path) -> SideTable:
    """Read the beamline CSV: run, subrun, event, p, m (int64 or null), beamline_mass [MeV/c2] (float64 or null).

    Raises
    ------
    UserError
        If the file cannot be read, or two rows of one event differ.
    """
    rows = read_csv([path], {**_KEY_KINDS, "p": "flag", "m": "flag", "beamline_mass": "number"})
    table, counts = _one_row_per_event(rows, "beamline")
    return SideTable(table.drop_columns("row"), counts)


def read_loglikelihood(paths: Sequence[Path]) -> SideTable:
    """Read log-likelihood CSVs as one: run, subrun, event, log_likelihood_kaon, log_likelihood_proton (or null).

    Raises
    ------
    UserError
        If a file cannot be read, or two rows of one event differ, be it in
        one file or in two.
    """
    rows = read_csv(paths, {**_KEY_KINDS, "log_likelihood_kaon": "number", "log_likelihood_proton": "number"})
    table, counts = _one_row_per_event(rows, "loglikelihood")
    return SideTable(table.drop_columns("row"), counts)


def read_reco(path: Path) -> SideTable:
    """Read the reconstruction CSV: run, subrun, event, residual_range [cm] and dedx [MeV/cm] (lists of float64).

    Hits with dE/dx above 100 MeV/cm are dropped; so are rows whose lists
    differ in length, or that have no hit (left); each is counted.

    Raises
    ------
    UserError
        If the file cannot be read, a list holds something else than numbers,
        or two rows of one event differ.
    """
    rows = read_csv([path], {**_KEY_KINDS, "trkrr": "text", "trkdedx": "text"})
    table, counts = _one_row_per_event(rows, "reco", same_text=_same_numbers)
    ranges, range_offsets = _read_lists(rows, table, "trkrr")
    dedx, dedx_offsets = _read_lists(rows, table, "trkdedx")
    n_ranges, n_dedx = np.diff(range_offsets), np.diff(dedx_offsets)
    unequal, empty = n_ranges != n_dedx, (n_ranges == 0) & (n_dedx == 0)
    ranges, dedx = ranges[np.repeat(~unequal, n_ranges)], dedx[np.repeat(~unequal, n_dedx)]
    n_hits = np.where(unequal, 0, n_ranges)
    good = ~(dedx > DEDX_MAX)
    n_good = np.bincount(np.repeat(np.arange(len(n_hits)), n_hits)[good], minlength=len(n_hits))
    kept = n_good > 0
    offsets = pa.array(np.concatenate([[0], np.cumsum(n_good[kept])]), pa.int32())
    cleaned = table.select(list(SIDE_KEY)).filter(pa.array(kept))
    for name, values in (("residual_range", ranges), ("dedx", dedx)):
        cleaned = cleaned.append_column(name, pa.ListArray.from_arrays(offsets, pa.array(values[good])))
    counts |= {
        "reco_lists_unequal": int(unequal.sum()),
        "reco_lists_empty": int(empty.sum()),
        "reco_lists_emptied": int((~kept & ~unequal & ~empty).sum()),
        "reco_hits_above_dedx_max": int((~good).sum()),
        "reco_events": int(kept.sum()),
    }
    return SideTable(cleaned, counts)


def _one_row_per_event(
    rows: CsvRows, name: str, same_text: Callable[[str, str], bool] = str.__eq__
) -> tuple[pa.Table, dict[str, int]]:
    """Collapse identical rows and sort by key; column ``row`` is the row's place in `rows`."""
    table = rows.table.combine_chunks()
    keys = [table[column].to_numpy() for column in SIDE_KEY]
    kept = np.ones(table.num_rows, dtype=bool)
    values = [column for column in table.column_names if column not in SIDE_KEY]
    for first, later in equal_keys(keys):
        for column in values:
            one, other = table[column][first].as_py(), table[column][later].as_py()
            same = same_text(one, other) if isinstance(one, str) and isinstance(other, str) else one == other
            if not same:
                key = {column: int(table[column][first].as_py()) for column in SIDE_KEY}
                raise UserError(
                    f"{rows.where(first)} and {rows.where(later)}: both are {describe_key(key)}, but {column} differs "
                    f"({_short(one)} and {_short(other)}); remove the wrong row"
                )
        kept[later] = False
    order = np.lexsort(keys[::-1])
    rows_in_file, chosen = np.arange(table.num_rows), order[kept[order]]
    unique = table.append_column("row", pa.array(rows_in_file))
    if not np.array_equal(chosen, rows_in_file):  # mostly they are equal, and taking copies all texts
        unique = unique.take(pa.array(chosen))
    counts = {f"{name}_rows": table.num_rows, f"{name}_duplicates_collapsed": int((~kept).sum())}
    return unique.combine_chunks(), counts


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _same_numbers(one: str, other: str) -> bool:
    """Whether two texts are one list of numbers, however it is written."""
    if one == other:
        return True
    try:
        lists = [[np.float32(piece) for piece in text.strip().removesuffix(";").split(";")] for text in (one, other)]
    except ValueError:
        return False
    return np.array_equal(lists[0], lists[1], equal_nan=True)


def _read_lists(rows: CsvRows, table: pa.Table, column: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All numbers of a column of ``1.5;2.5`` texts, rounded to float32, and the offsets of each row."""
    lists = []
    for batch in table.select([column]).to_batches(max_chunksize=_ROWS_AT_ONCE):
        texts = batch.column(0)
        numbers = _split_numbers(texts)
        if numbers is None:  # spaces, or a separator after the last number
            numbers = _split_numbers(_tidied(texts))
        if numbers is None:
            raise _first_text(rows, table, column)
        lists.append(numbers)
    values, offsets = ragged(pa.chunked_array(lists, _NUMBERS))
    # The text is read as float64 and then rounded, as np.float32("0.1") does.
    return values.astype(np.float32).astype(np.float64), offsets


def _tidied(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.replace_substring_regex(texts, r"\s+", ""), r";$", "")


def _split_numbers(texts: pa.Array) -> pa.ListArray | None:
    """Give the numbers of each text, null for an empty one; or None where one is no number."""
    filled = pc.if_else(pc.not_equal(texts, ""), texts, pa.scalar(None, pa.string()))
    try:
        return pc.cast(pc.split_pattern(filled, ";"), _NUMBERS)
    except pa.ArrowInvalid:
        return None


def _first_text(rows: CsvRows, table: pa.Table, column: str) -> UserError:
    """Make the error for the first row, in the file's order, whose list holds something else than numbers."""
    for row in sorted(table["row"].to_pylist()):
        text = _tidied(pa.array([rows.table[column][row].as_py()]))
        if _split_numbers(text) is None:
            pieces = text[0].as_py().split(";")
            wrong = next(piece for piece in pieces if not piece or _split_numbers(pa.array([piece])) is None)
            return UserError(
                f"{rows.where(row)}: column {column} holds {wrong!r}, which is not a number; "
                "it must hold numbers joined by semicolons, such as 0.35;0.75"
            )
    raise AssertionError(f"column {column} has a text that cannot be found")
