"""Models on disk: what they are fed with, and weights with the run's config beside them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from rootline.core.device import torch_device
from rootline.core.errors import UserError
from rootline.core.model_state import load_weights
from rootline.core.runs import check_pair, run_id, write_run
from rootline.core.splits import check_parts
from rootline.core.tables import TRACK_KEY, read_frame
from rootline.core.tensors import read_metadata, read_tensors, write_tensors
from rootline.lartpc.image_files import read_images
from rootline.lartpc.runs import RunConfig, read_run
from rootline.lartpc.training import TrainedModel, join_parts
from rootline.lartpc.vae import BetaVAE, prepare_for_inference


class LoadedModel(NamedTuple):
    """A trained model, ready to use.

    Attributes
    ----------
    network : BetaVAE
        From `prepare_for_inference`, on `device`.
    run : RunConfig
        What it was trained with.
    scale : dict
        For `transforms.apply_transform` with ``run.train.transform``.
    device : torch.device
        Where its input must lie.
    """

    network: BetaVAE
    run: RunConfig
    scale: dict[str, float]
    device: torch.device


def read_model_input(
    images: Path, keys: Path, split: Path, runs: Iterable[RunConfig]
) -> tuple[NDArray[np.float32], pd.DataFrame]:
    """Read images and what is known of each: see `training.join_parts` for the table and its errors.

    Raises
    ------
    UserError
        Also if the split is not that of one of the runs, see `splits.check_parts`.
    """
    rendered = read_images(images)
    tracks = join_parts(read_frame(keys, key=TRACK_KEY), read_frame(split, key=TRACK_KEY), rendered)
    for fractions in {run.split for run in runs}:
        check_parts(tracks, fractions)
    return rendered, tracks


def write_model(model: Path, config: Path, run: RunConfig, trained: TrainedModel) -> None:
    """Write weights by name, with run id and scale of the transform in the header, and the resolved config."""
    note = json.dumps({"run": run_id(run), "transform": run.train.transform, "scale": trained.scale}, sort_keys=True)
    write_tensors(model, trained.weights, {"rootline": note})
    write_run(config, run)


def read_model(model: Path, config: Path) -> LoadedModel:
    """Read a model and the config beside it. Nothing in either file can run code.

    Raises
    ------
    UserError
        If either file is damaged, they belong to different runs, or the
        weights are not those of the config's architecture.
    """
    run = read_run(config)
    try:
        note = json.loads(read_metadata(model)["rootline"])
        trained_as, scale = note["run"], {name: float(value) for name, value in note["scale"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{model}: its header names no run and no scale, so Rootline did not write it") from error
    check_pair(run, trained_as, model=model, config=config)
    network = BetaVAE(run.model, size=run.images.size)
    try:
        load_weights(network, read_tensors(model))
    except ValueError as error:
        raise UserError(f"{model}: does not fit the architecture in {config}: {error}") from error
    return load_network(network, run, scale)


def load_network(network: BetaVAE, run: RunConfig, scale: dict[str, float]) -> LoadedModel:
    """Make a network with its weights ready to use, on the device of this process."""
    device = torch_device()
    ready = prepare_for_inference(network)
    ready.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return LoadedModel(ready, run, scale, device)
