"""One GPU for each job of a machine that has several, or a place on one.

Snakemake counts GPUs but assigns none, so that two jobs would both take the
first one. Each job therefore locks a GPU that is free and hides the others
from itself. The lock is one of the operating system's: it ends with the job,
whatever way that ends, and no job has to clean up behind another.

A GPU has one place unless ROOTLINE_JOBS_PER_GPU gives it more.
"""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rootline.core.errors import UserError
from rootline.core.screen import tell

VISIBLE_VARIABLE: Final = "CUDA_VISIBLE_DEVICES"
SHARING_VARIABLE: Final = "ROOTLINE_JOBS_PER_GPU"
_LOOK_AGAIN_S: Final = 1.0

_held: list[int] = []
"""Open files whose locks this process holds until it ends; children do not inherit them."""


def reserve_gpu(gpus: Sequence[str] | None = None, *, folder: Path | None = None) -> str | None:
    """Take a GPU, or a place on one, for this process and make it the only one that CUDA shows it.

    Call it before anything in the process has asked CUDA about GPUs; CUDA
    looks at the variable once. Of several it takes one with the most places
    free; where all are taken it waits, with a line on the screen.

    A CUDA_VISIBLE_DEVICES that is set already, by SLURM, a transport script or
    the user, is obeyed: of several GPUs in it one is taken, and one alone, or
    none, is left as it is, and nothing is locked.

    Jobs of other users are not seen, nor those in another container.

    Parameters
    ----------
    gpus : sequence of str, optional
        What to choose from, in the order of preference, as CUDA_VISIBLE_DEVICES
        names it; without it, those that `list_gpus` finds. Either way that
        variable comes first.
    folder : path, optional
        Where the locks lie, the same for all processes that shall see them.

    Returns
    -------
    str or None
        The GPU that this process has locked, None if there is none to lock.

    Raises
    ------
    UserError
        If the folder is not this user's own, or ROOTLINE_JOBS_PER_GPU no whole number above 0.
    """
    folder = _lock_folder() if folder is None else folder
    if VISIBLE_VARIABLE in os.environ:
        found: Sequence[str] = [name.strip() for name in os.environ[VISIBLE_VARIABLE].split(",")]
        if len(found) < 2:
            return None
        # Numbers that SLURM gives count the GPUs of that job alone: in another job they name others.
        folder = folder / os.environ.get("SLURM_JOB_ID", "")
    else:
        found = list_gpus() if gpus is None else gpus
    if not found:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise UserError(f"{folder} belongs to another user, and locks of GPUs should lie there; have it removed")
    n_places = _jobs_per_gpu()
    chosen = _take_place(found, n_places, folder)
    if chosen is None:
        what = "GPU" if n_places == 1 else f"one of the {n_places} places on each GPU"
        tell(f"  every {what} of this machine is taken by other jobs; waiting for one (locks in {folder})")
        while chosen is None:
            time.sleep(_LOOK_AGAIN_S)
            chosen = _take_place(found, n_places, folder)
        tell(f"  goes on, on {chosen}")
    os.environ[VISIBLE_VARIABLE] = chosen
    return chosen


def list_gpus() -> list[str]:
    """Name this machine's NVIDIA GPUs by their UUIDs, in the order of the bus; none where there is no driver.

    It asks nvidia-smi, since asking CUDA would fix what this process may see.
    """
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=uuid", "--format=csv,noheader"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in asked.stdout.splitlines() if line.startswith("GPU-")]


def _lock_folder() -> Path:
    # Not TMPDIR, which differs from job to job.
    return Path("/tmp") / f"rootline-gpus-{os.getuid()}"  # noqa: S108


def _jobs_per_gpu() -> int:
    given = os.environ.get(SHARING_VARIABLE, "") or "1"
    if not (given.isascii() and given.isdecimal() and int(given) > 0):
        raise UserError(f"{SHARING_VARIABLE}={given}: must be a whole number of 1 at least, or not set at all")
    return int(given)


def _take_place(gpus: Sequence[str], n_places: int, folder: Path) -> str | None:
    with (folder / "choice.lock").open("w") as choosing:
        fcntl.flock(choosing, fcntl.LOCK_EX)  # one chooses at a time: what is only tried would look taken to the others
        free = {gpu: _lock_free(gpu, n_places, folder) for gpu in gpus}
        chosen = max(gpus, key=lambda gpu: len(free[gpu]))  # the first of those with as many
        kept = free[chosen][:2]
        for descriptor in (each for found in free.values() for each in found if each not in kept):
            os.close(descriptor)
    _held.extend(kept)
    return chosen if kept else None


def _lock_free(gpu: str, n_places: int, folder: Path) -> list[int]:
    """Lock what is free of a GPU: itself, which those who have a place on it share, and each place; nothing if it is taken."""
    whole = _lock(folder / f"{gpu}.lock", (fcntl.LOCK_SH if n_places > 1 else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    if whole is None:
        return []
    places = [
        place
        for number in range(n_places)
        if (place := _lock(folder / f"{gpu}.{number}.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)) is not None
    ]
    if not places:
        os.close(whole)
        return []
    return [whole, *places]


def _lock(file: Path, how: int) -> int | None:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
