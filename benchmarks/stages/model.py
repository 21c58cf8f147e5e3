"""Training of the paper's model, and inference with it."""

from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from benchmarks import floors
from benchmarks.baseline.model import PlainVAE
from benchmarks.baseline.training import encode_images
from benchmarks.baseline.training import train_vae as train_plain
from benchmarks.inputs import SAMPLE
from benchmarks.stages import Stage
from rootline.core.seeds import generator, seed_for
from rootline.lartpc.latents import encode_tracks
from rootline.lartpc.models import load_network
from rootline.lartpc.runs import ModelConfig, RunConfig, TrainConfig
from rootline.lartpc.training import train_vae
from rootline.lartpc.vae import BetaVAE

Images = NDArray[np.float32]

Precision = Literal["float32", "bfloat16"]

SEED = 0
FIRST_EPOCH_RTOL, CURVE_RTOL = 5e-3, 5e-2
"""Of the training loss of the first epoch; of that of all epochs and of the first validation loss. Both ways do the same sums
in another order; Adam divides each gradient by its own size, so that one which is nothing but last bits moves its weight as
far as any other, and the curves part. Measured: with a last bit of the images changed, the baseline's own three epochs part by
up to 0.2, 1.4 and 2.2 % in the training loss, and by up to 0.8, 18 and 3 % in the validation loss, whose batch normalisations
have hardly settled: later validation losses are not compared."""


def describe_tracks(n: int, *, n_val: int) -> pd.DataFrame:
    """Give the table that goes with `n` images, the last `n_val` of them for validation."""
    part = np.where(np.arange(n) < n - n_val, "train", "val")
    return pd.DataFrame(
        {
            "sample": SAMPLE, "run": 1, "subrun": 0, "event": np.arange(n), "track": 0,
            "particle": "proton", "part": part, "row": np.arange(n),
        }
    )  # fmt: skip


def run_config(epochs: int, *, precision: Precision = "float32") -> RunConfig:
    """Give the paper's model with so many epochs."""
    return RunConfig(train=TrainConfig(epochs=epochs, patience=epochs, seed=SEED, precision=precision))


def plain_randomness(n_train: int) -> dict[str, Any]:
    """Give the arguments with which the baseline trains in our order of images and with our random numbers."""
    return {
        "order_of": lambda epoch: generator(SEED, "shuffle", epoch).permutation(n_train).tolist(),
        "seed_of": lambda epoch: seed_for(SEED, "validate") if epoch is None else seed_for(SEED, "train", epoch),
        "weights_seed": seed_for(SEED, "weights"),
    }


def _train_plain(train: Images, val: Images, epochs: int) -> pd.DataFrame:
    return pd.DataFrame(train_plain(train, val, epochs=epochs, **plain_randomness(len(train)))[1])


def training(images: Images, *, n_val: int, epochs: int, precision: Precision = "float32") -> Stage:
    """Training, the baseline's always in float32; losses as `check_history` has them, those in bfloat16 from the first epoch within `CURVE_RTOL`."""
    tracks, n_train = describe_tracks(len(images), n_val=n_val), len(images) - n_val
    flop = floors.PASS_FLOP * epochs * (3 * n_train + n_val)
    return Stage(
        f"training, {precision}", f"{n_train} images, {epochs} epochs, batch 32", n_train * epochs, "sample",
        baseline=partial(_train_plain, images[:n_train], images[n_train:], epochs),
        ours=lambda: train_vae(images, tracks, run_config(epochs, precision=precision)).history,
        check=partial(check_history, first=tolerance_of(precision)),
        floors=[partial(floors.multiply, flop)],
        floor_is="matrix products of as many operations",
    )  # fmt: skip


def tolerance_of(precision: Precision) -> float:
    """Give how far the training losses of the first epoch may lie apart; the baseline has them in float32."""
    return FIRST_EPOCH_RTOL if precision == "float32" else CURVE_RTOL


def check_history(plain: pd.DataFrame, fast: pd.DataFrame, *, first: float) -> None:
    """Compare two loss curves."""
    for name, epochs, rtol in (("train_loss", 1, first), ("train_loss", None, CURVE_RTOL), ("val_loss", 1, CURVE_RTOL)):
        np.testing.assert_allclose(fast[name][:epochs], plain[name][:epochs], rtol=rtol, err_msg=name)


def inference(images: Images) -> Stage:
    """Latents and reconstruction errors of images, by a model of random weights; within 1e-4 of the largest."""
    run = run_config(1)
    torch.manual_seed(SEED)
    plain = PlainVAE()
    torch.manual_seed(SEED)
    model = load_network(BetaVAE(ModelConfig(), size=run.images.size), run, {})
    tracks = describe_tracks(len(images), n_val=0)

    def ours() -> NDArray[np.float64]:
        encoded = encode_tracks(images, tracks, model)
        numbers = [name for name in encoded if str(name).startswith(("mu_", "logvar_", "reconstruction_"))]
        return encoded[numbers].to_numpy(np.float64)

    return Stage(
        "inference", f"{len(images)} images", len(images), "sample",
        baseline=partial(encode_images, plain, images),
        ours=ours,
        check=_check_latents,
        floors=[partial(floors.multiply, floors.PASS_FLOP * len(images))],
        floor_is="matrix products of as many operations",
    )  # fmt: skip


def _check_latents(plain: Any, fast: Any) -> None:
    np.testing.assert_allclose(fast, plain, rtol=1e-4, atol=1e-4 * float(np.abs(plain).max()))
