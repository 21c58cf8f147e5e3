"""Names that become parts of file names, paths as users write them, and short ids that stand for something longer."""

import difflib
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from rootline.core.errors import UserError

NAME_PATTERN = r"[A-Za-z][A-Za-z0-9_-]{0,63}"


def check_name(name: str, *, where: str) -> str:
    """Give `name` back if it can safely be part of a file name; `where` says in errors where it stands."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise UserError(
            f"{where}: {name!r} is not a usable name; it must start with a letter and hold at most 64 "
            "letters, digits, '-' and '_'"
        )
    return name


def suggest_name(name: str, known: Sequence[str]) -> str:
    """Say which name was meant, if one looks alike, and which there are; for the end of an error."""
    close = difflib.get_close_matches(name, known, n=1)
    return (f"did you mean {close[0]}? There are " if close else "there are ") + ", ".join(known)


def check_path(path: str) -> str:
    """Give `path` back if the workflow can use it as it is written.

    Raises
    ------
    ValueError
        Saying what in it would be taken for something else, without the path itself.
    """
    if fault := odd_sign(path):
        raise ValueError(f"{fault}; rename the file or folder")
    if path != path.strip():
        raise ValueError("begins or ends with a blank; remove it")
    if path.startswith("-"):
        raise ValueError("begins with -, which programs take for an option; rename it or write the path from / on")
    if path.startswith("~"):
        raise ValueError("~ is not replaced by the home folder; write the path out")
    return path


def odd_sign(path: str) -> str:
    """Say which sign of `path` Snakemake would take for something else; empty where none is."""
    if "{" in path or "}" in path:
        return "holds { or }, which Snakemake takes for a wildcard"
    if "<" in path:  # in report.html paths stand in a script, which </script> ends
        return "holds <, which Snakemake takes for a variable in a path and its report for HTML"
    if not path.isprintable():
        return "holds a line break or another sign that cannot be printed"
    return ""


def stable_id(value: Any, *, digits: int = 8) -> str:
    """Give a short hexadecimal id of a JSON value, the same on every machine and in every order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()[:digits]
