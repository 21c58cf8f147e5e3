"""What a user meets on SLURM: Ctrl-C, a killed Snakemake, too little memory or time, a wrong partition."""

import contextlib
import os
import re
import signal
from pathlib import Path

import pytest
from tests.engines.conftest import before_training
from tests.engines.slurm_cluster import wait_until
from tests.engines.slurm_run import GpuWatch, SlurmRun, gpu_processes, model_of, target_of, training_log

pytestmark = pytest.mark.timeout(1800)


def train(study, *arguments):
    """Start the training of a run; which one is the same for every test."""
    return SlurmRun(study, target_of(only_run(study)), *arguments)


def only_run(study):
    lines = (study.results / "runs.tsv").read_text().splitlines()
    return lines[1].split("\t")[0]


def same_model(study, local):
    run = only_run(study)
    return model_of(study, run).read_bytes() == model_of(local, run).read_bytes()


def test_after_ctrl_c_a_second_start_goes_on_and_nothing_is_trained_twice(calm, study, local):
    run = only_run(study)
    with GpuWatch() as watch:
        with train(study) as first:
            first.checkpoint_of(run)
            first.signal(signal.SIGINT)
            assert first.wait(120).returncode == 1
        with train(study) as second:
            outcome = second.wait()
    assert outcome.returncode == 0, outcome.text
    assert same_model(study, local)
    assert "goes on after epoch" in training_log(study, run)
    assert watch.doubled == set() and watch.used


def test_jobs_of_a_killed_snakemake_are_not_submitted_again_and_their_results_stay(calm, study, local):
    run = only_run(study)
    with train(study) as first:
        first.checkpoint_of(run)
        job, _ = calm.job_of(f"rule_train_model_wildcards_{run}")
        calm.ask("scontrol", "suspend", job)  # or it might end before we have looked
        first.signal(signal.SIGKILL)
        first.wait()
    assert study.snakemake("--unlock").returncode == 0
    with train(study) as second:
        refused = second.wait(300)
    assert refused.returncode == 1
    assert "jobs of an earlier run in this folder are still in SLURM's queue" in refused.text, refused.text
    assert f"  scancel {job}\n" in refused.text and "submitted with" not in refused.text
    calm.ask("scontrol", "resume", job)
    calm.wait_for_no_jobs()
    with train(study) as third:
        outcome = third.wait(300)
    assert outcome.returncode == 0 and "Nothing to be done" in outcome.text, outcome.text
    assert same_model(study, local)


@pytest.fixture(scope="module")
def short_of(cluster, local, tmp_path_factory):
    """Three trainings side by side: two get too little memory, with and without a retry, one too little time."""
    cluster.clear()
    studies = {
        name: before_training(local, tmp_path_factory.mktemp(name) / "rootline")
        for name in ("memory", "retried", "time")
    }
    for name in ("memory", "retried"):
        studies[name].edit("workflow/rules/lartpc/models.smk", "int(3000 + 4", "int(400 + 4")
    with (
        train(studies["memory"], "--retries", "0") as memory,
        train(studies["retried"]) as retried,
        train(studies["time"]) as time,
    ):
        started = {"memory": memory, "retried": retried, "time": time}
        time.checkpoint_of(only_run(studies["time"]))
        job = next(line.split()[0] for line in submitted(cluster, studies["time"]))
        # SLURM looks at limits twice a minute; stopped, the training is still there by then, as a long one would be.
        os.kill(next(pid for pid, _, _, its_job, _ in gpu_processes() if its_job == job), signal.SIGSTOP)
        cluster.ask("scontrol", "update", f"JobId={job}", "EndTime=now")
        outcomes = {name: run.wait() for name, run in started.items()}
    asked = {name: submitted(cluster, study) for name, study in studies.items()}
    yield studies, outcomes, asked
    cluster.clear()


def submitted(cluster, study):
    """Tell of each training that was submitted from a folder: id, memory, minutes, state."""
    lines = cluster.ask("squeue", "--noheader", "--states", "all", "--format", "%i %m %l %T %Z").splitlines()
    return sorted(
        (line for line in lines if line.split()[-1] == str(study.folder)), key=lambda line: int(line.split()[0])
    )


def test_a_job_over_its_memory_is_told_with_its_log_and_what_to_do(short_of):
    studies, outcomes, _ = short_of
    told = outcomes["memory"].text.partition("1 job failed")[2]
    assert outcomes["memory"].returncode == 1
    assert "train_model: it used more memory than it had asked for" in told, outcomes["memory"].text
    assert "--set-resources train_model:mem_mb=" in told
    run = only_run(studies["memory"])
    assert f"log: results/lartpc/logs/train_model/{run}.log" in told
    assert f"log: {studies['memory'].folder}/slurm_logs/rule_train_model/{run}/" in told


def test_after_too_little_memory_the_next_attempt_asks_for_more_and_ends_well(short_of, local):
    studies, outcomes, asked = short_of
    assert outcomes["retried"].returncode == 0, outcomes["retried"].text
    memory = [line.split()[1] for line in asked["retried"]]
    assert memory[:2] == ["400M", "800M"], asked
    assert same_model(studies["retried"], local)


def test_after_the_time_limit_the_next_attempt_has_more_time_and_goes_on_from_the_checkpoint(short_of, local):
    studies, outcomes, asked = short_of
    assert outcomes["time"].returncode == 0, outcomes["time"].text
    states = [line.split()[3] for line in asked["time"]]
    assert states == ["TIMEOUT", "COMPLETED"], asked
    assert asked["time"][1].split()[2] == "8:00:00", "twice the 240 minutes of the first attempt"
    assert "goes on after epoch" in training_log(studies["time"], only_run(studies["time"]))
    assert same_model(studies["time"], local)


def test_the_warning_before_the_time_limit_reaches_a_training_which_saves_its_last_epoch(calm, study, local):
    run = only_run(study)
    with train(study) as started:
        started.checkpoint_of(run)
        job, _ = calm.job_of(f"rule_train_model_wildcards_{run}")
        training = next(pid for pid, _, _, its_job, _ in gpu_processes() if its_job == job)
        os.kill(training, signal.SIGSTOP)  # or it might end before SLURM looks at limits, which is twice a minute
        # The limit is three minutes and a bit away, so that nothing but the profile's 180 s warning can come yet.
        calm.ask("scontrol", "update", f"JobId={job}", "EndTime=now+200seconds")
        wait_until(lambda: has_or_had(training, signal.SIGUSR1), "SLURM's warning", 120, calm.logs)
        with contextlib.suppress(ProcessLookupError):
            os.kill(training, signal.SIGCONT)
        outcome = started.wait()
    assert outcome.returncode == 0, outcome.text
    states = [line.split()[3] for line in submitted(calm, study)]
    assert states == ["FAILED", "COMPLETED"], "ended by itself, well before the limit"
    warned = (study.folder / "slurm_logs" / "rule_train_model" / run / f"{job}.log").read_text()
    saved = re.search(r"ended by SIGUSR1; epoch (\d+) is saved in \S+, the same command goes on from there", warned)
    assert saved and "returned non-zero exit status 138" in warned, warned
    assert f"goes on after epoch {saved[1]}\n" in training_log(study, run)
    for name in ("model.safetensors", "history.parquet", "config.yaml"):
        same, expected = (model_of(one, run).with_name(name).read_bytes() for one in (study, local))
        assert same == expected, name


def has_or_had(pid, number):
    """Tell whether a signal waits for a stopped process, or the process is gone because SLURM woke it as well."""
    try:
        status = Path("/proc", str(pid), "status").read_text()
    except FileNotFoundError:
        return True
    masks = re.findall(r"^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$", status, flags=re.MULTILINE)
    return any(int(mask, 16) & (1 << (number - 1)) for mask in masks)


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ("slurm_partition=gpuu", "SLURM refused it: invalid partition specified: gpuu"),
        ("gpu=5", "SLURM refused it: Batch job submission failed: Requested node configuration is not available"),
    ],
)
def test_what_slurm_refuses_is_told_in_its_words(calm, study, resource, words):
    with train(study, "--retries", "0", "--set-resources", f"train_model:{resource}") as run:
        outcome = run.wait(120)
    assert outcome.returncode == 1
    assert words in outcome.text.partition("1 job failed")[2], outcome.text
