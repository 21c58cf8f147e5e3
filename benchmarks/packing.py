"""Measure how many runs per hour are trained: by a textbook loop, one after the other, and in packs.

Usage: python benchmarks/packing.py [--write]

On a GPU with the paper's model and 48 x 48 pixels, on a CPU with a tiny model, which only shows that it works. The textbook
loop is what most projects have: a DataLoader, torch's plain Adam, and each loss read with `.item()`. Each round measures every way
once, one after the other; the medians of the rounds are printed. `--write` also writes them to a file in `results/` with date
and device.
"""

import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from rootline.core.batches import GRAPHS_VARIABLE
from rootline.core.device import torch_device
from rootline.core.training import deterministic, fit_together
from rootline.lartpc.images import ImageConfig
from rootline.lartpc.runs import ModelConfig, RunConfig, TrainConfig
from rootline.lartpc.training import TrainingData, make_task, send_data
from rootline.lartpc.vae import BetaVAE, vae_loss

ROUNDS = 3
EPOCHS_PER_RUN = 100
"""What counts as a run; trainings of the paper's model stop after about as many."""

SETTINGS = TrainConfig()
loss_of = partial(
    vae_loss, beta=SETTINGS.beta, signal_weight=SETTINGS.signal_weight, signal_threshold=SETTINGS.signal_threshold
)

Train = Callable[[int], None]
"""Trains for a number of epochs."""


class Case(NamedTuple):
    """What is trained: model, its images, and how many epochs are measured."""

    model: ModelConfig
    side: int
    n_train: int
    n_val: int
    epochs: int
    packs: tuple[int, ...]

    def draw(self) -> TrainingData:
        """Draw images of train and val part."""
        draw = np.random.default_rng(0)
        shapes = [(n, 2, self.side, self.side) for n in (self.n_train, self.n_val)]
        train, val = (np.maximum(draw.normal(size=shape), 0).astype(np.float32) for shape in shapes)
        return TrainingData(train, val, {}, "benchmark")

    def describe(self, device: torch.device) -> list[str]:
        """Give the lines above the table."""
        name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {torch.get_num_threads()} thread"
        images = (
            f"{self.side} x {self.side} pixels, {self.n_train} images to train on and {self.n_val} to validate with"
        )
        return [
            f"{datetime.now(UTC).date()}  {name}  torch {torch.__version__}",
            f"model {self.model.channels}, latent_dim {self.model.latent_dim}, {images}, batches of {SETTINGS.batch_size}",
            f"a run is {EPOCHS_PER_RUN} epochs; measured over {self.epochs}, medians of {ROUNDS} rounds, start included",
            "",
            f"{'way':<44}{'runs per hour':>14}{'to textbook':>13}{'to eager':>12}",
        ]


CASES = {
    "cpu": Case(ModelConfig(latent_dim=2, channels=(4, 8)), 16, 256, 64, epochs=2, packs=(4,)),
    "cuda": Case(ModelConfig(), 48, 3000, 400, epochs=25, packs=(4, 16)),
}


def main() -> None:
    """Print, and write if asked to, one row per way of training."""
    device = torch_device()
    if device.type == "cpu":
        torch.set_num_threads(1)  # with more, other work on the machine would decide what is measured
    case = CASES["cuda" if device.type == "cuda" else "cpu"]
    data = case.draw()
    together = partial(train_side_by_side, case, data, send_data(data, device))
    ways: dict[str, tuple[int, Train]] = {
        "a textbook loop": (1, partial(train_by_the_book, case, data, device)),
        "one after the other, eager": (1, partial(together, 1, "0", "float32")),
    }
    for precision in ("float32", "bfloat16"):
        name = "" if precision == "float32" else ", bfloat16"
        if device.type == "cuda":
            ways[f"one after the other, CUDA graphs{name}"] = (1, partial(together, 1, "1", precision))
        ways |= {f"pack of {size}{name}": (size, partial(together, size, "1", precision)) for size in case.packs}
    times = measure(ways, case.epochs)
    lines = case.describe(device)
    for way, (size, _) in ways.items():
        rate = 3600 * size * case.epochs / EPOCHS_PER_RUN / statistics.median(times[way])
        ratios = [
            statistics.median(one * size / time_s for one, time_s in zip(times[base], times[way], strict=True))
            for base in list(ways)[:2]
        ]
        lines.append(f"{way:<44}{rate:>14.1f}{ratios[0]:>13.2f}{ratios[1]:>12.2f}")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if "--write" in sys.argv[1:]:
        name = f"packing-{datetime.now(UTC).date()}-{device.type}.txt"
        (Path(__file__).with_name("results") / name).write_text(text, encoding="utf-8")


def train_by_the_book(case: Case, data: TrainingData, device: torch.device, epochs: int) -> None:
    """Train one model as a tutorial does."""
    model = BetaVAE(case.model, size=case.side).to(device)
    train, val = (
        DataLoader(TensorDataset(torch.from_numpy(part)), batch_size=SETTINGS.batch_size, shuffle=shuffle)
        for part, shuffle in ((data.train, True), (data.val, False))
    )
    adam = torch.optim.Adam(model.parameters(), lr=SETTINGS.lr, weight_decay=SETTINGS.weight_decay)
    for _ in range(epochs):
        model.train()
        for (batch,) in train:
            adam.zero_grad()
            loss = loss_of(model, batch.to(device))["loss"]
            loss.backward()
            adam.step()
            loss.item()
        model.eval()
        with torch.no_grad():
            for (batch,) in val:
                loss_of(model, batch.to(device))["loss"].item()


def train_side_by_side(
    case: Case, data: TrainingData, there: tuple[Tensor, Tensor], size: int, graphs: str, precision: str, epochs: int
) -> None:
    """Train models that differ in their seed as `train_model` and `train_pack` do."""
    os.environ[GRAPHS_VARIABLE] = graphs
    settings = SETTINGS.model_dump() | {"epochs": epochs, "patience": epochs, "precision": precision}
    with tempfile.TemporaryDirectory() as folder, deterministic(0, there[0].device):
        tasks = []
        for seed in range(size):
            train = TrainConfig.model_validate(settings | {"seed": seed})
            run = RunConfig(images=ImageConfig(size=case.side), model=case.model, train=train)
            saved = {"checkpoints": Path(folder) / str(seed), "checkpoint_minutes": 60}
            tasks.append(make_task(run, data, *there, label=f"run {seed}", **saved))
        fit_together(tasks, label="pack")


def measure(ways: dict[str, tuple[int, Train]], epochs: int) -> dict[str, list[float]]:
    """Give the time [s] of each way in each round; an epoch of each before the first warms up and does not count."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    with redirect_stderr(io.StringIO()):  # the progress of each training
        for _, train in ways.values():
            train(1)
        for _ in range(ROUNDS):
            for way, (_, train) in ways.items():
                started = time.perf_counter()
                train(epochs)
                times[way].append(time.perf_counter() - started)
    return times


if __name__ == "__main__":
    main()
