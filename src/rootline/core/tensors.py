"""Named arrays on disk as safetensors: no code in the file, the shape checked before anything is loaded."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from rootline.core.errors import UserError
from rootline.core.files import replacing


def write_tensors(
    path: Path, arrays: Mapping[str, NDArray[np.generic]], metadata: Mapping[str, str] | None = None
) -> None:
    """Write named arrays, whole or not at all; `metadata` is text that travels in the header."""
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    with replacing(path) as unfinished:
        save_file(contiguous, unfinished)
        if metadata:
            _add_metadata(unfinished, metadata)


def _add_metadata(path: Path, metadata: Mapping[str, str]) -> None:
    """Put sorted metadata into the header; safetensors itself writes its entries in another order each time."""
    with replacing(path) as complete, path.open("rb") as old, complete.open("wb") as new:
        header = json.loads(old.read(int.from_bytes(old.read(8), "little")))
        text = json.dumps({"__metadata__": dict(sorted(metadata.items())), **header}, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)  # the format aligns the data to 8 bytes
        new.write(len(text).to_bytes(8, "little") + text)
        shutil.copyfileobj(old, new, 1 << 20)


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
        raise UserError(f"{path}: cannot be read as safetensors ({error}); delete it and run again") from error


def read_metadata(path: Path) -> dict[str, str]:
    """Read the text that travels in the header."""
    try:
        with safe_open(path, framework="np") as stream:
            return stream.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: cannot be read as safetensors ({error}); delete it and run again") from error
