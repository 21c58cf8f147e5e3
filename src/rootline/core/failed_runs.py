"""Which sweeps wait for a run that failed, and how to go on without it."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import BaseModel

from rootline.core.sweep_faults import as_text, describe_point, excluding_rules
from rootline.core.sweeps import SEED_KEY, SO_FAR, differing_keys, flatten

_RUN = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?![0-9a-f])")


class Swept(Protocol):
    """The plan of a study with sweeps."""

    @property
    def runs(self) -> Mapping[str, BaseModel]:
        """Config of each run by its id."""
        ...

    @property
    def sweeps(self) -> Mapping[str, Sequence[str]]:
        """Ids of the runs of each sweep."""
        ...


def describe_failed_runs(study: str, plan: Swept, logs: Sequence[str]) -> str:
    """Name the failed runs of each sweep, the lines that leave them out, and the target that summarises the others.

    Parameters
    ----------
    study : str
        Its name, with which its targets begin.
    plan : Swept
        Its sweeps and their runs.
    logs : sequence of str
        Logs of failed jobs; the id of a run is in the name.

    Returns
    -------
    str
        Empty where no run of a sweep failed.
    """
    failed = {name for log in logs for name in _RUN.findall(log)}
    lines = []
    for sweep, runs in plan.sweeps.items():
        if not (lost := [run for run in runs if run in failed]):
            continue
        settings = {run: flatten(plan.runs[run].model_dump(mode="json")) for run in runs}
        keys = differing_keys(list(settings.values()))
        points = {run: {key: settings[run][key] for key in keys} for run in runs}
        lines.append(f"The sweep {sweep} has no summary, because {len(lost)} of its {len(runs)} runs failed:")
        lines += [f"  {run} ({describe_point(points[run])})" for run in lost]
        lines.append(f"The target {study}_sweep_{sweep}{SO_FAR} summarises the others.")
        if len(lost) < len(runs):
            lines += ["To leave them out for good, write into the file of the sweep:", "exclude:"]
            places = [place for place, run in enumerate(runs) if run in failed]
            rules = excluding_rules([places], list(points.values()), seed=SEED_KEY)
            lines += [f"  - {as_text(rule)}" for rule in rules]
    return "\n".join(lines)
