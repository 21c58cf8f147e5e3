"""The user's own CSV files: read fast, and a fault found by file, line and column.

Accepted without a word: a byte-order mark, CRLF or CR line ends, blank lines,
spaces around names and numbers, quotes, columns that nobody asked for.
"""

import csv
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
from numpy.typing import NDArray

from rootline.core.errors import UserError

Kind = Literal["key", "flag", "number", "text"]
"""key: a whole number in every row; flag: a whole number or nothing; number: any number or nothing; text."""

_ARROW_TYPES = {"key": pa.int64(), "flag": pa.float64(), "number": pa.float64(), "text": pa.string()}
_BLOCK_BYTES = 1 << 24  # a line must fit into one block of Arrow's reader
_HEADER_BYTES = 1 << 20  # a header line ends before this
_ANYTHING = re.compile(rb"\S")


class CsvRows(NamedTuple):
    """Rows of one or more CSV files, one after the other, in the files' order.

    Attributes
    ----------
    table : pa.Table
        The wanted columns; key int64, flag int64 or null, number float64 or
        null (also where it is not finite), text string.
    paths : tuple of paths
        The files.
    first_rows : tuple of int
        Row of the table that each file starts with.
    """

    table: pa.Table
    paths: tuple[Path, ...]
    first_rows: tuple[int, ...]

    def where(self, row: int) -> str:
        """Name the file and the line (counted from 1, the header included) of a row of the table."""
        file = int(np.searchsorted(self.first_rows, row, side="right")) - 1
        lines = _full_lines(_read_bytes(self.paths[file]))
        return f"{self.paths[file]}, line {lines[row - self.first_rows[file] + 1][0]}"


def read_csv(paths: Sequence[Path], columns: Mapping[str, Kind]) -> CsvRows:
    """Read the wanted columns of CSV files that all have them.

    Raises
    ------
    UserError
        Naming the file and, where there is one, the line and the column: no
        such file, an empty file, no such column, a line with too few or too
        many values, a value that is not what its column holds.
    """
    tables = [_read_one(path, columns) for path in paths]
    first_rows = np.cumsum([0, *(table.num_rows for table in tables[:-1])])
    return CsvRows(pa.concat_tables(tables), tuple(paths), tuple(int(row) for row in first_rows))


def _read_one(path: Path, columns: Mapping[str, Kind]) -> pa.Table:
    data = _read_bytes(path)
    names, body_start = _read_header(path, data, columns)
    broken: list[str] = []

    def skip_row(row: pv.InvalidRow) -> str:
        if row.text and row.text.strip():
            broken.append(row.text)
        return "skip"

    if not _ANYTHING.search(data, body_start):  # a header and no rows; Arrow's reader wants at least one
        return pa.table({name: pa.array([], _final_type(kind)) for name, kind in columns.items()})
    body = pa.py_buffer(data).slice(body_start)  # no copy of what may be a large file
    try:
        table = pv.read_csv(
            pa.BufferReader(body),
            read_options=pv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES, use_threads=False),
            # The handler would be given the row as text, which it can only be where it is UTF-8.
            parse_options=pv.ParseOptions(invalid_row_handler=skip_row if _is_utf8(body) else None),
            convert_options=pv.ConvertOptions(
                column_types={name: _ARROW_TYPES[kind] for name, kind in columns.items()},
                include_columns=list(columns),
                strings_can_be_null=False,
            ),
        )
        checked = pa.table({name: _checked(table[name].combine_chunks(), kind) for name, kind in columns.items()})
    except pa.ArrowInvalid as error:
        _raise_first_fault(path, data, names, columns)
        raise UserError(f"{path}: cannot be read as CSV ({error}); write it as comma-separated UTF-8 text") from error
    if broken:
        _raise_first_fault(path, data, names, columns)
        raise UserError(f"{path}: cannot split {broken[0][:80]!r} into {len(names)} values; correct the line")
    return checked


def _is_utf8(data: pa.Buffer) -> bool:
    """Whether the bytes are UTF-8 text; checked where they lie."""
    ends = np.array([0, data.size], dtype=np.int64)
    text = pa.LargeStringArray.from_buffers(1, pa.py_buffer(ends), data)
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); correct the path in the config") from error


def _final_type(kind: Kind) -> pa.DataType:
    return pa.int64() if kind == "flag" else _ARROW_TYPES[kind]


def _checked(values: pa.Array, kind: Kind) -> pa.Array:
    if kind == "key" and values.null_count:
        raise pa.ArrowInvalid("a key is missing")
    if kind == "flag":
        return pc.cast(values, pa.int64())  # refuses what is no whole number
    if kind == "number":
        return pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
    return values


def _read_header(path: Path, data: bytes, columns: Mapping[str, Kind]) -> tuple[list[str], int]:
    """Names of all columns, and the byte where the rows begin."""
    lines = data[:_HEADER_BYTES].splitlines(keepends=True)
    first = next((i for i, line in enumerate(lines) if line.removeprefix(b"\xef\xbb\xbf").strip()), None)
    needed = f"a header line with the columns {', '.join(columns)}"
    if first is None:
        raise UserError(f"{path}: the file is empty; it must begin with {needed}")
    line = lines[first].removeprefix(b"\xef\xbb\xbf")
    try:
        names = [name.strip() for name in next(csv.reader([line.decode("utf-8").strip()]))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f"{path}, line {first + 1}: not CSV text ({error}); it must begin with {needed}, in UTF-8"
        ) from error
    if missing := [name for name in columns if name not in names]:
        close = difflib.get_close_matches(missing[0], names, n=1, cutoff=0.6)
        hint = f"; is {close[0]} meant? rename it" if close else ""
        separator = next((name for name, mark in (("semicolons", ";"), ("tabs", "\t")) if mark in ",".join(names)), "")
        hint = f"; the columns look separated by {separator}, they must be by commas" if separator else hint
        raise UserError(
            f"{path}, line {first + 1}: no column {', '.join(missing)}; it has {', '.join(names)[:300]}{hint}. "
            f"The file must begin with {needed}"
        )
    if doubled := [name for name in columns if names.count(name) > 1]:
        raise UserError(f"{path}, line {first + 1}: two columns are named {doubled[0]}; remove or rename one")
    return names, sum(map(len, lines[: first + 1]))


def _full_lines(data: bytes) -> list[tuple[int, bytes]]:
    """Lines that hold something, with their numbers; the header is the first."""
    lines = data.removeprefix(b"\xef\xbb\xbf").splitlines()
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _raise_first_fault(path: Path, data: bytes, names: list[str], columns: Mapping[str, Kind]) -> None:
    """Read line by line, slowly, and raise on the first that cannot be read."""
    for number, line in _full_lines(data)[1:]:
        try:
            values = next(csv.reader([line.decode("utf-8")]))
        except (UnicodeDecodeError, csv.Error) as error:
            raise UserError(f"{path}, line {number}: not CSV text ({error}); correct the line") from error
        if len(values) != len(names):
            raise UserError(
                f"{path}, line {number}: {len(values)} values, but the header names {len(names)} columns; "
                f"the line is {line.decode()[:80]!r}; correct or remove it"
            )
        row = dict(zip(names, values, strict=True))
        for name, kind in columns.items():
            if fault := _fault(row[name].strip(), kind):
                raise UserError(f"{path}, line {number}: column {name} holds {row[name]!r}, {fault}; correct the line")


def _fault(text: str, kind: Kind) -> str:
    """Say what is wrong with one value, nothing if Arrow's reader takes it."""
    if kind == "text" or (kind != "key" and text in pv.ConvertOptions().null_values):
        return ""
    meaning = "which is not a number" if kind == "number" else "which is not a whole number of 64 bits"
    try:
        number = pa.array([text]).cast(_ARROW_TYPES[kind])
        _checked(number, kind)
    except pa.ArrowInvalid:
        return meaning if text else "which is nothing"
    return ""


def equal_keys(columns: Sequence[NDArray[np.int64]]) -> Iterator[tuple[int, int]]:
    """Yield (first row, later row) for every row whose key an earlier row already has."""
    order = np.lexsort(tuple(columns)[::-1])
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in columns:
        same &= column[order][1:] == column[order][:-1]
    starts = np.concatenate([[True], ~same])
    firsts = order[np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))] if len(order) else order
    for position in np.flatnonzero(~starts):
        yield int(firsts[position]), int(order[position])
