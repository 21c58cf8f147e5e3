"""The shipped sweep on SLURM, with a node that dies and a job that someone cancels, and by SSH, against the local run."""

from dataclasses import dataclass

import pytest
from tests.checkout import Checkout, Outcome
from tests.engines.conftest import COMPARED, SWEEP, assert_same_files, before_images
from tests.engines.slurm_run import ENVIRONMENT, GpuWatch, SlurmRun, training_log
from tests.engines.ssh_hosts import write_hosts

pytestmark = pytest.mark.timeout(1800)


@dataclass
class Swept:
    study: Checkout
    outcome: Outcome
    watch: GpuWatch
    on_killed_node: str
    cancelled: str


@pytest.fixture(scope="module")
def swept(cluster, local, runs, tmp_path_factory) -> Swept:
    study = before_images(local, tmp_path_factory.mktemp("slurm") / "rootline")
    with GpuWatch() as watch, SlurmRun(study, SWEEP) as run:
        killed, node = _first_saved(run, cluster, study)
        cluster.kill_node(node)
        cancelled, _ = _first_saved(run, cluster, study, other_than=killed)
        cluster.ask("scancel", cluster.job_of(f"rule_train_model_wildcards_{cancelled}")[0])
        state = ["sinfo", "--noheader", "--nodes", node, "--format", "%T"]
        run.wait_for(lambda: "down" in cluster.ask(*state), f"the end of {node}")
        cluster.start_node(node)
        outcome = run.wait(timeout_s=1200)
    return Swept(study, outcome, watch, killed, cancelled)


def _first_saved(run, cluster, study, other_than="") -> tuple[str, str]:
    """Wait for a training that has saved its state and still runs; give the run and its node."""
    found: list[tuple[str, str]] = []

    def look() -> bool:
        for line in cluster.ask("squeue", "--noheader", "--states", "RUNNING", "--format", "%N %k").splitlines():
            node, work = line.split()
            name = work.removeprefix("rule_train_model_wildcards_")
            saved = study.results / "checkpoints" / name / "checkpoint.safetensors"
            if name not in (work, other_than) and saved.is_file():
                found.append((name, node))
        return bool(found)

    run.wait_for(look, "a training with a checkpoint")
    return found[0]


def test_the_sweep_ends_well_although_a_node_died_and_a_job_was_cancelled(swept, runs):
    assert swept.outcome.returncode == 0, swept.outcome.text
    assert swept.outcome.jobs["train_model"] == len(runs) == 6


def test_every_model_latent_and_table_has_the_same_digest_here_and_on_slurm(local, swept):
    assert assert_same_files(swept.study.results, local.results, *COMPARED) > 6 * 10


def test_every_model_latent_and_table_has_the_same_digest_here_and_by_ssh(local, machines, tmp_path, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    by_ssh = before_images(local, tmp_path / "rootline")
    write_hosts(by_ssh, machines)
    finished = by_ssh.snakemake(SWEEP, profile="ssh-multigpu")
    assert finished.returncode == 0, finished.text
    assert finished.jobs["train_model"] == 6
    assert_same_files(by_ssh.results, local.results, *COMPARED)


def test_the_training_on_the_node_that_died_went_on_from_its_checkpoint(swept):
    assert "goes on after epoch" in training_log(swept.study, swept.on_killed_node)


def test_the_job_that_was_cancelled_was_submitted_again_and_went_on(swept):
    assert "SLURM status is: 'CANCELLED'" in swept.outcome.text
    assert "goes on after epoch" in training_log(swept.study, swept.cancelled)


def test_no_two_jobs_had_one_gpu_at_one_time(swept):
    assert swept.watch.shared == set() and swept.watch.doubled == set()
    assert swept.watch.processes_on_one == 1
    assert len(swept.watch.used) == 4, "two nodes with two GPUs each"


def test_a_local_run_after_it_has_nothing_to_do(swept):
    assert "Nothing to be done" in swept.study.snakemake(SWEEP, "--dry-run").text


def test_slurms_own_logs_stay_of_failed_jobs_only(swept):
    left = {path.parent.name for path in (swept.study.folder / "slurm_logs").rglob("*.log")}
    assert left <= {swept.on_killed_node, swept.cancelled}, left
