"""Names that become parts of file names, and short ids that stand for something longer."""

import hashlib
import json
import re
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


def stable_id(value: Any, *, digits: int = 8) -> str:
    """Give a short hexadecimal id of a JSON value, the same on every machine and in every order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()[:digits]
