"""A tiny training in a process of its own, for tests that kill it.

It waits for its standard input to close before the batch that a test names,
so that a signal can be there by then, and writes its result to a file at the
end. It prints how many batches it has taken.
"""

import itertools
import os
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from rootline.core.checkpoints import Checkpoints, clear_checkpoints
from rootline.core.one_training import Schedule, Task
from rootline.core.script import run_script
from rootline.core.tensors import write_tensors
from rootline.core.training import deterministic, fit

SCHEDULE = Schedule(epochs=30, batch_size=8, lr=1e-2, weight_decay=1e-4, patience=50, min_delta=0.0, seed=3)
N_TRAIN, N_VAL = 37, 11
BATCHES_PER_EPOCH = 5 + 2


def main(folder: Path, result: Path, wait_at: int = 0, minutes: float = 0.0, lr: float = SCHEDULE.lr) -> None:
    """Train and write weights and history."""
    schedule = SCHEDULE._replace(lr=lr)
    rng = np.random.default_rng(0)
    count = itertools.count(1)
    train, val = (torch.from_numpy(rng.normal(size=(n, 2, 8, 8)).astype(np.float32)) for n in (N_TRAIN, N_VAL))

    def loss(model: nn.Module, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        os.write(1, b".")
        if next(count) == wait_at:
            sys.stdin.read()
        return {"loss": ((model(batch + 0.01 * torch.randn_like(batch)) - batch) ** 2).mean()}

    with deterministic(5, torch.device("cpu")):
        model = nn.Sequential(
            nn.Conv2d(2, 6, 3, padding=1),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Dropout2d(0.2),
            nn.Conv2d(6, 2, 3, padding=1),
        )
        checkpoints = Checkpoints(folder, digest=str(schedule), every_minutes=minutes)
        fitted = fit(Task(model, train, val, loss, schedule, label="tiny", checkpoints=checkpoints))
    write_tensors(result, fitted.weights, {"history": repr(fitted.history)})
    clear_checkpoints(folder)


if __name__ == "__main__":
    run_script(main)
