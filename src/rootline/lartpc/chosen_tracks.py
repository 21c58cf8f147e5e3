"""A few tracks out of large tables, with their pixels; those of all would not fit in a small memory."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY, open_parquet, sort_by_key
from rootline.lartpc.detector import PLANES
from rootline.lartpc.images import CHUNK_TRACKS
from rootline.lartpc.tracks import BOX_SIDES, TRACK_SCHEMA


def read_chosen_tracks(paths: Sequence[Path], keys: pd.DataFrame) -> pa.Table:
    """Read the tracks with the given keys: key, particle, boxes and pixels, in the order of the key.

    Parameters
    ----------
    paths : sequence of paths
        Track tables.
    keys : data frame
        TRACK_KEY of the tracks wanted.

    Raises
    ------
    UserError
        If a table cannot be read or a track is in none of them.
    """
    wanted = pd.MultiIndex.from_frame(keys[list(TRACK_KEY)])
    columns = [*TRACK_KEY, "particle", *(f"{plane}_{name}" for plane in PLANES for name in (*BOX_SIDES, "pixels"))]
    schema = pa.schema([TRACK_SCHEMA.field(name) for name in columns])
    found = [schema.empty_table()]
    for path in paths:
        with open_parquet(path) as file:
            for batch in file.iter_batches(CHUNK_TRACKS, columns=columns):
                table = pa.Table.from_batches([batch])
                there = pd.MultiIndex.from_frame(table.select(list(TRACK_KEY)).to_pandas())
                found.append(table.filter(pa.array(there.isin(wanted))).select(columns).cast(schema))
    joined = pa.concat_tables(found).combine_chunks()
    if len(joined) != len(wanted):
        raise UserError(f"{len(wanted)} tracks were chosen, {len(joined)} of them are in the tables; run again")
    return sort_by_key(joined, key=TRACK_KEY, name="chosen tracks")
