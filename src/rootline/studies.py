"""The studies that there are, and what a config makes of them.

A study is a folder beside this file with a module `study`, which offers
`StudyConfig`, its section of the config, `StudyPlan`, what the rules expand
over, and `plan_study`, which makes the one into the other.
"""

import functools
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rootline.core.config import Section
from rootline.core.files import ContentIds
from rootline.core.fingerprint import Memory


class Planned(NamedTuple):
    """The checked section of a study and what it expands to."""

    config: Section
    plan: Any


@functools.cache
def study_names() -> tuple[str, ...]:
    """Name the studies of this checkout, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in Path(__file__).parent.glob("*/study.py")))


def load_study(name: str) -> Any:
    """Give the module that describes a study; KeyError if there is none of this name."""
    if name not in study_names():
        raise KeyError(name)
    return importlib.import_module(f"rootline.{name}.study")


def plan_studies(sections: Mapping[str, Section], *, results: str, shipped: Path) -> dict[str, Planned]:
    """Expand the sections of some studies, before the first job.

    Parameters
    ----------
    sections : mapping
        The checked section of each study.
    results : str
        Folder of all results.
    shipped : path
        Folder where files of the config are looked for that are not below the working folder.
    """
    return {
        name: Planned(
            section,
            load_study(name).plan_study(section, simulated_to=str(Path(results) / name / "input"), shipped=shipped),
        )
        for name, section in sections.items()
    }


class Run(NamedTuple):
    """One call of Snakemake: what the rules of all its studies share."""

    results: Path
    studies: Mapping[str, Planned]
    trees: Memory
    contents: ContentIds

    def study(self, name: str) -> tuple[Path, Any, Any]:
        """Give the folder of a study's results, its config and its plan."""
        return self.results / name, *self.studies[name]


_OPENED: list[Run] = []


def open_run(run: Run) -> None:
    """Say what this workflow run is; the rules of each study, which see nothing of the Snakefile, ask `opened` for it."""
    _OPENED[:] = [run]


def opened() -> Run:
    """Give the workflow run of this process."""
    return _OPENED[0]
