"""Measure how many runs per hour a GPU trains: one after the other, eager and by CUDA graphs, against packs of several runs.

Usage: python benchmarks/packing.py [--write]

On a GPU with the paper's model and 48 x 48 pixels, on a CPU with a tiny model, which only shows that it works. Each round
measures every way once, one after the other; the medians of the rounds are printed. `--write` also writes them to a file
with date and device beside this one.
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

import numpy as np
import torch

from rootline.core.batches import GRAPHS_VARIABLE
from rootline.core.checkpoints import Checkpoints
from rootline.core.device import torch_device
from rootline.core.training import Schedule, deterministic, fit
from rootline.core.training_state import start_state
from rootline.lartpc.packed_epochs import Member
from rootline.lartpc.packed_training import fit_pack
from rootline.lartpc.runs import ModelConfig, TrainConfig
from rootline.lartpc.vae import BetaVAE, vae_loss

SIZES = (1, 4, 16)
ROUNDS = 5
EPOCHS_PER_RUN = 100
"""What counts as a run; trainings of the paper's model stop after about as many."""

CASES = {  # device: model, pixels, images to train on, images to validate with, epochs of one measurement
    "cpu": (ModelConfig(latent_dim=2, channels=(4, 8)), 16, 256, 64, 2),
    "cuda": (ModelConfig(), 48, 3000, 400, 3),
}


def main() -> None:
    """Print, and write if asked to, one row per way of training."""
    device = torch_device()
    if device.type == "cpu":
        torch.set_num_threads(1)  # with more, other work on the machine would decide what is measured
    model, side, n_train, n_val, epochs = CASES["cuda" if device.type == "cuda" else "cpu"]
    draw = np.random.default_rng(0)
    train, val = (
        torch.from_numpy(np.maximum(draw.normal(size=(n, 2, side, side)), 0).astype(np.float32)).to(device)
        for n in (n_train, n_val)
    )
    settings = TrainConfig(epochs=epochs, patience=epochs)

    def alone(graphs: str) -> None:
        os.environ[GRAPHS_VARIABLE] = graphs
        schedule = Schedule(**{name: getattr(settings, name) for name in Schedule._fields})
        names = ("beta", "signal_weight", "signal_threshold")
        loss = partial(vae_loss, **{name: getattr(settings, name) for name in names})
        fit(BetaVAE(model, size=side).to(device), train, val, loss, schedule, label="alone")

    def together(size: int) -> None:
        os.environ[GRAPHS_VARIABLE] = "1"
        with tempfile.TemporaryDirectory() as folder:
            members = [
                Member(
                    name=f"run {seed}",
                    model=BetaVAE(model, size=side),
                    train=settings.model_copy(update={"seed": seed}),
                    state=start_state(),
                    checkpoints=Checkpoints(Path(folder) / str(seed), digest="benchmark"),
                )
                for seed in range(size)
            ]
            fit_pack(members, train, val, label="pack", code="benchmark", checkpoint_minutes=60)

    ways: dict[str, tuple[int, Callable[[], None]]] = {"one after the other, eager": (1, partial(alone, "0"))}
    if device.type == "cuda":
        ways["one after the other, CUDA graphs"] = (1, partial(alone, "1"))
    ways |= {f"pack of {size}": (size, partial(together, size)) for size in SIZES}
    with deterministic(0, device):
        times = measure(ways)
    lines = describe(device, model, side, n_train, n_val, epochs)
    base = times["one after the other, eager"]
    for way, (size, _) in ways.items():
        per_run = [time_s / size / epochs * EPOCHS_PER_RUN for time_s in times[way]]
        ratios = [eager * size / time_s for eager, time_s in zip(base, times[way], strict=True)]
        lines.append(f"{way:<36}{3600 / statistics.median(per_run):>14.1f}{statistics.median(ratios):>12.2f}")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if "--write" in sys.argv[1:]:
        name = f"packing-{datetime.now(UTC).date()}-{device.type}.txt"
        Path(__file__).with_name(name).write_text(text, encoding="utf-8")


def measure(ways: dict[str, tuple[int, Callable[[], None]]]) -> dict[str, list[float]]:
    """Give the time [s] of each way in each round; a round before the first warms up and does not count."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS + 1):
        for way, (_, train) in ways.items():
            started = time.perf_counter()
            with redirect_stderr(io.StringIO()):  # the progress of each training
                train()
            times[way].append(time.perf_counter() - started)
    return {way: measured[1:] for way, measured in times.items()}


def describe(device: torch.device, model: ModelConfig, side: int, n_train: int, n_val: int, epochs: int) -> list[str]:
    """Give the lines above the table."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {torch.get_num_threads()} thread"
    images = f"{side} x {side} pixels, {n_train} images to train on and {n_val} to validate with"
    return [
        f"{datetime.now(UTC).date()}  {name}  torch {torch.__version__}",
        f"model {model.channels}, latent_dim {model.latent_dim}, {images}, batches of {TrainConfig().batch_size}",
        f"a run is {EPOCHS_PER_RUN} epochs; measured over {epochs}, medians of {ROUNDS} rounds, start included",
        "",
        f"{'way':<36}{'runs per hour':>14}{'to eager':>12}",
    ]


if __name__ == "__main__":
    main()
