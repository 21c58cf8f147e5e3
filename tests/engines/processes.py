"""What runs on this machine, nodes and hosts of the engines included: their processes are all visible from here."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Script(NamedTuple):
    """A process that runs a script of the workflow."""

    pid: int
    words: list[str]
    variables: dict[str, str]


def all_processes_here() -> Iterator[tuple[int, bytes, bytes]]:
    """Give id, environment and command line of every process that may be looked at."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), (entry / "environ").read_bytes(), (entry / "cmdline").read_bytes()


def variables_in(environment: bytes) -> dict[str, str]:
    """Give the variables of a process by their names."""
    entries = environment.decode(errors="replace").split("\0")
    return dict(entry.partition("=")[::2] for entry in entries)


def scripts_here() -> Iterator[Script]:
    """Give each script once, also in the moment between fork and exec of a program that it starts, which looks as it does."""
    for pid, environment, command in all_processes_here():
        words = command.decode(errors="replace").split("\0")
        is_script = len(words) > 1 and words[0].endswith("python") and "/workflow/scripts/" in words[1]
        if is_script and command != _command_of_parent(pid):
            yield Script(pid, words, variables_in(environment))


def _command_of_parent(pid: int) -> bytes:
    try:
        # The name of the program, in brackets, may hold blanks; state and parent follow it.
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        return Path(f"/proc/{parent}/cmdline").read_bytes()
    except OSError:
        return b""
