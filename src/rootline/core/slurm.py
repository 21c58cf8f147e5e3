"""What SLURM says of jobs: why one ended, and which of an earlier run it still has.

A Snakemake that is killed leaves its jobs in the queue, and they go on. A second
one knows nothing of them and would submit the same work again, at the same time.
"""

import getpass
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from rootline.core.errors import UserError

ENDS: Final = (
    (
        r"OUT_OF_MEMORY|[Ee]xceeded (?:job |step )?memory limit|oom[-_ ]?kill",
        "it used more memory than it had asked for; each attempt asks for more, --set-resources {rule}:mem_mb=... for more still",
    ),
    (
        r"TIMEOUT|DUE TO TIME LIMIT",
        "it reached its time limit; each attempt asks for more, --set-resources {rule}:runtime=... [minutes] for more still",
    ),
    (r"NODE_FAIL|DUE TO NODE FAILURE", "its node failed; give the same command again"),
    (r"PREEMPTED|DUE TO PREEMPTION", "it had to give way to another job; give the same command again"),
    (r"CANCELLED", "it was cancelled from outside, by scancel or by who runs the cluster"),
    (r"(?:sbatch|srun): error: (?!.*(?:task \d|Terminated|Killed))(?P<words>.+)", "SLURM refused it: {words}"),
)
"""What SLURM writes when it ends or refuses a job, surest first, and what that means."""
ENDING: Final = ("COMPLETING", "CANCELLED")
TIMEOUT_S: Final = 20.0
"""How long SLURM may take to answer."""
PATIENCE_S: Final = 120.0
"""How long jobs that were cancelled may take to end."""


class QueuedJob(NamedTuple):
    """A job in SLURM's queue: its id, its state, and what it does (`rule_<rule>`, then its wildcards)."""

    id: str
    state: str
    work: str


def describe_end(text: str, *, rule: str) -> str:
    """Say why SLURM ended a job, from what the plugin and SLURM's own log say; nothing where SLURM did not.

    Parameters
    ----------
    text : str
        The plugin's message about the job and the log that SLURM kept of it.
    rule : str
        Its rule, for what to do.
    """
    for pattern, meaning in ENDS:
        if found := re.search(pattern, text):
            words = (found.groupdict().get("words") or "").rstrip("'. ")
            return meaning.format(rule=rule, words=words)
    return ""


def find_queued(folder: Path) -> list[QueuedJob]:
    """List the user's jobs that were submitted from `folder`; none where SLURM is not at hand or does not answer."""
    if shutil.which("squeue") is None:
        return []
    command = ["squeue", "--noheader", "--user", getpass.getuser(), "--format", "%i\t%T\t%k\t%Z"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    # As names of files are decoded, which may be in no encoding at all; none has a NUL.
    lines = os.fsdecode(done.stdout).replace("\0", "").splitlines()
    rows = [line.split("\t") for line in lines if line.count("\t") == 3]
    here = os.path.realpath(folder)
    return [QueuedJob(*row[:3]) for row in rows if os.path.realpath(row[3]) == here]


def refuse_double_work(folder: Path, work: Iterable[str], *, tell: Callable[[str], object] = print) -> None:
    """Make sure that none of the work of this run is still in SLURM's queue from an earlier one.

    Jobs that are just ending, as after Ctrl-C, are waited for.

    Parameters
    ----------
    folder : path
        Where the jobs are submitted from.
    work : iterable of str
        What this run will do, as `QueuedJob.work` has it. An array of jobs says no more
        than its rule, so these are compared by rule alone; a group of jobs no more than
        its name, for which `rule_<group>_*` stands.
    tell : function
        Given a line for the screen while it waits.

    Raises
    ------
    UserError
        If such jobs wait or run, with their ids and what to do.
    """
    mine = {item.replace("/", "_") for item in work}  # as the plugin writes wildcards into a comment
    end = time.monotonic() + PATIENCE_S
    told = False
    while True:
        queued = [job for job in find_queued(folder) if _overlaps(job, mine)]
        if any(job.state not in ENDING for job in queued) or (queued and time.monotonic() > end):
            raise UserError(_describe(queued))
        if not queued:
            return
        if not told:
            tell(f"Waiting for {len(queued)} cancelled jobs of an earlier run to end")
            told = True
        time.sleep(1.0)


def _overlaps(job: QueuedJob, work: set[str]) -> bool:
    if "_" in job.id:  # an array
        rule = job.work.partition("_wildcards_")[0]
        return any(item.partition("_wildcards_")[0] == rule for item in work)
    return job.work in work or any(item.endswith("_*") and job.work.startswith(item[:-1]) for item in work)


def _describe(queued: list[QueuedJob]) -> str:
    lines = [
        f"  {job.id}  {job.state}  {job.work.removeprefix('rule_').replace('_wildcards_', ' ')}" for job in queued[:10]
    ]
    if len(queued) > len(lines):
        lines.append(f"  and {len(queued) - len(lines)} more")
    ids = " ".join(dict.fromkeys(job.id.partition("_")[0] for job in queued))
    return "\n".join(
        [
            "jobs of an earlier run in this folder are still in SLURM's queue; this run would do their work a second time:",
            *lines,
            "Wait until they have ended (`squeue`), what they finish is kept; or end them:",
            f"  scancel {ids}",
            "Then give the same command again.",
        ]
    )
