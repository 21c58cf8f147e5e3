"""Training of several runs as one model. It leaves their finished states where their own trainings look for them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from rootline.core.checkpoints import Checkpoints
from rootline.core.device import torch_device
from rootline.core.errors import UserError
from rootline.core.fingerprint import fingerprint
from rootline.core.screen import tell
from rootline.core.seeds import seed_for
from rootline.core.training import deterministic
from rootline.core.training_state import TrainingState, start_state, unpack_state
from rootline.lartpc.packed_epochs import Ended, Member
from rootline.lartpc.packed_training import fit_pack
from rootline.lartpc.packs import PackPlan
from rootline.lartpc.runs import RunConfig, run_id
from rootline.lartpc.training import checkpoint_digests, prepare_data
from rootline.lartpc.vae import BetaVAE

PACK_COLUMNS: Final = ("run", "outcome", "epochs", "best_epoch", "val_loss")


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
    """Train the runs of a pack as one model and save the last state of each.

    A run goes on from the state that its own training or a pack of the same
    code left. `training.train_vae` takes its model from a finished state
    without an epoch of its own.

    Parameters
    ----------
    images : (n, plane, wires, ticks) float32 array
        Raw ADC of all tracks.
    tracks : data frame
        From `join_parts`: particle, part and row of each image.
    plan : PackPlan
        Runs that differ in `packs.MAY_DIFFER` alone.
    checkpoints : mapping
        Run id to the folder of its state.
    samples : sequence of str, optional
        Samples that may be trained on; all without it.
    checkpoint_minutes : float
        How far apart the states are that are saved on the way.
    label : str
        How the lines on the screen call the pack.

    Returns
    -------
    data frame
        PACK_COLUMNS, a row per run: outcome (``all epochs``, ``stopped
        early``, ``diverged``, ``model is there`` or ``left to train_model``),
        how many epochs it has, and the best one with its validation loss;
        missing where there is none.

    Raises
    ------
    UserError
        As `train_vae`, but for a run that diverges; and if the models do not
        fit the memory of the device together.
    """
    rows: list[dict[str, object]] = [{"run": run, "outcome": "model is there"} for run in plan.there]
    rows += [{"run": run, "outcome": "left to train_model"} for run in plan.alone]
    if plan.train:
        data = prepare_data(images, tracks, plan.train[0], samples=samples)
        device = torch_device()
        code = fingerprint(Path(__file__), [Path(__file__).parents[2]])
        with deterministic(0, device):
            members = []
            for run in plan.train:
                alone, packed = checkpoint_digests(run, data, device)
                saved = Checkpoints(checkpoints[run_id(run)], digest=packed, also=[alone])
                torch.manual_seed(seed_for(run.train.seed, "weights"))
                model = BetaVAE(run.model, size=run.images.size)  # on the CPU, as when it is trained alone
                members.append(Member(run_id(run), model, run.train, _find_state(saved, code), saved))
            train, val = (torch.from_numpy(part).to(device) for part in (data.train, data.val))
            try:
                ended = fit_pack(members, train, val, label=label, code=code, checkpoint_minutes=checkpoint_minutes)
            except torch.OutOfMemoryError as error:
                raise UserError(
                    f"{label}: {len(members)} models do not fit the memory of the device together; lower "
                    f"lartpc.packing.models. Torch says: {str(error).splitlines()[0]}"
                ) from error
        rows += [_describe(run, end) for run, end in zip(plan.train, ended, strict=True)]
    return pd.DataFrame(rows, columns=list(PACK_COLUMNS))


def _find_state(saved: Checkpoints, code: str) -> TrainingState:
    found = saved.find()
    state = start_state() if found is None else unpack_state(*found)
    if state.packed is not None and state.packed["code"] != code:
        tell(f"  {saved.folder} holds the state of a pack with other code; starting anew")
        return start_state()
    return state


def _describe(run: RunConfig, end: Ended) -> dict[str, object]:
    kept = [row for row in end.history if row["kept"]]
    outcome = "stopped early" if len(end.history) < run.train.epochs else "all epochs"
    row: dict[str, object] = {"run": run_id(run), "outcome": "diverged" if end.diverged else outcome}
    row["epochs"] = str(len(end.history))
    if kept:
        row |= {"best_epoch": str(kept[-1]["epoch"]), "val_loss": repr(kept[-1]["val_loss"])}
    return row
