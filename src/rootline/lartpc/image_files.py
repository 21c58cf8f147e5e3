"""Track tables to one file of images, a few hundred tracks at a time.

All pixels of a large study do not fit in a small memory; neither need all of
its images.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.files import replacing
from rootline.core.screen import Progress
from rootline.core.tables import TRACK_KEY, open_parquet
from rootline.core.tensors import read_tensors
from rootline.lartpc.detector import PLANES
from rootline.lartpc.images import CHUNK_TRACKS, ImageConfig, render_images
from rootline.lartpc.tracks import BOX_SIDES, read_tracks, require_columns

READ_BUFFER_BYTES = 1 << 20  # without a buffer, pyarrow holds whole columns of a file at once


def write_images(path: Path, tracks: Sequence[Path], options: ImageConfig) -> pa.Table:
    """Render all tracks of some tables to the tensor ``images`` of one safetensors file.

    Parameters
    ----------
    path : path
        The safetensors file; its images lie in the order of TRACK_KEY.
    tracks : sequence of paths
        Track tables, in any order.
    options : ImageConfig
        Canvas, size and resampling.

    Returns
    -------
    table
        TRACK_KEY, particle, and row (int64), the place of the track's image in the tensor.

    Raises
    ------
    UserError
        If a table cannot be read or two tracks share a key.
    """
    keys = read_tracks(tracks, columns=["particle"])
    keys = keys.append_column("row", pa.array(np.arange(len(keys), dtype=np.int64)))
    rows_of = keys.select([*TRACK_KEY, "row"]).to_pandas()
    counter = Progress("render_images", total=len(keys), unit="tracks")
    with _tensor_to_fill(path, "images", (len(keys), len(PLANES), options.size, options.size)) as fill:
        for chunk in _chunks(tracks):
            rows = chunk.select(list(TRACK_KEY)).to_pandas().merge(rows_of, on=list(TRACK_KEY), how="left")["row"]
            fill(rows.to_numpy(dtype=np.int64), render_images(chunk, options))
            counter.advance(len(chunk))
    return keys


def read_images(path: Path) -> NDArray[np.float32]:
    """Read the images of one file, (n, plane, wires, ticks) float32 raw ADC.

    Raises
    ------
    UserError
        If the file is damaged or holds something else.
    """
    arrays = read_tensors(path)
    images = arrays.get("images")
    if images is None or images.ndim != 4 or images.dtype != np.float32:
        found = ", ".join(f"{name} {array.dtype}{list(array.shape)}" for name, array in arrays.items()) or "nothing"
        raise UserError(f"{path}: needs a tensor images, float32 (n, plane, wires, ticks); it holds {found}")
    return images.astype(np.float32, copy=False)


def _chunks(tracks: Sequence[Path]) -> Iterator[pa.Table]:
    columns = [*TRACK_KEY, *(f"{plane}_{name}" for plane in PLANES for name in (*BOX_SIDES, "pixels"))]
    for path in tracks:
        with open_parquet(path, buffer_size=READ_BUFFER_BYTES) as file:
            require_columns(path, file.schema_arrow, columns)
            for batch in file.iter_batches(CHUNK_TRACKS, columns=columns):
                yield pa.Table.from_batches([batch])


@contextmanager
def _tensor_to_fill(
    path: Path, name: str, shape: tuple[int, ...]
) -> Iterator[Callable[[NDArray[np.int64], NDArray[np.float32]], None]]:
    """Make a safetensors file of one float32 tensor; what is yielded puts values into some of its rows."""
    n_bytes = 4 * int(np.prod(shape, dtype=np.int64))
    described = {name: {"dtype": "F32", "shape": list(shape), "data_offsets": [0, n_bytes]}}
    header = json.dumps(described, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)  # the format aligns the data to 8 bytes
    with replacing(path) as unfinished:
        with unfinished.open("wb") as stream:
            stream.write(len(header).to_bytes(8, "little") + header)
            stream.flush()
            _take_space(stream.fileno(), 8 + len(header) + n_bytes)

        def fill(rows: NDArray[np.int64], values: NDArray[np.float32]) -> None:
            # Mapped anew each time: pages that are written and let go do not count as this job's memory.
            tensor = np.memmap(unfinished, dtype="<f4", mode="r+", offset=8 + len(header), shape=shape)
            tensor[rows] = values

        yield fill


def _take_space(descriptor: int, n_bytes: int) -> None:
    """Make an open file so long; a full disk is an error here, where later it would kill the process that fills the map."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, n_bytes)
    else:  # macOS
        os.ftruncate(descriptor, n_bytes)
