"""Parquet files as a failing disk leaves them."""

from pathlib import Path

import pyarrow.parquet as pq


def turn_over_a_bit(path: Path, column: str) -> None:
    """Turn over a bit at the very end of what a flat column holds."""
    group = pq.read_metadata(path).row_group(0)
    chunks = [group.column(place) for place in range(group.num_columns)]
    (chunk,) = [each for each in chunks if each.path_in_schema == column]
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data = bytearray(path.read_bytes())
    data[start + chunk.total_compressed_size - 1] ^= 1
    path.write_bytes(data)
