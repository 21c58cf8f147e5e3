"""The track table: its columns, and the ragged arrays that lie in it.

A track is a matched pair of clusters, one per plane. Its pixels are lists in
raster order (wires first, then ticks), their wires and ticks counted in the
plane, not in the cluster's box. Boxes are half open.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY, describe_key, read_table, sort_by_key
from rootline.lartpc.detector import PLANES

HYPOTHESES: Final = ("kaon", "proton")
"""Particles whose expected curves every track is compared with."""

BOX_SIDES: Final = ("wire_min", "wire_max", "tick_min", "tick_max")

_INT16_LIST = pa.list_(pa.int16())
_PIXELS = pa.struct([("wire", _INT16_LIST), ("tick", _INT16_LIST), ("adc", _INT16_LIST)])


def _plane_fields(plane: str) -> list[pa.Field]:
    boxes = [pa.field(f"{plane}_{side}", pa.int32()) for side in BOX_SIDES]
    return [*boxes, pa.field(f"{plane}_pixels", _PIXELS), pa.field(f"{plane}_profile", _INT16_LIST)]


TRACK_SCHEMA: Final = pa.schema(
    [
        ("sample", pa.string()),
        ("run", pa.int64()),
        ("subrun", pa.int64()),
        ("event", pa.int64()),
        ("track", pa.int32()),
        ("particle", pa.string()),
        ("cluster_collection", pa.int32()),
        ("cluster_induction", pa.int32()),
        ("match_score", pa.float64()),
        *(field for plane in PLANES for field in _plane_fields(plane)),
        ("p", pa.int64()),
        ("m", pa.int64()),
        ("beamline_mass", pa.float64()),  # [MeV/c2]
        ("residual_range", pa.list_(pa.float64())),  # [cm]
        ("dedx", pa.list_(pa.float64())),  # [MeV/cm]
        *((f"chi2_{hypothesis}", pa.float64()) for hypothesis in HYPOTHESES),
        ("hypothesis", pa.string()),
    ]
)
"""Columns of ``tracks/{sample}.parquet``, in order. Null: p, m, beamline_mass where the beamline file has no such
event; residual_range, dedx, chi2 and hypothesis for the roles that need no reconstruction."""


class Pixels(NamedTuple):
    """All pixels of one plane, track after track.

    Attributes
    ----------
    track : (n_pixels,) int64 array
        Row of the track table that the pixel belongs to, rising.
    wire, tick : (n_pixels,) int16 arrays
        Position in the plane.
    adc : (n_pixels,) int16 array
        Charge [ADC].
    offsets : (n_tracks + 1,) int64 array
        Pixels of row i are ``offsets[i]:offsets[i + 1]``.
    """

    track: NDArray[np.int64]
    wire: NDArray[np.int16]
    tick: NDArray[np.int16]
    adc: NDArray[np.int16]
    offsets: NDArray[np.int64]


def plane_pixels(tracks: pa.Table, plane: str) -> Pixels:
    """Give the pixels of every track in one plane as flat arrays.

    Raises
    ------
    UserError
        If a track's wire, tick and adc lists differ in length.
    """
    column = f"{plane}_pixels"
    wire, offsets = ragged(pc.struct_field(tracks[column], "wire"))
    tick, tick_offsets = ragged(pc.struct_field(tracks[column], "tick"))
    adc, adc_offsets = ragged(pc.struct_field(tracks[column], "adc"))
    for name, other in (("tick", tick_offsets), ("adc", adc_offsets)):
        _require_equal_lengths(tracks, offsets, other, names=(f"{column}.wire", f"{column}.{name}"))
    track = np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))
    return Pixels(track, wire, tick, adc, offsets)


def plane_profiles(tracks: pa.Table, plane: str) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Give the profiles of one plane: per-wire maximum ADC, first wire of the box first.

    Returns
    -------
    (n_wires,) int16 array, (n_tracks + 1,) int64 array
        Flat values and the offsets of each track in them.

    Raises
    ------
    UserError
        If a profile is not as long as its box is high.
    """
    values, offsets = ragged(tracks[f"{plane}_profile"])
    heights = plane_boxes(tracks, plane)
    expected = np.concatenate([[0], np.cumsum(heights[:, 1] - heights[:, 0])])
    _require_equal_lengths(tracks, expected, offsets, names=(f"the wires of the {plane} box", f"{plane}_profile"))
    return values, offsets


def plane_boxes(tracks: pa.Table, plane: str) -> NDArray[np.int64]:
    """Give (n_tracks, 4) boxes of one plane: wire_min, wire_max, tick_min, tick_max, half open."""
    sides = [tracks[f"{plane}_{side}"].to_numpy().astype(np.int64) for side in BOX_SIDES]
    return np.stack(sides, axis=1)


def read_tracks(paths: Sequence[Path], *, columns: Sequence[str] | None = None) -> pa.Table:
    """Read track tables as one, in the order of the key.

    Parameters
    ----------
    paths : sequence of paths
        Tables of different samples, in any order.
    columns : sequence of str, optional
        Those wanted beside the key; all by default.

    Raises
    ------
    UserError
        If a file cannot be read, lacks a column, has one of another type, or
        if two rows share a key.
    """
    if not paths:
        raise UserError("no track table was named; name at least one")
    wanted = TRACK_SCHEMA.names if columns is None else list(dict.fromkeys((*TRACK_KEY, *columns)))
    schema = pa.schema([TRACK_SCHEMA.field(name) for name in wanted])
    tables = []
    for path in paths:
        table = read_table(path, key=TRACK_KEY, columns=wanted).select(wanted)
        require_columns(path, table.schema, wanted)
        tables.append(table.cast(schema))
    joined = pa.concat_tables(tables).combine_chunks()
    return sort_by_key(joined, key=TRACK_KEY, name=", ".join(map(str, paths)))


def require_columns(path: Path, found: pa.Schema, wanted: Sequence[str]) -> None:
    """Raise a UserError if a track table lacks one of the columns or has it with another type than `TRACK_SCHEMA`."""
    if missing := [name for name in wanted if name not in found.names]:
        raise UserError(f"{path}: no column {', '.join(missing)}; rebuild the tracks")
    for field in (TRACK_SCHEMA.field(name) for name in wanted):
        kind = found.field(field.name).type
        if not kind.equals(field.type) and not _same_but_for_names(kind, field.type):
            raise UserError(f"{path}: column {field.name} is {kind}, must be {field.type}; rebuild the tracks")


def _same_but_for_names(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Parquet renames the items of a list; pandas writes large strings and lists."""
    if pa.types.is_struct(found) and pa.types.is_struct(wanted):
        names = [field.name for field in found] == [field.name for field in wanted]
        return names and all(_same_but_for_names(a.type, b.type) for a, b in zip(found, wanted, strict=True))
    if (pa.types.is_list(found) or pa.types.is_large_list(found)) and pa.types.is_list(wanted):
        return bool(found.value_type.equals(wanted.value_type))
    if pa.types.is_large_string(found) and pa.types.is_string(wanted):
        return True
    return bool(found.equals(wanted))


def ragged(column: pa.ChunkedArray | pa.Array) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Give a list column as flat values and (n_rows + 1,) offsets; a null list counts as empty."""
    lists = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(lists, pa.ChunkedArray):  # a column without rows combines to no chunk
        lists = pa.array([], column.type) if lists.num_chunks == 0 else lists.chunk(0)
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    return lists.flatten().to_numpy(zero_copy_only=False), offsets


def _require_equal_lengths(
    tracks: pa.Table, left: NDArray[np.int64], right: NDArray[np.int64], *, names: tuple[str, str]
) -> None:
    left_lengths, right_lengths = np.diff(left), np.diff(right)
    different = np.flatnonzero(left_lengths != right_lengths)
    if len(different):
        row = int(different[0])
        key = tracks.select([name for name in TRACK_KEY if name in tracks.column_names]).slice(row, 1).to_pylist()[0]
        raise UserError(
            f"track {describe_key(key)}: {names[0]} and {names[1]} differ in length, {left_lengths[row]} and "
            f"{right_lengths[row]}, in {len(different)} of {len(left_lengths)} tracks; rebuild the track table"
        )
