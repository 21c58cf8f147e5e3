"""The plan of a workflow run as one file, so that its jobs need not make it again.

A job on another machine, or one of ten thousand, parses the rules as the main
process did. It reads here what the config and the user's files came to,
instead of looking at tables, side files and sweeps that may not be there.
"""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from rootline.config import RootlineConfig, config_class
from rootline.core.errors import UserError
from rootline.core.files import write_text
from rootline.studies import Planned, load_study, study_names


class Plan(NamedTuple):
    """The checked config, and what it expands to by study."""

    config: RootlineConfig
    studies: Mapping[str, Planned]


def write_plan(folder: Path, plan: Plan) -> Path:
    """Write a plan below `folder` under a name of its own, and give the file.

    Equal plans have one file, and another plan never replaces it, so that
    two workflows may run in one folder. Of the config it holds what was
    stated, so that the report of a job can tell that from the defaults.
    """
    # What was checked already is not checked again.
    studies = _studies_class().model_construct(**{name: study.plan for name, study in plan.studies.items()})
    stated, resolved = plan.config.model_dump_json(exclude_unset=True), _digest(plan.config)
    text = f'{{"config":{stated},"resolved":"{resolved}","studies":{studies.model_dump_json()}}}'
    file = folder / f"plan-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    if not file.is_file():
        write_text(file, text)
    return file


def read_plan(file: Path, *, results: str | None = None) -> Plan:
    """Read a plan; `results` replaces the folder of the results.

    Raises
    ------
    UserError
        If the file is missing, is no plan of this version of Rootline, or was
        written with other defaults.
    """
    try:
        # One step from text to objects: of ten thousand runs, dictionaries between them take as long as the rest.
        read = _file_class().model_validate_json(file.read_bytes())
    except OSError as error:
        raise UserError(
            f"{file}: the plan of this workflow run cannot be read ({error.strerror}); start it again"
        ) from error
    except ValidationError as error:
        raise UserError(f"{file}: is no plan of this version of Rootline; start the workflow again") from error
    if _digest(read.config) != read.resolved:
        raise UserError(
            f"{file}: defaults of the config in the code have changed since this workflow run began; start it again"
        )
    config = read.config if results is None else read.config.model_copy(update={"results": results})
    plans = {name: plan for name, plan in read.studies if plan is not None}
    return Plan(config, {name: Planned(config.section(name), plan) for name, plan in plans.items()})


def _digest(config: RootlineConfig) -> str:
    """Give the SHA-256 of a config with every default."""
    return hashlib.sha256(config.model_dump_json().encode()).hexdigest()


class _Exact(BaseModel):
    model_config = ConfigDict(extra="forbid")


@functools.cache
def _studies_class() -> Any:
    """Give the class of the plans by study, None for one that does not run."""
    plans: dict[str, Any] = {name: (load_study(name).StudyPlan | None, None) for name in study_names()}
    return create_model("Studies", __base__=_Exact, **plans)


@functools.cache
def _file_class() -> Any:
    """Give the class of what the file holds."""
    fields: dict[str, Any] = {
        "config": (config_class(), ...),
        "resolved": (str, ...),
        "studies": (_studies_class(), ...),
    }
    return create_model("PlanFile", __base__=_Exact, **fields)
