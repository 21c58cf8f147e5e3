"""What the main process of a workflow tells its jobs on other machines, by environment variables."""

import os
import secrets
from typing import Final

PLAN_VARIABLE: Final = "ROOTLINE_PLAN"
"""Environment variable by which the main process names the plan of the run (`rootline.plan_file`)."""

RESULTS_VARIABLE: Final = "ROOTLINE_RESULTS"
"""Environment variable that names the folder of the results where a job has another one than the main process."""

RUN_VARIABLE: Final = "ROOTLINE_RUN"
"""Environment variable that is the same for all jobs of one workflow run and no other: `name_run`."""


def name_run() -> str:
    """Give a name for the workflow run that this process is, from which its jobs see whether it still lives."""
    return f"{os.getpid()}.{secrets.token_hex(8)}"


def is_alive(run: str) -> bool:
    """Tell whether the process of a workflow run is there; a name of another form counts as alive."""
    number = run.partition(".")[0]
    if not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
