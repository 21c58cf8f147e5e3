"""One job as Snakemake hands it to a submit command, and what becomes of its paths on a host."""

import itertools
import json
import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from rootline.core.errors import UserError
from rootline.ssh.on_host import OUTSIDE

_PROPERTIES: Final = "# properties = "
# Options of the job's command that name things of this machine, with the number of values they take (None: up to the
# next option). A job on a host has its config from the plan, its files are there before it starts, and it has the
# threads that it was given here.
_LEFT_OUT: Final = {
    "--snakefile": 1,
    "--directory": 1,
    "--cores": 1,
    "--configfile": None,
    "--configfiles": None,
    "--config": None,
    "--wait-for-files": None,
    "--wait-for-files-file": 1,
    "--scheduler-solver-path": 1,
    "--runtime-source-cache-path": 1,
    "--shared-fs-usage": None,
    "--conda-prefix": 1,
    "--apptainer-prefix": 1,
    "--conda-base-path": 1,
}


class Job(NamedTuple):
    """What the transport needs to know of a job; paths as Snakemake writes them, relative to its working folder.

    `checkpoints` are folders that are no outputs, named in the rule's params.
    `command` are the words after ``python -m snakemake`` without what belongs
    to this machine.
    """

    rule: str
    wildcards: dict[str, str]
    inputs: tuple[str, ...]
    logs: tuple[str, ...]
    checkpoints: tuple[str, ...]
    threads: int
    command: tuple[str, ...]

    @property
    def name(self) -> str:
        """How lines on the screen call it."""
        return " ".join([self.rule, *self.wildcards.values()])


def read_job(script: Path) -> Job:
    """Read a job script of Snakemake.

    Raises
    ------
    UserError
        If it is a group of jobs, has more inputs than Snakemake names there,
        or was not written by Snakemake as it stands.
    """
    try:
        return _parse_job(script)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        fault = f"{type(error).__name__}: {error}"
        raise UserError(
            f"{script}: is no job script of this version of Snakemake ({fault}); give the same command again"
        ) from error


def _parse_job(script: Path) -> Job:
    text = script.read_text(encoding="utf-8")
    line = next((line for line in text.splitlines() if line.startswith(_PROPERTIES)), None)
    if line is None:
        raise UserError(f"{script}: no line {_PROPERTIES.strip()}; it is no job script of Snakemake")
    properties: dict[str, Any] = json.loads(line.removeprefix(_PROPERTIES))
    if properties["type"] != "single":
        raise UserError(
            f"{script}: is a group of jobs, which profiles/ssh-multigpu cannot send; leave out --groups and group:"
        )
    rule = properties["rule"]
    if properties["input"] is None:
        raise UserError(
            f"rule {rule}: has more than 100 inputs, of which Snakemake tells no submit command; join them first"
        )
    if "params" not in properties:
        raise UserError(f"rule {rule}: has a param that JSON cannot hold, such as a Path; make it text")
    return Job(
        rule=rule,
        wildcards=dict(properties["wildcards"]),
        inputs=tuple(dict.fromkeys(properties["input"])),
        logs=tuple(properties["log"]),
        checkpoints=_as_tuple(properties["params"].get("checkpoints", ())),
        threads=int(properties["threads"]),
        command=_portable_words(text, script),
    )


def _as_tuple(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _portable_words(text: str, script: Path) -> tuple[str, ...]:
    """Give the options of the nested Snakemake that hold on any machine."""
    lines = [line for line in text.splitlines() if " -m snakemake " in line and not line.startswith("#")]
    words = shlex.split(lines[-1]) if lines else []
    start = next((place + 2 for place, two in enumerate(itertools.pairwise(words)) if two == ("-m", "snakemake")), None)
    if start is None:
        raise UserError(f"{script}: no command `python -m snakemake`; leave out --jobscript")
    kept: list[str] = []
    place = start
    while place < len(words):
        word = words[place]
        place += 1
        if word not in _LEFT_OUT:
            kept.append(word)
            continue
        count = _LEFT_OUT[word]
        while place < len(words) and (count is None or count > 0) and not re.match(r"--[a-z]", words[place]):
            place += 1
            count = None if count is None else count - 1
    return tuple(kept)


def path_on_host(path: str) -> str:
    """Give the place of a file in a job's folder: its own path, below `OUTSIDE` for one outside of the working folder."""
    plain = os.path.normpath(path)
    if not os.path.isabs(plain) and plain.split("/")[0] != "..":  # noqa: PTH117 (text, not files)
        return plain
    # A symlink is left as it is, so that every path below one folder moves to the same place.
    return str(PurePosixPath(OUTSIDE, os.path.abspath(plain).lstrip("/")))  # noqa: PTH100
