"""Training of one run: the rows it may learn from, its transform, its model."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from rootline.core.checkpoints import Checkpoints
from rootline.core.device import torch_device
from rootline.core.errors import UserError
from rootline.core.one_training import LossFunction, Schedule, Task
from rootline.core.runs import run_id
from rootline.core.seeds import seed_for
from rootline.core.state_digests import array_digest, state_digests
from rootline.core.tables import TRACK_KEY, join_strict
from rootline.core.training import deterministic, fit
from rootline.core.training_state import Arrays
from rootline.lartpc.parts import of_part
from rootline.lartpc.runs import RunConfig, TrainConfig
from rootline.lartpc.transforms import apply_transform, fit_transform_scale
from rootline.lartpc.vae import BetaVAE, vae_loss


class TrainedModel(NamedTuple):
    """What a training leaves.

    Attributes
    ----------
    weights : dict
        Of the best epoch.
    scale : dict
        Of the transform.
    history : data frame
        One row per epoch.
    device : str
        The type of the device that trained the last epoch.
    """

    weights: Arrays
    scale: dict[str, float]
    history: pd.DataFrame
    device: str


class TrainingData(NamedTuple):
    """What a run learns from: transformed images, the scale of the transform, and a digest of the raw images."""

    train: NDArray[np.float32]
    val: NDArray[np.float32]
    scale: dict[str, float]
    digest: str


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
            f"{', '.join(present) or 'no tracks'}. Name another species, give a sample of it the role train, or loosen "
            "the cuts (figures/cutflow.png shows at which the tracks are lost)"
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
        count; once it has finished, its model is taken from there on every device.
    checkpoint_minutes : float
        How often at most, see `Checkpoints`.

    Raises
    ------
    UserError
        If the images are of another size than the run's, a species or a part
        has too few tracks, or the training diverges.
    """
    data = prepare_data(images, tracks, run, samples=samples)
    device = torch_device()
    with deterministic(0, device):
        task = make_task(
            run,
            data,
            *send_data(data, device),
            label=f"train_model {run_id(run)}",
            checkpoints=checkpoints,
            checkpoint_minutes=checkpoint_minutes,
        )
        fitted = fit(task)
    return TrainedModel(fitted.weights, data.scale, pd.DataFrame(fitted.history), fitted.device)


def send_data(data: TrainingData, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Give the transformed images of train and val part on the device."""
    return torch.from_numpy(data.train).to(device), torch.from_numpy(data.val).to(device)


def make_task(
    run: RunConfig,
    data: TrainingData,
    train: torch.Tensor,
    val: torch.Tensor,
    *,
    label: str,
    checkpoints: Path | None,
    checkpoint_minutes: float,
) -> Task:
    """Give the training of a run on the tensors of its data, from `send_data`; other parameters are those of `train_vae`."""
    torch.manual_seed(seed_for(run.train.seed, "weights"))
    model = BetaVAE(run.model, size=run.images.size)  # on the CPU: every device starts from the same weights
    saved = None
    if checkpoints is not None:
        exact, finished = state_digests(run, data.digest, Path(__file__), train.device)
        saved = Checkpoints(checkpoints, digest=exact, finished=finished, every_minutes=checkpoint_minutes)
    single = run.train.precision == "float32"
    # cuDNN's fastest deterministic kernels in single precision want planes apart; all others, and CPUs, want them together.
    layout = torch.contiguous_format if single and train.is_cuda else torch.channels_last
    return Task(
        model,
        train,
        val,
        _loss_of(run.train) if single else _in_bfloat16(_loss_of(run.train), train.device),
        _schedule_of(run.train),
        label=label,
        advice=_advise(run),
        checkpoints=saved,
        layout=layout,
    )


def prepare_data(
    images: NDArray[np.float32], tracks: pd.DataFrame, run: RunConfig, *, samples: Sequence[str] | None = None
) -> TrainingData:
    """Choose and transform what a run learns from; parameters and errors are those of `train_vae`."""
    size = run.images.size
    if images.shape[1:] != (2, size, size):
        raise UserError(
            f"images are {images.shape[1:]}, run {run_id(run)} needs (2, {size}, {size}); render its image set"
        )
    parts = [images[select_rows(tracks, run.train.species, part, samples=samples)] for part in ("train", "val")]
    _check_last_batch(run, len(parts[0]))
    mpv = (run.train.mpv_collection, run.train.mpv_induction)
    scale = fit_transform_scale(run.train.transform, parts[0], mpv=mpv, cells=run.images.cells_per_pixel)
    train, val = (apply_transform(run.train.transform, part, scale) for part in parts)
    return TrainingData(train, val, scale, array_digest(*parts))


def _advise(run: RunConfig) -> str:
    """Say what to change about a run whose training diverged."""
    text = f"a lower train.lr (it is {run.train.lr:g}), a lower train.beta (it is {run.train.beta:g})"
    return text if run.train.transform == "log1p" else f"{text}, train.transform: log1p (it is {run.train.transform})"


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


def _in_bfloat16(loss: LossFunction, device: torch.device) -> LossFunction:
    """Let layers compute in bfloat16; torch itself keeps the weights, and what sums up, in single precision."""

    def compute(model: BetaVAE, images: torch.Tensor) -> dict[str, torch.Tensor]:
        with torch.autocast(device.type, torch.bfloat16):
            return loss(model, images)

    return compute


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
