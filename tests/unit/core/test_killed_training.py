"""Trainings in processes of their own that are killed at any moment and started again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.unit.core.killed_training import BATCHES_PER_EPOCH, SCHEDULE

from rootline.core.checkpoints import Checkpoints

PYTHON = (sys.executable, str(Path(__file__).with_name("killed_training.py")))
SOURCE = Path(__file__).resolve().parents[3] / "src"
CAUGHT = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)


@pytest.fixture
def tiny(tmp_path, start):
    """Give a function that starts the training and signals it within a batch; it gives code, batches begun and screen."""

    def run(*options, number=None, batch=0, late_s=None):
        process = start(
            [*PYTHON, str(tmp_path / "run"), str(tmp_path / "result"), "--wait-at", str(batch), *options],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if number is not None:
            assert process.stdout.read(batch) == "." * batch, process.stderr.read()
            if late_s is not None:  # at some moment after the batch
                process.stdin.close()
                process.stdin = None
                time.sleep(late_s)
            process.send_signal(number)
        rest, screen = process.communicate(timeout=300)
        return process.returncode, (0 if number is None else batch) + len(rest), screen

    return run


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Bytes of the result of a training that nothing interrupts."""
    folder = tmp_path_factory.mktemp("undisturbed")
    command = [*PYTHON, str(folder / "run"), str(folder / "result")]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, check=True, timeout=120)
    return (folder / "result").read_bytes()


def epochs_saved(folder):
    found = Checkpoints(folder, digest=str(SCHEDULE)).find()
    return 0 if found is None else len(found[1]["history"])


def test_a_warned_training_saves_its_last_whole_epoch_at_once_and_goes_on_to_the_same_bytes(
    tmp_path, tiny, undisturbed
):
    code, n_batches, screen = tiny("--minutes", "60", number=signal.SIGUSR1, batch=40)
    assert (code, n_batches) == (128 + signal.SIGUSR1, 40)
    assert f"tiny: ended by SIGUSR1; epoch 5 is saved in {tmp_path / 'run'}, the same command goes on" in screen
    assert epochs_saved(tmp_path / "run") == 5
    code, n_batches, screen = tiny("--minutes", "60")
    assert code == 0
    assert "tiny: goes on after epoch 5\n" in screen
    assert n_batches == (SCHEDULE.epochs - 5) * BATCHES_PER_EPOCH
    assert (tmp_path / "result").read_bytes() == undisturbed
    assert not (tmp_path / "run").exists()


def test_a_training_ended_in_its_first_epoch_has_nothing_to_go_on_from(tmp_path, tiny):
    code, _, screen = tiny(number=signal.SIGTERM, batch=BATCHES_PER_EPOCH - 1)
    assert code == 128 + signal.SIGTERM
    assert "tiny: ended by SIGTERM; its 0 epochs are lost" in screen
    assert not (tmp_path / "run").exists()


def test_a_changed_setting_does_not_go_on_from_the_state_of_the_old_one(tmp_path, tiny, undisturbed):
    assert tiny("--lr", "0.02", number=signal.SIGTERM, batch=60)[0] == 128 + signal.SIGTERM
    code, n_batches, screen = tiny()
    assert (code, n_batches) == (0, SCHEDULE.epochs * BATCHES_PER_EPOCH)
    assert "of a training with other settings, data or code; starting anew" in screen
    assert (tmp_path / "result").read_bytes() == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_training_killed_again_and_again_at_any_moment_gives_the_same_bytes(tmp_path, tiny, undisturbed, seed):
    rng = np.random.default_rng(seed)
    done = 0
    for number in rng.permutation([signal.SIGKILL] * 3 + list(CAUGHT)).tolist():
        # A state is saved after every epoch, now and then, or at the end alone.
        minutes = str(rng.choice(["0", "0.001", "60"]))
        batch = int(rng.integers(1, 4 * BATCHES_PER_EPOCH))
        late_s = rng.uniform(0, 0.03) if number == signal.SIGKILL else None
        code, n_batches, screen = tiny("--minutes", minutes, number=number, batch=batch, late_s=late_s)
        if code == 0:
            break  # the kill came too late on a busy machine
        assert code == (-number if number == signal.SIGKILL else 128 + number), screen
        reached = done + n_batches // BATCHES_PER_EPOCH
        saved = epochs_saved(tmp_path / "run")
        assert done <= saved <= reached
        assert number == signal.SIGKILL or saved == reached
        done = saved
    else:
        assert tiny()[0] == 0
    assert (tmp_path / "result").read_bytes() == undisturbed
