"""The state of an unfinished training, from which a killed job goes on.

One safetensors file in a folder of its own: arrays, and a note in JSON in the
header. It is replaced as a whole, so what is found there is one moment of one
training. It is no output of the workflow, which removes the outputs of a
failed job.
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.screen import tell
from rootline.core.tensors import read_metadata, read_tensors, write_tensors

FILE_NAME: Final = "checkpoint.safetensors"
SHARE_OF_TIME: Final = 0.05
"""Writing checkpoints may take this share of the training at most."""


class Checkpoints:
    """Save and find the state of one training.

    Parameters
    ----------
    folder : path
        Where the state lies; made when it is first saved.
    digest : str
        Stands for everything that decides the result (config, data, code). A
        state saved under another digest is left aside.
    """

    def __init__(self, folder: Path, *, digest: str) -> None:
        self._file, self._digest = folder / FILE_NAME, digest
        self._next_save = 0.0

    def save(self, arrays: Mapping[str, NDArray[Any]], note: Mapping[str, Any]) -> None:
        """Keep this state in place of an older one."""
        started = time.monotonic()
        header = json.dumps({"digest": self._digest, "note": note})  # keys keep their order, as columns made of them do
        write_tensors(self._file, arrays, {"state": header})
        finished = time.monotonic()
        self._next_save = finished + (finished - started) / SHARE_OF_TIME

    @property
    def due(self) -> bool:
        """True once another save keeps within `SHARE_OF_TIME`."""
        return time.monotonic() >= self._next_save

    def find(self) -> tuple[dict[str, NDArray[np.generic]], dict[str, Any]] | None:
        """Give arrays and note of the saved state, None where there is none of this training."""
        if not self._file.is_file():
            return None
        try:
            header = json.loads(read_metadata(self._file)["state"])
            if header["digest"] != self._digest:
                tell(f"  {self._file} is of a training with other settings, data or code; starting anew")
                return None
            return read_tensors(self._file), header["note"]
        except (UserError, KeyError, TypeError, ValueError):
            tell(f"  {self._file} is no whole checkpoint; starting anew")
            return None


def clear_checkpoints(folder: Path) -> None:
    """Remove the state of a training whose results are written, and the folder if it held nothing else."""
    for file in (folder / FILE_NAME, *folder.glob(f".{Path(FILE_NAME).stem}-*")):  # the latter: killed while writing
        file.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
