"""The training loop: seeded, deterministic, resumable, with early stopping and the best weights kept; for one model or many."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch

from rootline.core.errors import UserError
from rootline.core.one_training import OneTraining, Task
from rootline.core.screen import Progress, tell
from rootline.core.signals import hold_signals, signal_name
from rootline.core.training_state import Arrays

_LOOK_AGAIN_S = 2e-4


class Fit(NamedTuple):
    """What a training leaves.

    Attributes
    ----------
    weights : dict
        The state of the best epoch by name, as NumPy arrays.
    history : list of dict
        One row per epoch, see `TrainingState`.
    device : str
        The type of the device that did the last epoch.
    """

    weights: Arrays
    history: list[dict[str, Any]]
    device: str


@contextmanager
def deterministic(seed: int, device: torch.device) -> Iterator[None]:
    """Compute deterministically inside; torch's seeds and switches are put back as they were afterwards."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic with this alone
    if (n_threads := os.environ.get("OMP_NUM_THREADS", "")).isdigit() and int(n_threads) > 0:
        torch.set_num_threads(int(n_threads))
    memory: Any = torch.utils.deterministic
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.backends.cudnn.benchmark,
        memory.fill_uninitialized_memory,
    )
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        # Some operations have no deterministic form on Apple's GPUs: there, warn.
        torch.use_deterministic_algorithms(True, warn_only=device.type == "mps")
        torch.backends.cudnn.benchmark = False
        memory.fill_uninitialized_memory = False  # one kernel more per tensor, and nothing here reads such memory
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before[0])
            torch.backends.cudnn.benchmark, memory.fill_uninitialized_memory = before[1:]


def fit(task: Task) -> Fit:
    """Train one model and give the weights of its best epoch; see `fit_together`.

    Raises
    ------
    UserError
        If there is too little to train on or to validate with, or the training diverges.
    """
    (fitted,) = fit_together([task], label=task.label)
    if isinstance(fitted, UserError):
        raise fitted
    return fitted


def fit_together(tasks: Sequence[Task], *, label: str) -> list[Fit | UserError]:
    """Train models side by side, a step of each in turn, and give the weights of the best epoch of each.

    The same seed, data, device and thread count give the same bytes, whatever
    else is trained beside, and whether or not the training was interrupted
    and went on from a checkpoint. Validation draws the same random numbers in
    every epoch, so that epochs are compared on equal terms. A mean over an
    epoch is the mean of its batch means.

    Whatever ends the trainings early, the state of each after its last whole
    epoch is saved first: an error, or a signal that `hold_signals` holds,
    which ends the program at the next batch. The last state of one that
    has finished is saved, too; given the same checkpoints again, it is
    taken from there.

    Parameters
    ----------
    tasks : sequence of Task
        What to train.
    label : str
        How the progress lines call all of it.

    Returns
    -------
    list of Fit or UserError
        In the order of the tasks; the error of one that diverged, see
        `why_diverged`. Its history is kept beside its state, from which
        another try goes on and ends the same way.

    Raises
    ------
    UserError
        If there is too little to train on or to validate with.
    """
    trainings = [OneTraining(task) for task in tasks]
    failed: dict[int, UserError] = {}
    running = {place: training.steps() for place, training in enumerate(trainings)}
    counter = Progress(label, total=sum(training.n_left for training in trainings), unit="samples")
    with hold_signals() as end_if_asked:
        try:
            while running:
                waiting = True
                for place, steps in tuple(running.items()):
                    end_if_asked()
                    training = trainings[place]
                    n_epochs = training.n_epochs
                    try:
                        with training.lane.entered():
                            waiting &= not next(steps)
                    except StopIteration:
                        tell(f"  {training.task.label}: {training.describe_end()}")
                        del running[place]
                    except UserError as error:
                        failed[place] = error
                        del running[place]
                    if training.n_epochs > n_epochs:
                        named = f"{training.task.label} " if len(trainings) > 1 else ""
                        counter.advance(len(training.task.train), named + training.describe())
                if waiting and running:
                    time.sleep(_LOOK_AGAIN_S)
            end_if_asked()
        except BaseException as error:
            for training in trainings:
                with training.lane.entered():
                    training.save()
                if name := signal_name(error):
                    tell(f"  {training.task.label}: ended by {name}; {training.describe_kept()}")
            raise
    return [failed.get(place) or _conclude(training) for place, training in enumerate(trainings)]


def _conclude(training: OneTraining) -> Fit:
    with training.lane.entered():
        state = training.whole_state()
    return Fit(state.best, state.history, state.device)
