"""What the operating system refuses, in words: which file, why, and what to do about it."""

import errno
import re
from pathlib import Path
from typing import Final

from rootline.core.errors import UserError

REMEDIES: Final = {
    errno.ENOSPC: "the disk is full; free some space on it, and the same command goes on",
    errno.EDQUOT: "your quota of disk space is used up; free some of it, and the same command goes on",
    errno.EROFS: "its disk is read-only; have it mounted for writing, or name another folder as `results` in the config",
    errno.EACCES: "permission denied; `ls -ld` says whose it is: get access, or name another file or folder in the config",
    errno.EMFILE: "too many files are open; raise the limit by `ulimit -n 4096`, and the same command goes on",
    errno.ENFILE: "too many files are open on this machine; end other programs, and the same command goes on",
}
"""What is wrong and the remedy, by the number of the error."""


def describe_refusal(error: Exception, path: Path | None = None) -> str | None:
    """Name the file, the reason and the remedy of what the operating system refused; None for all other errors.

    Parameters
    ----------
    error : Exception
        What was raised, often from deep within a library.
    path : Path or None
        The file that was being read or written, used where the error names none.
    """
    remedy = REMEDIES.get(error_number(error) or 0)
    if remedy is None:
        return None
    file = getattr(error, "filename", None) or path
    return f"{file}: {remedy}" if file else remedy


def unreadable(path: Path, kind: str, error: Exception) -> UserError:
    """Give what to raise for a file of ours that could not be read: it is damaged, unless the operating system refused it."""
    refused = describe_refusal(error, path)
    return UserError(refused or f"{path}: cannot be read as {kind} ({error}); delete it and run again")


def error_number(error: Exception) -> int | None:
    """Give the number of an error of the operating system, which libraries written in Rust have in their text alone."""
    if isinstance(error, OSError):
        return error.errno
    in_text = re.search(r"\(os error (\d+)\)", str(error))
    return int(in_text[1]) if in_text else None
