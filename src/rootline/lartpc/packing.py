"""Training of several runs side by side. It leaves their finished states where their own trainings look for them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from rootline.core.device import torch_device
from rootline.core.errors import UserError
from rootline.core.one_training import Task
from rootline.core.runs import run_id
from rootline.core.screen import tell
from rootline.core.training import Fit, deterministic, fit_together
from rootline.lartpc.packs import PackPlan
from rootline.lartpc.runs import RunConfig
from rootline.lartpc.training import TrainingData, make_task, prepare_data, send_data

PACK_COLUMNS: Final = ("run", "outcome", "epochs", "best_epoch", "val_loss")

_DECIDES_DATA: Final = {"species", "transform", "mpv_collection", "mpv_induction"}
"""Keys of a run's training that decide its `TrainingData`, given the images and the split."""


def train_packed(
    images: NDArray[np.float32],
    tracks: pd.DataFrame,
    plan: PackPlan,
    *,
    checkpoints: Mapping[str, Path],
    samples: Sequence[str] | None = None,
    checkpoint_minutes: float = 0.0,
    label: str = "train_pack",
) -> pd.DataFrame:
    """Train the runs of a pack side by side and save the last state of each.

    Each has the bytes that it has alone. A run goes on from the state that its
    own training left, and `training.train_vae` takes its model from a finished
    state without an epoch of its own.

    Parameters
    ----------
    images : (n, plane, wires, ticks) float32 array
        Raw ADC of all tracks.
    tracks : data frame
        From `join_parts`: particle, part and row of each image.
    plan : PackPlan
        Runs with the same images and split.
    checkpoints : mapping
        Run id to the folder of its state.
    samples : sequence of str, optional
        Samples that may be trained on; all without it.
    checkpoint_minutes : float
        How far apart the states of each run are that are saved on the way.
    label : str
        How the lines on the screen call the pack.

    Returns
    -------
    data frame
        PACK_COLUMNS, a row per run: outcome (``all epochs``, ``stopped
        early``, ``diverged`` or ``model is there``), how many epochs it has,
        and the best one with its validation loss; missing where there is
        none.

    Raises
    ------
    UserError
        As `train_vae`, but for a run that diverges; and if the models do not
        fit the memory of the device together.
    """
    device, rows = torch_device(), [{"run": run, "outcome": "model is there"} for run in plan.there]
    with deterministic(0, device):
        tasks: list[Task] = []
        known: dict[str, tuple[TrainingData, torch.Tensor, torch.Tensor]] = {}
        for run in plan.train:
            data = run.train.model_dump_json(include=_DECIDES_DATA)
            if data not in known:
                prepared = prepare_data(images, tracks, run, samples=samples)
                known[data] = prepared, *send_data(prepared, device)
            name, minutes = run_id(run), checkpoint_minutes
            task = make_task(run, *known[data], label=name, checkpoints=checkpoints[name], checkpoint_minutes=minutes)
            tasks.append(task)
        try:
            ended = fit_together(tasks, label=label)
        except torch.OutOfMemoryError as error:
            raise UserError(
                f"{label}: {len(tasks)} models do not fit the memory of the device together; lower "
                f"lartpc.packing.models. Torch says: {str(error).splitlines()[0]}"
            ) from error
    for run, end in zip(plan.train, ended, strict=True):
        rows.append({"run": run_id(run), **_describe(run, end)})
        if isinstance(end, UserError):
            tell(f"  {end}")
    return pd.DataFrame(rows, columns=list(PACK_COLUMNS))


def _describe(run: RunConfig, end: Fit | UserError) -> dict[str, str]:
    if isinstance(end, UserError):
        return {"outcome": "diverged"}
    best = [row for row in end.history if row["kept"]][-1]
    outcome = "stopped early" if len(end.history) < run.train.epochs else "all epochs"
    numbers = {"best_epoch": str(best["epoch"]), "val_loss": repr(best["val_loss"])}
    return {"outcome": outcome, "epochs": str(len(end.history)), **numbers}
