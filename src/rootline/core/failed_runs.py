"""Which sweeps wait for a run that failed, and how to go on without it."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from rootline.core.sweep_faults import as_text, describe_point, excluding_rules
from rootline.core.sweeps import MODELS_ALONE, SEED_KEY, SO_FAR, differing_keys, flatten

_JOB = re.compile(r"/logs/(\w+)/([0-9a-f]{8})(?![0-9a-f])")


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


def describe_failed_runs(study: str, plan: Swept, waiting: Mapping[str, Sequence[str]], models: Path) -> str:
    """Name the failed runs of each sweep, the lines that leave them out, and the target that summarises the others.

    That target takes each run that has a model. So it serves where trainings
    failed, and not where a later job of a run did.

    Parameters
    ----------
    study : str
        Its name, with which its targets begin.
    plan : Swept
        Its sweeps and their runs.
    waiting : mapping of str to sequence of str
        Sweeps that were asked for and are not finished, by their names with `SO_FAR` or `MODELS_ALONE` behind them where
        these were asked for; logs of the failed jobs that each waits for, ``logs/<rule>/<run>`` in their names.
    models : path
        Folder with a folder of each run that is trained.

    Returns
    -------
    str
        Empty where no sweep waits for a run that failed.
    """
    lines = []
    for sweep, runs in plan.sweeps.items():
        asked = [ending for ending in ("", SO_FAR, MODELS_ALONE) if f"{sweep}{ending}" in waiting]
        logs = "\n".join(log for ending in asked for log in waiting[f"{sweep}{ending}"])
        failed: dict[str, list[str]] = {}
        for rule, run in dict.fromkeys(_JOB.findall(logs)):
            failed.setdefault(run, []).append(rule)
        if not (lost := [run for run in runs if run in failed]):
            continue
        trained = {run for run in runs if (models / run / "config.yaml").is_file()}
        settings = {run: flatten(plan.runs[run].model_dump(mode="json")) for run in runs}
        keys = differing_keys(list(settings.values()))
        points = {run: {key: settings[run][key] for key in keys} for run in runs}
        if asked == [MODELS_ALONE]:
            lines.append(f"Of the sweep {sweep} {len(lost)} of {len(runs)} runs failed:")
        else:
            lines.append(f"The sweep {sweep} has no summary, because {len(lost)} of its {len(runs)} runs failed:")
        for run in lost:
            stage = f", which is trained; {' and '.join(failed[run])} failed" if run in trained else ""
            lines.append(f"  {run} ({describe_point(points[run])}){stage}")
        target = f"{study}_sweep_{sweep}{SO_FAR}"
        if trained & set(lost):
            lines.append(f"The target {target} takes all runs that are trained, and waits for such ones too.")
        elif trained:
            lines.append(f"The target {target} summarises the others.")
        if len(lost) < len(runs):
            lines += ["To leave them out for good, write into the file of the sweep:", "exclude:"]
            places = [place for place, run in enumerate(runs) if run in failed]
            rules = excluding_rules([places], list(points.values()), seed=SEED_KEY)
            lines += [f"  - {as_text(rule)}" for rule in rules]
    return "\n".join(lines)
