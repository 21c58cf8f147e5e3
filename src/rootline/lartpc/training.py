"""Training of one run: the rows it may learn from, its transform, its model."""

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
import yaml
from numpy.typing import NDArray

from rootline.core.batches import wants_graphs
from rootline.core.checkpoints import Checkpoints
from rootline.core.device import torch_device
from rootline.core.errors import UserError
from rootline.core.fingerprint import fingerprint
from rootline.core.seeds import seed_for
from rootline.core.sweeps import flatten
from rootline.core.tables import TRACK_KEY, join_strict
from rootline.core.training import LossFunction, Schedule, deterministic, fit
from rootline.core.training_state import Arrays
from rootline.lartpc.parts import of_part
from rootline.lartpc.runs import RunConfig, TrainConfig, run_id
from rootline.lartpc.transforms import apply_transform, fit_transform_scale
from rootline.lartpc.vae import BetaVAE, vae_loss


class TrainedModel(NamedTuple):
    """Weights of the best epoch, the scale of the transform, one history row per epoch, and the device's type."""

    weights: Arrays
    scale: dict[str, float]
    history: pd.DataFrame
    device: str


def join_parts(keys: pd.DataFrame, split: pd.DataFrame, images: NDArray[np.float32]) -> pd.DataFrame:
    """Give each image its part.

    Parameters
    ----------
    keys : data frame
        TRACK_KEY, particle, and row, the image's place in `images`.
    split : data frame
        TRACK_KEY and part, of the very same tracks.
    images : (n, plane, wires, ticks) array
        What `row` points into.

    Returns
    -------
    data frame
        Columns of both, in the order of the key.

    Raises
    ------
    UserError
        If the tables hold different tracks, or `row` is not one place each.
    """
    joined = join_strict(keys, split, key=TRACK_KEY, names=("the keys of the images", "the split"))
    if len(images) != len(joined) or not np.array_equal(np.sort(joined["row"].to_numpy()), np.arange(len(images))):
        raise UserError(
            f"the {len(joined)} keys do not name each of the {len(images)} images once; render the images again"
        )
    return joined


def select_rows(
    tracks: pd.DataFrame, species: Sequence[str], part: str, *, samples: Sequence[str] | None = None
) -> NDArray[np.int64]:
    """Give the places of the images of one part of some species, in the order of the key.

    `samples` names those that may be trained on; None allows all.

    Raises
    ------
    UserError
        If a species has no track at all, or the part none of any of them.
    """
    if samples is not None:
        tracks = tracks[tracks["sample"].isin(list(samples))]
    present = sorted(set(tracks["particle"]))
    if missing := [name for name in species if name not in present]:
        where = "" if samples is None else f" in the samples of role train ({', '.join(samples) or 'none'})"
        raise UserError(
            f"train.species: no track is labelled {', '.join(missing)}{where}; there are "
            f"{', '.join(present) or 'no tracks'}. Name another species, give a sample of it the role train, or loosen the cuts"
        )
    chosen = of_part(tracks, species, part)
    if not chosen.any():
        raise UserError(
            f"the {part} part holds none of the {int(tracks['particle'].isin(list(species)).sum())} tracks of "
            f"{', '.join(species)}; give more input, looser cuts or another share in split.{part}"
        )
    return tracks.loc[chosen, "row"].to_numpy(dtype=np.int64)


def train_vae(
    images: NDArray[np.float32],
    tracks: pd.DataFrame,
    run: RunConfig,
    *,
    samples: Sequence[str] | None = None,
    checkpoints: Path | None = None,
    checkpoint_minutes: float = 0.0,
    sweep_keys: Sequence[str] = (),
) -> TrainedModel:
    """Train the model of one run on the train part of its species, stopped by their val part.

    Parameters
    ----------
    images : (n, plane, wires, ticks) float32 array
        Raw ADC of all tracks.
    tracks : data frame
        From `join_parts`: particle, part and row of each image.
    run : RunConfig
        Everything that decides the model.
    samples : sequence of str, optional
        Samples that may be trained on; all without it.
    checkpoints : path, optional
        Folder to keep the state of the unfinished training in. It is gone on
        from only with the same config, data, code, torch, device and thread
        count.
    checkpoint_minutes : float
        How often at most, see `Checkpoints`.
    sweep_keys : sequence of str
        Keys that the config's sweeps name, for the advice on a run that diverges.

    Raises
    ------
    UserError
        If the images are of another size than the run's, a species or a part
        has too few tracks, or the training diverges.
    """
    size = run.images.size
    if images.shape[1:] != (2, size, size):
        raise UserError(
            f"images are {images.shape[1:]}, run {run_id(run)} needs (2, {size}, {size}); render its image set"
        )
    train, val = (images[select_rows(tracks, run.train.species, part, samples=samples)] for part in ("train", "val"))
    _check_last_batch(run, len(train))
    mpv = (run.train.mpv_collection, run.train.mpv_induction)
    scale = fit_transform_scale(run.train.transform, train, mpv=mpv, cells=run.images.cells_per_pixel)
    device = torch_device()
    saved = None
    if checkpoints is not None:
        digest = _digest(run, train, val, device)
        saved = Checkpoints(checkpoints, digest=digest, every_minutes=checkpoint_minutes)
    train, val = (apply_transform(run.train.transform, part, scale) for part in (train, val))
    with deterministic(seed_for(run.train.seed, "weights"), device):
        model = BetaVAE(run.model, size=size)  # on the CPU, so that every device starts from the same weights
        fitted = fit(
            model.to(device),
            torch.from_numpy(train).to(device),
            torch.from_numpy(val).to(device),
            _loss_of(run.train),
            _schedule_of(run.train),
            label=f"train_model {run_id(run)}",
            advice=advise(run, sweep_keys),
            checkpoints=saved,
        )
    return TrainedModel(fitted.weights, scale, pd.DataFrame(fitted.history), device.type)


def advise(run: RunConfig, sweep_keys: Sequence[str]) -> str:
    """Say what to change about a run whose training diverged, and how to leave it out of sweeps that name these keys."""
    text = f"a lower train.lr (it is {run.train.lr:g}), a lower train.beta (it is {run.train.beta:g})"
    if run.train.transform != "log1p":
        text += f", train.transform: log1p (it is {run.train.transform})"
    if sweep_keys:
        values = flatten(run.model_dump(mode="json"))
        row = yaml.safe_dump(
            {key: values[key] for key in sweep_keys}, default_flow_style=True, sort_keys=False, width=9999
        )
        text += f"; or leave it out of its sweep with this line below exclude:\n  - {row.strip()}"
    return text


def _check_last_batch(run: RunConfig, n_train: int) -> None:
    """Refuse a batch of one image where the innermost feature maps are one pixel: it has no variance to normalise by."""
    side = run.images.size // run.model.stride ** len(run.model.channels)
    n_last = n_train % run.train.batch_size or run.train.batch_size
    if side == 1 and n_last == 1 < n_train:
        raise UserError(
            f"train.batch_size={run.train.batch_size}: the last batch of the {n_train} images to train on holds one, which "
            f"batch normalisation cannot take with images.size={run.images.size} and {len(run.model.channels)} blocks in "
            "model.channels; choose another batch_size"
        )


def _loss_of(train: TrainConfig) -> LossFunction:
    return partial(
        vae_loss, beta=train.beta, signal_weight=train.signal_weight, signal_threshold=train.signal_threshold
    )


def _schedule_of(train: TrainConfig) -> Schedule:
    return Schedule(
        epochs=train.epochs,
        batch_size=train.batch_size,
        lr=train.lr,
        weight_decay=train.weight_decay,
        patience=train.patience,
        min_delta=train.min_delta,
        seed=train.seed,
    )


def _digest(run: RunConfig, train: NDArray[np.float32], val: NDArray[np.float32], device: torch.device) -> str:
    """Stand for all that decides the bytes of the result, the code included."""
    source = Path(__file__)
    settings: dict[str, Any] = {
        "run": run.model_dump(mode="json"),
        "code": fingerprint(source, [source.parents[2]]),
        "torch": torch.__version__,
        "device": device.type,
        "graphs": wants_graphs(device),
        "threads": torch.get_num_threads(),
    }
    digest = hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=16)
    for part in (train, val):
        digest.update(str(part.shape).encode())
        digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()
