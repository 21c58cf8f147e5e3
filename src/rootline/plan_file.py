"""The plan of a workflow run as one file, so that its jobs need not make it again.

A job on another machine, or one of ten thousand, parses the rules as the main
process did. It reads here what the config and the user's files came to,
instead of looking at tables, side files and sweeps that may not be there.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from rootline.config import RootlineConfig, config_class
from rootline.core.errors import UserError
from rootline.core.files import read_json, write_text
from rootline.studies import Planned, load_study


class Plan(NamedTuple):
    """The checked config, and what it expands to by study."""

    config: RootlineConfig
    studies: Mapping[str, Planned]


def write_plan(folder: Path, plan: Plan) -> Path:
    """Write a plan below `folder` under a name of its own, and give the file.

    Equal plans have one file, and another plan never replaces it, so that
    two workflows may run in one folder.
    """
    studies = {
        name: TypeAdapter(load_study(name).StudyPlan).dump_python(study.plan, mode="json")
        for name, study in plan.studies.items()
    }
    text = json.dumps({"config": plan.config.model_dump(mode="json"), "studies": studies})
    file = folder / f"plan-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    if not file.is_file():
        write_text(file, text)
    return file


def read_plan(file: Path, *, results: str | None = None) -> Plan:
    """Read a plan; `results` replaces the folder of the results.

    Raises
    ------
    UserError
        If the file is missing or no plan of this version of Rootline.
    """
    try:
        read = read_json(file)
        config = config_class().model_validate(read["config"])
        plans = {name: _plan(name, plan) for name, plan in read["studies"].items()}
    except OSError as error:
        raise UserError(
            f"{file}: the plan of this workflow run cannot be read ({error.strerror}); start it again"
        ) from error
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise UserError(f"{file}: is no plan of this version of Rootline; start the workflow again") from error
    if results is not None:
        config = config.model_copy(update={"results": results})
    return Plan(config, {name: Planned(config.section(name), plan) for name, plan in plans.items()})


def _plan(name: str, raw: Any) -> Any:
    # JSON, not Python: its lists are tuples to a plan
    return TypeAdapter(load_study(name).StudyPlan).validate_json(json.dumps(raw))
