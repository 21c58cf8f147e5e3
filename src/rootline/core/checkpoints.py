"""The state of an unfinished training, from which a killed job goes on.

One safetensors file in a folder of its own: arrays, and a note in JSON in the
header. It is replaced as a whole, so what is found there is one moment of one
training, and has a checksum, so that no damage on a disk or a way becomes
part of a model. It is no output of the workflow, which removes the outputs of a
failed job.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.files import write_text
from rootline.core.screen import tell
from rootline.core.tensors import read_metadata, read_tensors, write_tensors

FILE_NAME: Final = "checkpoint.safetensors"
HISTORY_NAME: Final = "diverged.tsv"
SHARE_OF_TIME: Final = 0.05
"""Writing checkpoints may take this share of the training at most, however often they are asked for."""


class Checkpoints:
    """Save and find the state of one training.

    Parameters
    ----------
    folder : path
        Where the state lies; made when it is first saved.
    digest : str
        Stands for everything that decides the result (config, data, code). A
        state saved under another digest is left aside.
    finished : str, optional
        A digest for the last state of a training, after which no epoch
        follows. It may stand for less than `digest`, for a finished state is
        good wherever it was made.
    every_minutes : float
        How far apart the states are that `due` asks for; 0 for as often as
        `SHARE_OF_TIME` allows. The first one is due at once, so that a folder
        that cannot be written to is not found out hours later.
    """

    def __init__(self, folder: Path, *, digest: str, finished: str | None = None, every_minutes: float = 0.0) -> None:
        self.folder = folder
        self._file, self._digest, self._finished = folder / FILE_NAME, digest, finished or digest
        self._every_s = 60 * every_minutes
        self._next_save = 0.0

    def save(self, arrays: Mapping[str, NDArray[Any]], note: Mapping[str, Any], *, finished: bool = False) -> None:
        """Keep this state in place of an older one; `finished` if no epoch follows it."""
        started = time.monotonic()
        digest = self._finished if finished else self._digest
        # Keys keep their order, as columns made of them do.
        header = json.dumps({"digest": digest, "note": note, "checksum": _checksum(digest, note, arrays)})
        write_tensors(self._file, arrays, {"state": header})
        written = time.monotonic()
        self._next_save = written + max(self._every_s, (written - started) / SHARE_OF_TIME)

    @property
    def due(self) -> bool:
        """True once `every_minutes` have passed since the last save and another one keeps within `SHARE_OF_TIME`."""
        return time.monotonic() >= self._next_save

    def save_history(self, rows: Sequence[Mapping[str, Any]]) -> Path:
        """Write the epochs of a training that failed, one mapping each with the same keys, as a table; give its path.

        It lies beside the state and outlives the failure, as the outputs of the job do not.
        """
        lines = ["\t".join(rows[0]), *("\t".join(str(value) for value in row.values()) for row in rows)]
        write_text(self.folder / HISTORY_NAME, "\n".join(lines) + "\n")
        return self.folder / HISTORY_NAME

    def find(self) -> tuple[dict[str, NDArray[np.generic]], dict[str, Any]] | None:
        """Give arrays and note of the saved state, None where there is none of this training."""
        if not self._file.is_file():
            return None
        try:
            header, arrays = self._read()
        except (UserError, KeyError, TypeError, ValueError):
            tell(f"  {self._file} is no whole checkpoint; starting anew")
            return None
        if header["digest"] not in (self._digest, self._finished):
            tell(f"  {self._file} is of a training with other settings, data or code; starting anew")
            return None
        return arrays, header["note"]

    def _read(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        header, arrays = json.loads(read_metadata(self._file)["state"]), read_tensors(self._file)
        if header["checksum"] != _checksum(header["digest"], header["note"], arrays):
            raise ValueError("damaged after it was written")
        return header, arrays


def _checksum(digest: str, note: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    found = hashlib.sha256(json.dumps([digest, note]).encode())
    for name in sorted(arrays):
        array = np.atleast_1d(arrays[name])  # a scalar may come back as an array of one
        found.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def clear_checkpoints(folder: Path) -> None:
    """Remove what was kept of a training whose results are written, and the folder if it held nothing else."""
    for name in (FILE_NAME, HISTORY_NAME):
        for file in (folder / name, *folder.glob(f".{Path(name).stem}-*")):  # the latter: killed while writing
            file.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
