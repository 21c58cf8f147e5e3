"""Measure the making of images and inference on a GPU against the cores of the same machine.

Usage: python benchmarks/gpu.py [--write]

Needs an NVIDIA GPU and CuPy; benchmarks/packing.py is the one for training. Wall-clock times, medians of interleaved rounds
after one that warms up, copies to and from the GPU included; equal results are checked before a ratio is printed. `--write` also
writes the table to a file in `results/` with date and device.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a file, as all of this folder can be

from benchmarks.inputs import (
    N_DISTINCT,
    Case,
    build_tables,
    repeat_events,
    simulate_events,
    write_curves,
    write_hits,
    write_root,
)
from benchmarks.stages.model import describe_tracks, run_config
from rootline.core.device import DEVICE_VARIABLE
from rootline.lartpc.images import ImageConfig, render_images
from rootline.lartpc.latents import encode_tracks
from rootline.lartpc.models import load_network
from rootline.lartpc.runs import ModelConfig
from rootline.lartpc.vae import BetaVAE

ROUNDS = 3
N_EVENTS = 4_000

Images = NDArray[np.float32]


def main() -> None:
    """Print, and write if asked to, one row per stage."""
    tracks = make_tracks()
    images = render_images(tracks, ImageConfig())
    stages: dict[str, tuple[Callable[[], NDArray[np.floating]], float]] = {
        f"images, {way}": (partial(render_images, tracks, ImageConfig(resampling=way)), 1e-5)
        for way in ("area", "bilinear")
    }
    # cuDNN convolves in TF32, with 3 digits.
    stages["inference"] = (partial(encode, images), 2e-2)
    lines = [
        f"{datetime.now(UTC).date()}  {torch.cuda.get_device_name()}  torch {torch.__version__}, {os.cpu_count()} cores",
        f"{len(images)} tracks, 48 x 48 pixels, paper's model; medians of {ROUNDS} rounds, wall-clock, copies included",
        "",
        f"{'stage':<20}{'CPU [us/track]':>16}{'GPU [us/track]':>16}{'ratio':>8}{'largest difference':>20}",
    ]
    for stage, (compute, tolerance) in stages.items():
        lines.append(f"{stage:<20}{compare(compute, tolerance, n=len(images))}")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if "--write" in sys.argv[1:]:
        name = f"gpu-{datetime.now(UTC).date()}.txt"
        (Path(__file__).with_name("results") / name).write_text(text, encoding="utf-8")


def make_tracks() -> pa.Table:
    """Simulate a few events, find their tracks, and repeat these."""
    case = Case(n_events=N_DISTINCT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        events = simulate_events(folder / "events.npy", clusters=case.clusters)
        write_root(folder / "events.root", events, case)
        write_hits(folder / "hits.csv", events, n_events=case.n_events)
        tracks = build_tables(folder / "events.root", folder / "hits.csv", write_curves(folder)).tracks
    return repeat_events(tracks, n_distinct=N_DISTINCT, n_events=N_EVENTS)


def encode(images: Images) -> NDArray[np.floating]:
    """Give the latents of images by a model of random weights."""
    torch.manual_seed(0)
    run = run_config(1)
    model = load_network(BetaVAE(ModelConfig(), size=run.images.size), run, {})
    encoded = encode_tracks(images, describe_tracks(len(images), n_val=0), model)
    return encoded.filter(regex="^(mu|logvar)_").to_numpy()


def compare(compute: Callable[[], NDArray[np.floating]], tolerance: float, *, n: int) -> str:
    """Give times per track, their ratio and how far the results are apart, in units of the largest number."""
    times: dict[str, list[float]] = {"cpu": [], "cuda": []}
    found: dict[str, NDArray[np.floating]] = {}
    for number in range(ROUNDS + 1):
        for device, measured in times.items():
            os.environ[DEVICE_VARIABLE] = device
            started = time.perf_counter()
            found[device] = compute()
            torch.cuda.synchronize()
            if number > 0:
                measured.append((time.perf_counter() - started) / n * 1e6)
    difference = float(np.abs(found["cuda"] - found["cpu"]).max() / np.abs(found["cpu"]).max())
    if difference > tolerance:
        raise AssertionError(f"results differ by {difference:.2g}, allowed are {tolerance:g}")
    cpu, gpu = (statistics.median(measured) for measured in times.values())
    ratio = statistics.median(one / other for one, other in zip(*times.values(), strict=True))
    return f"{cpu:>16.1f}{gpu:>16.1f}{ratio:>8.1f}{difference:>20.1e}"


if __name__ == "__main__":
    main()
