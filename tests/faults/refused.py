"""What a script that refuses its input says, and leaves."""

import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess


def contents(folder: Path) -> dict[str, bytes | None]:
    """Give the bytes of everything in a folder, None for what is a folder itself."""
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


def assert_refused(
    folder: Path, run: Callable[[], "CompletedProcess[str]"], *, named: str, message: str, n_progress: int = 0
) -> None:
    """Run a script that must end in one line which begins with `named` and matches, and leave the folder as it was.

    Lines of progress may come before, `n_progress` at most.
    """
    before = contents(folder)
    process = run()
    assert (process.returncode, process.stdout) == (1, "")
    *progress, line = process.stderr.splitlines()
    assert len(progress) <= n_progress, process.stderr
    assert line.startswith(f"Error: {named}"), process.stderr
    assert re.search(message, line), line
    assert contents(folder) == before
