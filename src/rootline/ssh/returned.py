"""Files that came back from a host: verified, then put in place as a whole."""

import os
import shutil
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rootline.core.files import is_below, replacing, sha256
from rootline.ssh.on_host import OUTSIDE


class ReturnedFile(NamedTuple):
    """One entry of the host's list: path in the job's folder, kind (log, checkpoint, output) and SHA-256."""

    name: str
    kind: str
    sha256: str

    @property
    def home(self) -> Path:
        """Where the file belongs on this machine, relative to the working folder or absolute."""
        first, _, rest = self.name.partition("/")
        return Path("/", rest) if first == OUTSIDE else Path(self.name)


def misplaced(
    files: Iterable[ReturnedFile], *, logs: Collection[str], checkpoints: Collection[str], results: Path
) -> list[str]:
    """Name those files that a job has no business to return, so that no host writes where it likes on this machine.

    Logs and checkpoints are those of the job, all else lies in the folder of results.

    Parameters
    ----------
    logs, checkpoints : collections of str
        Files and folders of the job, as they are called there.
    results : path
        Folder of all results on this machine.
    """
    return [file.name for file in files if not _belongs(file, logs, checkpoints, os.path.abspath(results))]  # noqa: PTH100 (text)


def _belongs(file: ReturnedFile, logs: Collection[str], checkpoints: Collection[str], results: str) -> bool:
    if not is_below(file.name):
        return False
    if file.kind == "log":
        return file.name in logs
    if file.kind == "checkpoint":
        return any(file.name.startswith(f"{folder}/") for folder in checkpoints)
    return file.kind == "output" and os.path.abspath(file.home).startswith(f"{results}/")  # noqa: PTH100 (text)


def damaged(files: Iterable[ReturnedFile], folder: Path) -> list[str]:
    """Name those files whose bytes in `folder` are not the ones that the host listed, or that are missing."""
    return [file.name for file in files if not _is_whole(file, folder)]


def _is_whole(file: ReturnedFile, folder: Path) -> bool:
    path = folder / file.name
    return path.is_file() and sha256(path) == file.sha256


def put_in_place(source: Path, target: Path) -> None:
    """Move a file to its place in one step, also onto another file system. It gets the time of this machine's clock."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as unfinished:
        shutil.copyfile(source, unfinished)
    source.unlink()


def mirror_checkpoints(staged: Path, folders: Mapping[str, Path], *, remove: bool) -> None:
    """Put returned checkpoints in place; `remove` takes away those that the job took away, as it does at its end.

    Parameters
    ----------
    staged : path
        What was fetched from the job's folder.
    folders : mapping
        A checkpoint folder of the job to that of this machine.
    remove : bool
        Whether what is not in `staged` is removed here.
    """
    for name, home in folders.items():
        # The training writes beside a file under a name that begins with a dot, and renames.
        fetched = {
            path.relative_to(staged / name): path
            for path in sorted((staged / name).rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }
        for relative, path in fetched.items():
            put_in_place(path, home / relative)
        if remove and home.is_dir():
            for path in [path for path in home.rglob("*") if path.is_file()]:
                if path.relative_to(home) not in fetched:
                    path.unlink()
            for folder in sorted((path for path in (home, *home.rglob("*")) if path.is_dir()), reverse=True):
                with suppress(OSError):  # something is left in it
                    folder.rmdir()


class LogTail:
    """Append to a log of this machine what one attempt on a host adds to its own."""

    def __init__(self, home: Path) -> None:
        self._home, self._appended = home, 0

    def append_new(self, fetched: Path) -> None:
        """Append what `fetched`, the host's whole log so far, has beyond the last time."""
        if not fetched.is_file():
            return
        text = fetched.read_bytes()
        if len(text) > self._appended:
            self.append(text[self._appended :])
            self._appended = len(text)

    def append(self, text: bytes) -> None:
        """Append these bytes."""
        self._home.parent.mkdir(parents=True, exist_ok=True)
        with self._home.open("ab") as stream:
            stream.write(text)
