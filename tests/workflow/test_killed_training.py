"""A training in a real workflow that is stopped in every way, and goes on."""

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.checkout import TINY, TINY_PID, command
from tests.faults.processes import processes_of

from rootline.config import read_config
from rootline.core.runs import run_id
from rootline.lartpc.runs import RunConfig
from rootline.pid.study import plan_study

EPOCHS = 400
# What SLURM sends before the limit and at it, what a terminal sends, and a machine that is gone; and how seldom the state
# is saved meanwhile, 0 for after each epoch [minutes].
ENDS = ((signal.SIGUSR1, 0), (signal.SIGTERM, 1), (signal.SIGINT, 0), (signal.SIGKILL, 0))


class Training(NamedTuple):
    """A rule that trains, with a schedule long enough to be stopped in, and what it and the jobs after it make.

    `name` is that of one of the models that the study compares, where it compares several.
    """

    rule: str
    config: dict[str, Any]
    changed: dict[str, Any]
    made: tuple[str, ...]
    target: str
    name: str = ""


AUTOENCODER = Training(
    "train_model",
    TINY,
    {"epochs": EPOCHS, "patience": EPOCHS, "batch_size": 8},
    ("models/{run}/model.safetensors", "models/{run}/history.parquet", "latents/{run}.parquet"),
    "latents/{run}.parquet",
)
ADVERSARY = Training(
    "train_network",
    TINY_PID,
    {"epochs": EPOCHS, "patience": EPOCHS, "batch_size": 128},
    (
        *(f"models/{{run}}/{file}" for file in ("model.safetensors", "history.parquet", "model.onnx", "parity.json")),
        "scores/{run}/mc.parquet",
    ),
    "scores/{run}/mc.parquet",
    "dann",
)
PERCEPTRON = ADVERSARY._replace(name="mlp")


def longer(training):
    """Give the config of a study with the long schedule, and the run that is stopped."""
    (name,) = training.config["studies"]
    changed = {**training.config, name: {**training.config[name], "train": training.changed}}
    study = read_config(changed, source="test").section(name)
    if name == "pid":
        return changed, plan_study(study, simulated_to="input").models[training.name]
    return changed, run_id(RunConfig(images=study.images, split=study.split, model=study.model, train=study.train))


def went_on(log):
    """Tell whether the second attempt has begun: the first had nothing to go on from, and Snakemake removes its log."""
    with suppress(FileNotFoundError):
        return "goes on after epoch" in log.read_text()
    return False


@pytest.fixture
def undisturbed(request):
    """Give a function that runs a training to its end, removes what it made, and tells what a stopped one is compared with."""

    def train(copied, training):
        study = request.getfixturevalue(copied)
        config, run = longer(training)
        study.write_config(config)
        target = f"results/{study.study}/{training.target.format(run=run)}"
        outcome = study.snakemake(target)
        assert outcome.returncode == 0, outcome.text
        files = [study.results / path.format(run=run) for path in training.made]
        expected = {file: file.read_bytes() for file in files}
        for file in files:
            file.unlink()
        return study, run, target, expected

    return train


def state_of(study, run):
    return study.results / "checkpoints" / run / "checkpoint.safetensors"


def assert_ends_the_same(study, run, target, expected):
    """Give the same command again, undisturbed."""
    finished = study.snakemake(target)
    assert finished.returncode == 0, finished.text
    assert "goes on after epoch" in finished.text
    assert {file: file.read_bytes() for file in expected} == expected
    assert not state_of(study, run).parent.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("copied", "training"), [("study", AUTOENCODER), ("study_pid", ADVERSARY)], ids=["autoencoder", "adversary"]
)
def test_a_training_stopped_in_every_way_ends_with_the_same_bytes(copied, training, undisturbed, start):
    study, run, target, expected = undisturbed(copied, training)
    state = state_of(study, run)
    log = study.results / "logs" / training.rule / f"{run}.log"
    rng = np.random.default_rng(4)
    n_epochs = 0
    for number, minutes in ENDS:
        before = state.stat().st_mtime_ns if state.exists() else 0
        workflow = start(
            command(target, "--set-resources", f"{training.rule}:checkpoint_minutes={minutes}"),
            cwd=study.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        # Until the first epoch of this attempt is saved; where none is for a minute, some time from its first line on.
        while not (went_on(log) if minutes else state.exists() and state.stat().st_mtime_ns != before):
            assert workflow.poll() is None, workflow.communicate()[0]
            time.sleep(0.01)
        time.sleep(rng.uniform(minutes, minutes + 0.5))
        os.killpg(workflow.pid, number)  # all processes, as SLURM signals a job and a terminal its foreground
        screen, _ = workflow.communicate(timeout=300)
        said = log.read_text().rpartition("---- start ----\n")[2]
        assert workflow.returncode not in (0, None), screen
        if number == signal.SIGKILL:
            assert study.snakemake("--unlock").returncode == 0
            continue
        saved = re.search(rf"ended by {number.name}; epoch (\d+) is saved in (\S+), the same command goes on", said)
        assert saved, f"{screen}\n---\n{said}"
        assert n_epochs < int(saved[1]) < EPOCHS
        assert f"ended by {number.name}" in screen
        if n_epochs:
            assert f"goes on after epoch {n_epochs}\n" in said
        n_epochs = int(saved[1])

    assert_ends_the_same(study, run, target, expected)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the process of the job in /proc")
@pytest.mark.parametrize("training", [PERCEPTRON, ADVERSARY], ids=["perceptron", "adversary"])
def test_a_killed_script_costs_its_job_alone_and_the_same_command_ends_with_the_same_bytes(
    training, undisturbed, start
):
    study, run, target, expected = undisturbed("study_pid", training)
    workflow = start(
        command(target, "--set-resources", f"{training.rule}:checkpoint_minutes=0"),
        cwd=study.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    while not state_of(study, run).exists():
        assert workflow.poll() is None, workflow.communicate()[0]
        time.sleep(0.01)
    time.sleep(0.3)  # some epochs more
    (script,) = (
        process
        for process, words in processes_of(workflow.pid).items()
        if len(words) > 1 and words[1].endswith(f"/{training.rule}.py")
    )
    os.kill(script, signal.SIGKILL)  # as the kernel does when memory runs out
    screen, _ = workflow.communicate(timeout=300)
    assert workflow.returncode == 1, screen
    assert "1 job failed; what is finished stays, and the same command goes on from there." in screen, screen
    assert re.search(rf"{training.rule}: it (was ended from outside|ended before it wrote anything)", screen), screen
    assert not any(file.exists() for file in expected)
    assert_ends_the_same(study, run, target, expected)
