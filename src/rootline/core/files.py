"""Files that are either whole or not there."""

import fcntl
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rootline.core.refusals import unreadable


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path`; what was written there becomes `path` at the end.

    No reader ever sees half a file: the rename is one step, and after an
    error the unfinished file is removed and an older `path` stays as it was.
    What a killed process left behind is removed by the next one that writes
    `path`. The folder is made if it is missing. The yielded name keeps the
    suffix of `path`, which some writers go by.

    Raises
    ------
    OSError
        Of the disk, with `path` as its file name.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
        unfinished = Path(name)
        try:
            _lock(handle)
            yield unfinished
            with unfinished.open("rb") as written:
                os.fsync(written.fileno())
            unfinished.chmod(0o666 & ~_umask())
            unfinished.replace(path)
        finally:
            os.close(handle)
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        named = error.filename
        if error.errno is not None and (named is None or Path(str(named)).name.startswith(".")):
            error.filename = str(path)  # the name of the unfinished file means nothing to a user
        raise


def _remove_leftovers(path: Path) -> None:
    """Remove unfinished files of `path` that nobody writes any longer: a process that is gone holds no lock."""
    ours = re.compile(rf"\.{re.escape(path.stem)}-[a-z0-9_]{{8}}{re.escape(path.suffix)}")
    for file in [file for file in path.parent.iterdir() if ours.fullmatch(file.name)]:
        with suppress(OSError), file.open("rb") as stream:
            if _lock(stream.fileno()):
                file.unlink()


def _lock(descriptor: int) -> bool:
    """Lock an open file until it is closed, and say whether that was possible: another may hold it, and not every disk can."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with newline ends, whole or not at all."""
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON with sorted keys; NaN is refused, use None."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read one JSON file of an earlier job.

    Raises
    ------
    UserError
        If it is damaged; names the file and the remedy.
    """
    try:
        return parse_json(path)
    except ValueError as error:
        raise unreadable(path, "JSON", error) from error


def parse_json(path: Path) -> Any:
    """Read one JSON file that the caller can do without, or has better words for.

    Raises
    ------
    ValueError
        If it is no JSON, or nested by the thousand.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("lists or mappings lie too deep in each other") from error


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file's bytes as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_remote(path: str) -> bool:
    """Whether `path` is a URL such as ``root://...``, not a file of this machine."""
    return "://" in path


def is_below(name: str) -> bool:
    """Whether a path that somebody else wrote stays below the folder that it is put after: relative, plain, no ``..``."""
    return bool(name) and name.isprintable() and not any(part in ("", ".", "..") for part in name.split("/"))


class ContentIds:
    """SHA-256 of files, remembered in `cache` (JSON) for as long as nobody has touched the file.

    Size, modification and change time decide whether a file is read again.
    The change time cannot be set back, so that a file exchanged for another
    one with an older date is noticed too.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._known: dict[str, list[Any]] | None = None

    def of(self, path: Path) -> str:
        """Give the SHA-256 of one file as 64 hexadecimal digits."""
        return self.of_all([path])[0]

    def of_all(self, paths: Sequence[Path]) -> list[str]:
        """Give the SHA-256 of many files; what is new is written to the cache once, at the end."""
        if self._known is None:
            try:
                read = dict(parse_json(self._cache))
            except (OSError, ValueError, TypeError):  # none yet, or spoilt: it only saves time
                read = {}
            self._known = {name: entry for name, entry in read.items() if _is_entry(entry)}
        found, is_new = [], False
        for path in paths:
            status = path.stat()
            now = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
            entry = self._known.get(str(path))
            if entry is None or entry[:3] != now:
                entry = self._known[str(path)] = [*now, sha256(path)]
                is_new = True
            found.append(str(entry[3]))
        if is_new:
            with suppress(OSError):  # a disk that is full or read-only
                write_json(self._cache, self._known)
        return found


def _is_entry(entry: Any) -> bool:
    """Whether this is size, modification time, change time and SHA-256, as `ContentIds` keeps them."""
    return isinstance(entry, list) and [type(one) for one in entry] == [int, int, int, str]
