"""What went wrong in a workflow run, in the words of the jobs themselves."""

import re
from collections.abc import Sequence
from pathlib import Path

ERROR_PREFIX = "Error: "
"""How a script begins the line that says why it failed (`rootline.core.script`)."""

START_LINE = "---- start ----"
"""What a script writes first to its log, which keeps the attempts before."""


def describe_failures(workflow_logs: str | Sequence[str]) -> str:
    """Sum up the failed jobs of one Snakemake run, each with its reason and its log.

    Parameters
    ----------
    workflow_logs : path or paths
        Snakemake's own log; some versions give one path, some a list.

    Returns
    -------
    str
        Empty where no job failed.
    """
    reasons: dict[str, str] = {}
    for rule, log in _failed_jobs(workflow_logs):
        reasons[f"{rule} {log}"] = f"{rule}: {_reason(Path(log)) if log else 'it has no log'}\n  log: {log}"
    if not reasons:
        return ""
    count = "1 job failed" if len(reasons) == 1 else f"{len(reasons)} jobs failed"
    return "\n".join([f"{count}; what is finished stays, and the same command goes on from there.", *reasons.values()])


def failed_logs(workflow_logs: str | Sequence[str]) -> list[str]:
    """List the logs of the failed jobs of one Snakemake run, each once."""
    return list(dict.fromkeys(log for _, log in _failed_jobs(workflow_logs) if log))


def _failed_jobs(workflow_logs: str | Sequence[str]) -> list[tuple[str, str]]:
    """Give rule and log of each failed attempt."""
    paths = [workflow_logs] if isinstance(workflow_logs, str) else workflow_logs
    text = "\n".join(_read(Path(path)) for path in paths)
    blocks = re.findall(r"^Error in rule (\w+):\n(.*?)(?=^\S|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    jobs = []
    for rule, block in blocks:
        named = re.search(r"^    log: (.*?)(?: \(check log file|$)", block, flags=re.MULTILINE)
        jobs.append((rule, named.group(1) if named else ""))
    return jobs


def _reason(log: Path) -> str:
    text = _read(log).rpartition(f"{START_LINE}\n")[2].rstrip()
    if not text:
        return "it ended before it wrote anything to its log"
    if errors := list(re.finditer(f"^{ERROR_PREFIX}", text, flags=re.MULTILINE)):
        return text[errors[-1].end() :]
    return f"it was ended from outside or did not start; its log ends with: {text.splitlines()[-1]}"


def _read(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
