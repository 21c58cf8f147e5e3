"""A SLURM that keeps a database of its jobs, as most do."""

import pytest
from tests.engines.packages import need
from tests.engines.slurm_cluster import SlurmCluster, wait_until
from tests.engines.slurm_run import SlurmRun, model_of, target_of

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def accounted():
    need("slurm")
    need("slurm accounting")
    with SlurmCluster(accounting=True) as running:
        yield running


@pytest.mark.parametrize("command", ["squeue", "sacct"])
def test_the_profile_works_where_jobs_are_accounted_for(accounted, study, local, runs, command):
    with SlurmRun(study, target_of(runs[0]), "--slurm-status-command", command) as run:
        outcome = run.wait()
    assert outcome.returncode == 0, outcome.text
    assert model_of(study, runs[0]).read_bytes() == model_of(local, runs[0]).read_bytes()
    seen = ["sacct", "--noheader", "--allocations", "--parsable2", "--format", "State,Comment,WorkDir"]
    wait_until(
        lambda: any(
            line.startswith("COMPLETED") and line.endswith(str(study.folder))
            for line in accounted.ask(*seen).splitlines()
        ),
        "the job in the database",
        30,
        accounted.logs,
    )
