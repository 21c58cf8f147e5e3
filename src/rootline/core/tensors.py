"""Named arrays on disk as safetensors: no code in the file, the shape checked before anything is loaded."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from rootline.core.files import replacing
from rootline.core.refusals import unreadable


def write_tensors(
    path: Path, arrays: Mapping[str, NDArray[np.generic]], metadata: Mapping[str, str] | None = None
) -> None:
    """Write named arrays, whole or not at all; `metadata` is text that travels in the header."""
    data = save({name: np.asarray(array, order="C") for name, array in arrays.items()})
    with replacing(path) as unfinished:  # save_file would leave a file of its own beside it if it is killed
        unfinished.write_bytes(_add_metadata(data, metadata) if metadata else data)


def _add_metadata(data: bytes, metadata: Mapping[str, str]) -> bytes:
    """Put sorted metadata into the header; safetensors itself writes its entries in another order each time."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = {"__metadata__": dict(sorted(metadata.items())), **json.loads(data[8:end])}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the format aligns the data to 8 bytes
    return len(text).to_bytes(8, "little") + text + data[end:]


def read_tensors(path: Path) -> dict[str, NDArray[np.generic]]:
    """Read all arrays of a safetensors file, in the order of their names.

    Raises
    ------
    UserError
        If the file is not whole or not safetensors.
    """
    try:
        with safe_open(path, framework="np") as stream:
            return {name: stream.get_tensor(name) for name in sorted(stream.keys())}
    except (SafetensorError, OSError) as error:
        raise unreadable(path, "safetensors", error) from error


def read_metadata(path: Path) -> dict[str, str]:
    """Read the text that travels in the header."""
    try:
        with safe_open(path, framework="np") as stream:
            return stream.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise unreadable(path, "safetensors", error) from error
