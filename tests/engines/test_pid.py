"""The models of the second study trained on SLURM and by SSH, against the local run."""

import shutil

import pytest
from tests.checkout import Checkout
from tests.engines.conftest import assert_same_files
from tests.engines.slurm_run import ENVIRONMENT, SlurmRun
from tests.engines.ssh_hosts import write_hosts

TARGET = "pid_scores"
MADE = ("models", "scores")
TRAINED = {"fit_trees": 1, "train_network": 2}

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture
def untrained(study_pid) -> Checkout:
    """The tiny study as it is when it has tracks and their parts."""
    for name in (*MADE, "analysis", "figures", "logs"):
        shutil.rmtree(study_pid.results / name)
    return study_pid


def test_models_and_scores_have_the_same_digests_here_and_on_slurm(untrained, finished_pid, calm):
    with SlurmRun(untrained, TARGET) as run:
        outcome = run.wait()
    assert outcome.returncode == 0, outcome.text
    assert TRAINED.items() <= outcome.jobs.items()
    assert "read_frames" not in outcome.jobs
    assert _compare(untrained, finished_pid) == 3 * 4 + 2 * 2 + 3 * 2


def test_models_and_scores_have_the_same_digests_here_and_by_ssh(untrained, finished_pid, machines, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    write_hosts(untrained, machines)
    outcome = untrained.snakemake(TARGET, profile="ssh-multigpu")
    assert outcome.returncode == 0, outcome.text
    assert TRAINED.items() <= outcome.jobs.items()
    _compare(untrained, finished_pid)


def _compare(ours, theirs):
    """Compare what was made of the compared models alone; the local run has those of the scan, too."""
    runs = sorted(path.name for path in (ours.results / "models").iterdir())
    assert len(runs) == 3
    return assert_same_files(ours.results, theirs.results, *(f"{folder}/{run}" for folder in MADE for run in runs))
