"""What the main process of a workflow tells its jobs on other machines, by environment variables."""

from typing import Final

PLAN_VARIABLE: Final = "ROOTLINE_PLAN"
"""Environment variable by which the main process names the plan of the run (`rootline.plan_file`)."""

RESULTS_VARIABLE: Final = "ROOTLINE_RESULTS"
"""Environment variable that names the folder of the results where a job has another one than the main process."""

RUN_VARIABLE: Final = "ROOTLINE_RUN"
"""Environment variable that is the same for all jobs of one workflow run and no other."""
