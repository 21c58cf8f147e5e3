"""What keeps a whole run from starting: a full or read-only disk, the lock of another run."""

import os
import shlex
import shutil
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rootline.core.errors import UserError

FULL_BELOW_BYTES: Final = 100_000
"""With less than this, not even the logs of a run have room."""

_PROCESSES: Final = Path("/proc")


def refuse_unwritable(folders: Iterable[Path]) -> None:
    """Stop before the first job where nothing can be written.

    Parameters
    ----------
    folders : iterable of paths
        Folders that jobs write to; those that are missing will be made.

    Raises
    ------
    UserError
        Naming the folder and the remedy.
    """
    for folder in folders:
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            raise UserError(
                f"{folder}: nothing can be written there, it belongs to somebody else or its disk is read-only; "
                "get access, or name another folder as `results` in the config. What is in it was not touched"
            )
    if full := describe_full_disks(folders):
        raise UserError(full)


def describe_full_disks(folders: Iterable[Path]) -> str:
    """Say which of these folders lie on full disks and what to do; empty where none does."""
    full: dict[int, Path] = {}
    for folder in folders:
        if folder.is_dir() and shutil.disk_usage(folder).free < FULL_BELOW_BYTES:
            full.setdefault(folder.stat().st_dev, folder.absolute())
    return "\n".join(
        f"{folder}: the disk is full; free some space on it, then give the same command again. What is finished stays"
        for folder in full.values()
    )


def describe_lock(folder: Path, arguments: Sequence[str]) -> str:
    """Say who holds the lock of a working folder, and the command that clears it where nobody does.

    Parameters
    ----------
    folder : Path
        Where Snakemake works, with its `.snakemake`.
    arguments : sequence of str
        Of the command that found the lock.
    """
    command = shlex.join(["snakemake", *(argument for argument in arguments if argument != "--unlock"), "--unlock"])
    if running := _find_snakemakes(folder):
        named = " and ".join(map(str, running))
        return (
            f"{folder} is locked: another snakemake works here (process {named}). Wait until it has ended, "
            "or end it by Ctrl-C where it was started, then give the same command again."
        )
    return (
        f"{folder} is locked, though no snakemake works here on {socket.gethostname()}: one was killed, or it runs on "
        f"another machine.\nIf none runs, clear the lock, then give the same command again; it goes on where the other stopped:\n"
        f"  {command}"
    )


def _find_snakemakes(folder: Path) -> list[int]:
    """List the processes of Snakemake in a folder other than this one, lowest number first; none where the system has no /proc."""
    found = []
    for process in _PROCESSES.glob("[0-9]*"):
        try:
            is_here = (process / "cwd").samefile(folder)
            words = (process / "cmdline").read_bytes().split(b"\0")[:4] if is_here else []
        except OSError:  # it has ended, or is somebody else's
            continue
        if int(process.name) != os.getpid() and any(os.path.basename(word) == b"snakemake" for word in words):  # noqa: PTH119 (bytes)
            found.append(int(process.name))
    return sorted(found)
