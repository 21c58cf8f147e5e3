"""Tables whose rows have names: read, write and join by key, never by position.

A table is a `pyarrow.Table`; the ragged columns of clusters and tracks stay
Arrow lists. Flat tables go to pandas and back without loss. On disk it is
Parquet, and its rows lie in the order of its key.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rootline.core.counted import check_counted, numbers_of
from rootline.core.errors import UserError
from rootline.core.files import replacing
from rootline.core.refusals import unreadable

EVENT_KEY = ("sample", "run", "subrun", "event")
TRACK_KEY = (*EVENT_KEY, "track")
CLUSTER_KEY = (*EVENT_KEY, "plane", "cluster")

WRITTEN: Final = {"compression": "zstd", "write_page_checksum": True}
"""How every Parquet file of ours is written: a bit that turns over on a disk is an error and no number."""

READ: Final = {"page_checksum_verification": True}
"""How every one is read; a file of another program has no checksums, and is taken as it is."""

_UNREADABLE = (pa.ArrowException, OSError, ValueError)  # the last for names of columns that are no UTF-8


def write_table(path: Path, table: pa.Table | pd.DataFrame, *, key: Sequence[str]) -> None:
    """Write a table as Parquet in the order of its key, whole or not at all.

    Raises
    ------
    UserError
        If a key column is missing or two rows share a key.
    ValueError
        If a number has an interval but no n in its row; a row of one track counts as one.
    """
    arrow = sort_by_key(_to_arrow(table), key=key, name=str(path))
    if numbers_of(arrow.column_names) and not set(TRACK_KEY) <= set(arrow.column_names):
        check_counted(arrow.to_pandas(), name=path.name)
    with replacing(path) as unfinished:
        pq.write_table(arrow, unfinished, **WRITTEN)


@contextmanager
def open_parquet(path: Path, **options: Any) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file of ours; what cannot be read within the block, or fails its checksum, is a UserError.

    Write within it to no other file: of a full disk, the error would name this one.
    """
    try:
        with pq.ParquetFile(path, **READ, **options) as file:
            yield file
    except _UNREADABLE as error:
        raise unreadable(path, "Parquet", error) from error


def read_table(
    path: Path, *, key: Sequence[str], columns: Sequence[str] | None = None, where: Mapping[str, object] | None = None
) -> pa.Table:
    """Read a Parquet table and put its rows in the order of `key`.

    Whoever wrote the file may have had another order; what is computed from
    it must not depend on that. `columns` names those wanted beside the key,
    `where` the values that the wanted rows have.
    """
    rows = None if where is None else [(column, "==", value) for column, value in where.items()]
    wanted = None if columns is None else list(dict.fromkeys((*key, *columns)))
    with open_parquet(path) as file:
        there = file.schema_arrow.names
        if missing := [column for column in wanted or key if column not in there]:
            raise UserError(
                f"{path}: no column {', '.join(missing)}; it has {', '.join(there)}. If it was changed, delete it and run again"
            )
        if rows is None:
            table = _checked(file.read(columns=wanted))
        else:  # without partitioning: a folder called run=1 is no column
            table = _checked(pq.read_table(path, columns=wanted, filters=rows, partitioning=None, **READ))
    return sort_by_key(table, key=key, name=str(path))


def read_frame(
    path: Path, *, key: Sequence[str], columns: Sequence[str] | None = None, where: Mapping[str, object] | None = None
) -> pd.DataFrame:
    """Read a flat Parquet table, see `read_table`, as a data frame with the rows in the order of `key`."""
    frame: pd.DataFrame = read_table(path, key=key, columns=columns, where=where).to_pandas()
    return frame


def read_numbers(path: Path) -> pd.DataFrame:
    """Read a Parquet table in the order of its rows, whatever its key is."""
    with open_parquet(path) as file:
        frame: pd.DataFrame = _checked(file.read()).to_pandas()
    return frame


def read_frames(paths: Sequence[Path], *, key: Sequence[str]) -> pd.DataFrame:
    """Read flat Parquet tables of different rows as one data frame with the rows in the order of `key`.

    Raises
    ------
    UserError
        If one cannot be read, two rows share a key, or the columns differ.
    """
    tables = [read_table(path, key=key) for path in paths]
    names = ", ".join(map(str, paths))
    if any(table.column_names != tables[0].column_names for table in tables):
        raise UserError(f"{names}: have different columns; delete them and run again")
    joined = pa.concat_tables(tables, promote_options="permissive")
    frame: pd.DataFrame = sort_by_key(joined, key=key, name=names).to_pandas()
    return frame


def sort_by_key(table: pa.Table, *, key: Sequence[str], name: str) -> pa.Table:
    """Give the table in the order of its key; `name` is how an error calls it.

    Raises
    ------
    UserError
        If a key column is missing, a key is null, or two rows share a key.
    """
    if missing := [column for column in key if column not in table.column_names]:
        raise UserError(f"{name}: no key column {', '.join(missing)}; it has {', '.join(table.column_names)}")
    keys = _plain_columns(table.select(list(key)))
    for column in key:
        if keys[column].null_count:
            raise UserError(f"{name}: {keys[column].null_count} rows have no {column}")
    order = pc.sort_indices(keys, sort_keys=[(column, "ascending") for column in key])
    if len(order) > 1:
        same = np.ones(len(order) - 1, dtype=bool)
        for column in key:
            values = keys[column].take(order).combine_chunks()
            same &= pc.equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
        if same.any():
            row = keys.take(order[int(np.argmax(same)) : int(np.argmax(same)) + 1]).to_pylist()[0]
            raise UserError(f"{name}: {int(same.sum())} duplicate keys, the first is {describe_key(row)}")
    if bool(np.all(np.asarray(order)[1:] > np.asarray(order)[:-1])):
        return table
    return table.take(order)


def join_strict(left: pd.DataFrame, right: pd.DataFrame, *, key: Sequence[str], names: tuple[str, str]) -> pd.DataFrame:
    """Join two tables that must hold the very same keys; `names` are used in errors.

    Returns
    -------
    data frame
        The columns of both, in the order of the key.

    Raises
    ------
    UserError
        If a key is doubled in either, or has no partner in the other.
    ValueError
        If a column beside the key is in both.
    """
    for frame, name in zip((left, right), names, strict=True):
        doubled = frame.duplicated(list(key))
        if doubled.any():
            first = frame.loc[doubled, list(key)].iloc[0].to_dict()
            raise UserError(f"{name}: {int(doubled.sum())} duplicate keys, the first is {describe_key(first)}")
    if shared := [column for column in left.columns if column in right.columns and column not in key]:
        raise ValueError(f"{names[0]} and {names[1]} both have {', '.join(shared)}; drop it from one of them")
    joined = left.merge(right, on=list(key), how="outer", indicator="_side", validate="one_to_one")
    alone = joined[joined["_side"] != "both"]
    if len(alone):
        row = alone.iloc[0]
        there, lacking = names if row["_side"] == "left_only" else names[::-1]
        raise UserError(
            f"{len(alone)} keys lack a partner; the first, {describe_key(row[list(key)].to_dict())}, "
            f"is in {there} but not in {lacking}; the two were made from different inputs, run again to rebuild them"
        )
    return joined.drop(columns="_side").sort_values(list(key), ignore_index=True)


def describe_key(row: Mapping[Any, object]) -> str:
    """Write a key as people read it: ``sample=protons run=1 subrun=2 event=3``."""
    return " ".join(f"{column}={value}" for column, value in row.items())


def _checked(table: pa.Table) -> pa.Table:
    """Give a table that was read, without pandas' notes; its text is UTF-8 and its lists lie within their values."""
    table.validate(full=True)
    return table.replace_schema_metadata(None)


def _to_arrow(table: pa.Table | pd.DataFrame) -> pa.Table:
    if isinstance(table, pa.Table):
        return table.replace_schema_metadata(None)
    return pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)


def _plain_columns(table: pa.Table) -> pa.Table:
    """Decode dictionary columns (pandas' categories), which Arrow can neither sort nor compare."""
    for position, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(position, field.name, table[field.name].cast(field.type.value_type))
    return table
