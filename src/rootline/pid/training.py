"""Training of one network: the tracks it may learn from, its scaling, its weights."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from rootline.core.checkpoints import Checkpoints
from rootline.core.device import torch_device
from rootline.core.errors import UserError
from rootline.core.one_training import Schedule, Task
from rootline.core.runs import run_id
from rootline.core.seeds import generator, seed_for
from rootline.core.state_digests import array_digest, state_digests
from rootline.core.training import deterministic, fit
from rootline.core.training_state import Arrays
from rootline.pid.inputs import Scaling, fit_scaling, raw_inputs, standardise, target_labels
from rootline.pid.network_training import adversarial_loss, build_network, classification_loss, pack_samples
from rootline.pid.runs import RunConfig


class TrainedNetwork(NamedTuple):
    """What a training leaves.

    Attributes
    ----------
    weights : dict
        Of the best epoch.
    scaling : Scaling
        Of the inputs.
    history : data frame
        One row per epoch.
    device : str
        The type of the device that trained the last epoch.
    """

    weights: Arrays
    scaling: Scaling
    history: pd.DataFrame
    device: str


def train_network(
    tracks: pd.DataFrame,
    run: RunConfig,
    *,
    second: pd.DataFrame | None = None,
    checkpoints: Path | None = None,
    checkpoint_minutes: float = 0.0,
) -> TrainedNetwork:
    """Train a network on the train part, stopped by the val part.

    Parameters
    ----------
    tracks : data frame
        Cleaned tracks with their part.
    run : RunConfig
        Everything that decides the network.
    second : data frame, optional
        The same of the second domain, for an adversary. Its species are never looked at.
    checkpoints : path, optional
        Folder to keep the state of the unfinished training in, as in the other studies.
    checkpoint_minutes : float
        How often at most, see `Checkpoints`.

    Raises
    ------
    UserError
        If a part has too few tracks, an input is missing in all of them, or the training diverges.
    """
    parts = {part: tracks[tracks["part"] == part] for part in ("train", "val")}
    scaling = fit_scaling(raw_inputs(parts["train"]))
    samples = [
        _samples(of_part, scaling, None if second is None else second[second["part"] == part], run, part)
        for part, of_part in parts.items()
    ]
    device = torch_device()
    with deterministic(0, device):
        torch.manual_seed(seed_for(run.train.seed, "weights"))
        network = build_network(run.kind, run.network)  # type: ignore[arg-type]  # no run of trees comes here
        saved = None
        if checkpoints is not None:
            data = array_digest(*samples, *scaling)
            exact, finished = state_digests(run, data, Path(__file__), device)
            saved = Checkpoints(checkpoints, digest=exact, finished=finished, every_minutes=checkpoint_minutes)
        train, val = (torch.from_numpy(part).to(device) for part in samples)
        fitted = fit(
            Task(
                network,
                train,
                val,
                adversarial_loss if run.network.adversary else classification_loss,
                Schedule(**run.train.model_dump()),
                label=f"train_network {run_id(run)}",
                advice=f"a lower train.lr (it is {run.train.lr:g})",
                checkpoints=saved,
            )
        )
    return TrainedNetwork(fitted.weights, scaling, pd.DataFrame(fitted.history), fitted.device)


def _samples(
    first: pd.DataFrame, scaling: Scaling, second: pd.DataFrame | None, run: RunConfig, part: str
) -> NDArray[np.float32]:
    """Pack the tracks of a part, with as many of the second domain, which have no labels."""
    inputs, labels = standardise(raw_inputs(first), scaling), target_labels(first)
    if second is None:
        return pack_samples(inputs, labels)
    if second.empty:
        raise UserError(
            f"the second domain {run.network.domain} has no track in its {part} part: give it more files or loosen pid.cleaning"
        )
    n = min(len(first), len(second))
    chosen = np.sort(generator(run.split.seed, "second domain", part).choice(len(second), n, replace=False))
    others = standardise(raw_inputs(second.iloc[chosen]), scaling)
    is_second = np.repeat([False, True], [len(first), n])
    return pack_samples(np.concatenate([inputs, others]), np.pad(labels, ((0, n), (0, 0))), is_second)
