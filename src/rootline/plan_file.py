"""The plan of a workflow run as one file, so that its jobs need not make it again.

A job on another machine, or one of ten thousand, parses the rules as the main
process did. It reads here what the config and the user's files came to,
instead of looking at tables, side files and sweeps that may not be there.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from rootline.config import RootlineConfig
from rootline.core.errors import UserError
from rootline.core.files import write_text
from rootline.lartpc.study import StudyPlan


class Plan(NamedTuple):
    """The checked config and what it expands to."""

    config: RootlineConfig
    study: StudyPlan


_PLAN = TypeAdapter(Plan)


def write_plan(folder: Path, plan: Plan) -> Path:
    """Write a plan below `folder` under a name of its own, and give the file.

    Equal plans have one file, and another plan never replaces it, so that
    two workflows may run in one folder.
    """
    text = _PLAN.dump_json(plan).decode()
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
        plan = _PLAN.validate_json(file.read_bytes())
    except OSError as error:
        raise UserError(
            f"{file}: the plan of this workflow run cannot be read ({error.strerror}); start it again"
        ) from error
    except ValidationError as error:
        raise UserError(f"{file}: is no plan of this version of Rootline; start the workflow again") from error
    if results is None:
        return plan
    return plan._replace(config=plan.config.model_copy(update={"results": results}))
