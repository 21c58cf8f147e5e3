"""The code that travels: what git tracks and what was changed, never somebody's data."""

import hashlib
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

from rootline.core.files import sha256

PARTS: Final = ("Snakefile", "pyproject.toml", "src", "workflow")
"""What a job needs of a checkout. Its config comes with the plan of the workflow run."""

_SUFFIXES: Final = frozenset(
    {".css", ".html", ".js", ".json", ".md", ".py", ".rst", ".smk", ".toml", ".typed", ".yaml", ".yml", ""}
)
"""Of a checkout that git does not know, and of files that git does not track yet, only these."""


class Code(NamedTuple):
    """The files of the code, relative to the checkout, and a digest of their names and contents."""

    digest: str
    files: tuple[str, ...]


def collect_code(checkout: Path) -> Code:
    """List the code of a checkout as it is now."""
    files = _known_to_git(checkout) or _in_source_folders(checkout)
    digest = hashlib.sha256()
    for name in files:
        digest.update(f"{name}\0{sha256(checkout / name)}\n".encode())
    return Code(digest.hexdigest()[:16], files)


def _known_to_git(checkout: Path) -> tuple[str, ...]:
    """List what git tracks, and new files that it does not ignore; nothing where git does not know the checkout."""
    tracked = _git(checkout, "--cached")
    if "Snakefile" not in tracked:
        return ()
    new = [name for name in _git(checkout, "--others", "--exclude-standard") if Path(name).suffix in _SUFFIXES]
    return tuple(sorted({name for name in (*tracked, *new) if (checkout / name).is_file()}))


def _git(checkout: Path, *options: str) -> list[str]:
    command = ["git", "-C", str(checkout), "ls-files", "-z", *options, "--", *PARTS]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    return [name for name in done.stdout.split("\0") if name] if done.returncode == 0 else []


def _in_source_folders(checkout: Path) -> tuple[str, ...]:
    found = [
        path
        for part in PARTS
        for path in ((checkout / part).rglob("*") if (checkout / part).is_dir() else [checkout / part])
    ]
    return tuple(
        sorted(
            path.relative_to(checkout).as_posix()
            for path in found
            if path.is_file()
            and path.suffix in _SUFFIXES
            and not any(name.startswith((".", "__pycache__")) for name in path.relative_to(checkout).parts)
            and ".egg-info" not in str(path.relative_to(checkout))
        )
    )
