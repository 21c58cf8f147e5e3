"""What went wrong in a workflow run, in the words of the jobs themselves."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from rootline.core.slurm import describe_end

ERROR_PREFIX = "Error: "
"""How a script begins the line that says why it failed (`rootline.core.script`)."""

START_LINE = "---- start ----"
"""What a script writes first to its log, which keeps the attempts before."""

MANY_LINES: Final = re.MULTILINE | re.DOTALL


class _Failure(NamedTuple):
    """A job that failed: its rule, its log, and what SLURM has to say if it ran there."""

    rule: str
    log: str
    slurm: str
    slurm_log: str


def describe_failures(workflow_logs: str | Sequence[str]) -> str:
    """Sum up the failed jobs of one Snakemake run, each with its reason and its log.

    A job that failed and then ended well in a later attempt is no failure.

    Parameters
    ----------
    workflow_logs : path or paths
        Snakemake's own log; some versions give one path, some a list.

    Returns
    -------
    str
        Empty where no job failed.
    """
    failures = _find_failures(workflow_logs)
    if not failures:
        return ""
    count = "1 job failed" if len(failures) == 1 else f"{len(failures)} jobs failed"
    return "\n".join(
        [
            f"{count}; what is finished stays, and the same command goes on from there.",
            *(_tell(failure) for failure in failures),
        ]
    )


def failed_logs(workflow_logs: str | Sequence[str]) -> list[str]:
    """List the logs of the failed jobs of one Snakemake run, each once."""
    return list(dict.fromkeys(failure.log for failure in _find_failures(workflow_logs) if failure.log))


def describe_clock(workflow_logs: str | Sequence[str], results: Path) -> str:
    """Give the remedy where a Snakemake run found files from the future; empty where it found none.

    It refuses to make a file from newer ones, because the next run would
    make it again, and so on.
    """
    if "has older modification time" not in _read_all(workflow_logs):
        return ""
    return (
        "Files from the future keep others from being made: a clock was set back, or those of two machines differ. "
        "Set the clock right.\nIf it is right, give such files the date of now, which runs nothing again, "
        "then give the same command again:\n"
        f"  find {shlex.quote(str(results))} -newermt now -exec touch {{}} +"
    )


def _find_failures(workflow_logs: str | Sequence[str]) -> list[_Failure]:
    text = _read_all(workflow_logs)
    found = [*_failed_jobs(text), *_failed_groups(text)]
    return list({(failure.rule, failure.log): failure for failure in found}.values())


def _failed_jobs(text: str) -> Iterator[_Failure]:
    for found in re.finditer(r"^Error in rule (\w+):\n(.*?)(?=^\[|^Trying|^Shutting|^Exiting|\Z)", text, MANY_LINES):
        rule, block = found.groups()
        number = re.search(r"^    jobid: (\d+)$", block, flags=re.MULTILINE)
        if number and f"Finished jobid: {number.group(1)} (" in text[found.end() :]:
            continue
        log, _, slurm_log = _logs_of(block).partition(", ")
        message = re.match(r"    message: (.*?)(?=^    jobid:)", block, MANY_LINES)
        slurm = message.group(1) if message and "SLURM" in message.group(1) else ""
        yield _Failure(rule, log, slurm, slurm_log)


def _failed_groups(text: str) -> Iterator[_Failure]:
    """Find the jobs that failed within a group, in the log of the group's own Snakemake."""
    for found in re.finditer(
        r"^    message: (SLURM-.*?)\n    log: (.*?) \(check log.*?^    jobs:\n(.*?)(?=^\[|\Z)", text, MANY_LINES
    ):
        message, log, jobs = found.groups()
        after = text[found.end() :]
        if all(
            f"Finished jobid: {number} (" in after for number in re.findall(r"^ {12}jobid: (\d+)$", jobs, re.MULTILINE)
        ):
            continue
        inner = list(_failed_jobs(_read(Path(log))))
        rule = re.search(r"^        rule (\w+):", jobs, re.MULTILINE)
        name = rule.group(1) if rule else "group"
        yield from [failure._replace(slurm=message, slurm_log=log) for failure in inner] or [
            _Failure(name, "", message, log)
        ]


def _logs_of(block: str) -> str:
    named = re.search(r"^    log: (.*?)(?: \(check log file|$)", block, flags=re.MULTILINE)
    return named.group(1) if named else ""


def _tell(failure: _Failure) -> str:
    own = _reason(Path(failure.log)) if failure.log else "it has no log"
    reason = own
    if failure.slurm and (
        by_slurm := describe_end(f"{failure.slurm}\n{_read(Path(failure.slurm_log))}", rule=failure.rule)
    ):
        reason = by_slurm
    logs = [failure.log, failure.slurm_log]
    return "\n".join([f"{failure.rule}: {reason}", *(f"  log: {log}" for log in logs if log)])


def _reason(log: Path) -> str:
    text = _read(log).rpartition(f"{START_LINE}\n")[2].rstrip()
    if not text:
        return "it ended before it wrote anything to its log"
    if errors := list(re.finditer(f"^{ERROR_PREFIX}", text, flags=re.MULTILINE)):
        return text[errors[-1].end() :]
    return f"it was ended from outside or did not start; its log ends with: {text.splitlines()[-1]}"


def _read_all(workflow_logs: str | Sequence[str]) -> str:
    paths = [workflow_logs] if isinstance(workflow_logs, str) else workflow_logs
    return "\n".join(_read(Path(path)) for path in paths)


def _read(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):  # not there, or what a spoilt log names can be no path
        return ""
