"""A convolutional network trained with labels on the images: what they hold at least, for comparison.

Array conventions:
    images  (n, plane, wires, ticks)  float32, raw ADC at first, then transformed
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rootline.core.device import torch_device
from rootline.core.errors import UserError
from rootline.core.screen import Progress
from rootline.core.seeds import generator, seed_for
from rootline.core.tables import TRACK_KEY, describe_key
from rootline.core.training import deterministic
from rootline.lartpc.analyses.classifiers import NOT_SCORED, check_folds, event_numbers
from rootline.lartpc.analyses.settings.classifier import ClassifierConfig
from rootline.lartpc.analyses.statistics import Bools, Floats
from rootline.lartpc.analyses.tables import ALL, learned_from
from rootline.lartpc.runs import ModelConfig, RunConfig
from rootline.lartpc.training import select_rows
from rootline.lartpc.transforms import apply_transform, fit_transform_scale
from rootline.lartpc.vae import BetaVAE

CLASSIFIED_COLUMNS: Final = (*TRACK_KEY, "particle", "label", "fold", "cnn", "n_trained")

_BATCH: Final = 256


def classify_images(
    images: NDArray[np.float32],
    tracks: pd.DataFrame,
    probe_scores: pd.DataFrame,
    run: RunConfig,
    options: ClassifierConfig,
    *,
    samples: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Score the tracks of the probe by a network that was trained with labels on the other folds.

    Tracks that the model of the run learned from are trained on in every
    fold and never scored, except those of an event with a scored track. The
    transform is that of the run, with its scale.

    Parameters
    ----------
    images : (n, plane, wires, ticks) array
        Raw ADC of all tracks.
    tracks : data frame
        From `join_parts`: key, particle, part and row of each image.
    probe_scores : data frame
        As `probe` gives them: its tracks, labels and folds are taken.
    run : RunConfig
        Images, transform and species of the model.
    samples : sequence of str, optional
        Samples that the model may have learned from; all without it.

    Returns
    -------
    data frame
        Key, particle, label (1 for the positive class), fold, cnn (log odds of the positive class),
        n_trained (tracks that the fold's network learned from).

    Raises
    ------
    UserError
        If a scored track has no image or was learned from, or an event has tracks in several folds.
    """
    scored = probe_scores[probe_scores["selection"] == ALL]
    if scored.empty:
        return pd.DataFrame(columns=list(CLASSIFIED_COLUMNS)).astype({"cnn": "float64", "track": "int32"})
    known = _join_folds(tracks, scored, run, samples)
    mpv = (run.train.mpv_collection, run.train.mpv_induction)
    seen = images[select_rows(tracks, run.train.species, "train", samples=samples)]
    scale = fit_transform_scale(run.train.transform, seen, mpv=mpv, cells=run.images.cells_per_pixel)
    inputs = apply_transform(run.train.transform, images[known["row"].to_numpy(dtype=np.int64)], scale)
    folds, labels = known["fold"].to_numpy(dtype=np.int64), (known["label"] == 1).to_numpy(dtype=bool)
    scores, n_trained = np.full(len(known), np.nan), np.zeros(len(known), dtype=np.int64)
    used = np.unique(folds[folds != NOT_SCORED])
    progress = Progress("train_classifier", total=len(used) * options.epochs, unit="epochs")
    for fold in used.tolist():
        held_out = folds == fold
        n_trained[held_out] = (~held_out).sum()
        scores[held_out] = _train_and_score(inputs, labels, held_out, fold, options, progress)
    found: pd.DataFrame = known.assign(cnn=scores, n_trained=n_trained)
    found = found.loc[folds != NOT_SCORED, list(CLASSIFIED_COLUMNS)]
    return found.reset_index(drop=True)


def _join_folds(
    tracks: pd.DataFrame, scored: pd.DataFrame, run: RunConfig, samples: Sequence[str] | None
) -> pd.DataFrame:
    """Give the tracks to train on or to score with label and fold, in the order of the key."""
    columns = [*TRACK_KEY, "label", "fold"]
    joined = tracks.merge(scored[columns], on=list(TRACK_KEY), how="outer", validate="one_to_one", indicator="_side")
    if (alone := joined["_side"] == "right_only").any():
        key = joined.loc[alone, list(TRACK_KEY)].iloc[0].to_dict()
        raise UserError(
            f"{int(alone.sum())} tracks of the probe have no image, the first is {describe_key(key)}; "
            "the two were made from different inputs, run again to rebuild them"
        )
    joined = joined.sort_values(list(TRACK_KEY), ignore_index=True)
    is_scored = (joined["_side"] == "both").to_numpy(dtype=bool)
    label_of = dict(zip(scored["particle"], scored["label"], strict=True))
    events, learned = event_numbers(joined), learned_from(joined, run.train.species, samples)
    check_folds(joined[is_scored], learned[is_scored], name="the probe")
    extra = learned & joined["particle"].isin(list(label_of)).to_numpy(bool)
    extra &= ~is_scored & ~np.isin(events, events[is_scored])
    joined["label"] = joined["particle"].map(label_of)
    joined.loc[~is_scored, "fold"] = NOT_SCORED
    joined = joined[is_scored | extra]
    return joined.astype({"label": "int64", "fold": "int64"}).drop(columns="_side")


def _train_and_score(
    inputs: NDArray[np.float32],
    labels: Bools,
    held_out: Bools,
    fold: int,
    options: ClassifierConfig,
    progress: Progress,
) -> Floats:
    device = torch_device()
    unit = float(inputs[~held_out].std()) or 1.0
    images = torch.from_numpy(inputs[~held_out] / np.float32(unit)).to(device)
    targets = torch.from_numpy(labels[~held_out].astype(np.float32)).to(device)
    # both classes weigh the same, whatever their numbers
    weights = torch.where(targets > 0, 0.5 / targets.mean(), 0.5 / (1 - targets.mean()))
    n_batches = -(-len(images) // options.batch_size)
    with deterministic(seed_for(options.seed, "classifier", fold), device):
        network = _network(inputs.shape[-1], options).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimiser = torch.optim.AdamW(network.parameters(), lr=options.lr, weight_decay=options.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, options.lr, total_steps=options.epochs * n_batches, pct_start=1 / 3
        )
        network.train()
        for epoch in range(options.epochs):
            rng = generator(options.seed, "classifier", fold, epoch)
            # equal parts, so that no last batch is a single image, which batch normalisation cannot take
            for rows in np.array_split(rng.permutation(len(images)), n_batches):
                batch = torch.from_numpy(rows).to(device)
                optimiser.zero_grad(set_to_none=True)
                odds = network(_vary(images[batch], options, rng))[:, 0]
                loss = nn.functional.binary_cross_entropy_with_logits(odds, targets[batch], weight=weights[batch])
                loss.backward()
                optimiser.step()
                schedule.step()
            progress.advance()
        network.eval()
        with torch.inference_mode():
            held = torch.from_numpy(inputs[held_out] / np.float32(unit)).to(device)
            parts = [network(part.contiguous(memory_format=torch.channels_last))[:, 0] for part in held.split(_BATCH)]
            return torch.cat(parts).cpu().double().numpy()


def _network(size: int, options: ClassifierConfig) -> nn.Sequential:
    """Give the encoder of a model with these widths, dropout and a single output."""
    halvings = (size & -size).bit_length() - 1
    channels = options.channels[: max(halvings, 1)]
    encoder = BetaVAE(ModelConfig(channels=channels, latent_dim=1), size=size).encoder
    n_code = channels[-1] * (size // 2 ** len(channels)) ** 2
    return nn.Sequential(encoder, nn.Flatten(), nn.Dropout(options.dropout), nn.Linear(n_code, 1))


def _vary(images: Tensor, options: ClassifierConfig, rng: np.random.Generator) -> Tensor:
    """Shift images along the wires around the border, and mirror half of them in ticks."""
    n, _, wires, _ = images.shape
    shifts = rng.integers(-options.shift_wires, options.shift_wires, size=n, endpoint=True)
    mirrored = torch.from_numpy(rng.random(n) < 0.5).to(images.device)
    if options.shift_wires:
        rows = torch.from_numpy((np.arange(wires) - shifts[:, None]) % wires).to(images.device)
        images = torch.take_along_dim(images, rows[:, None, :, None], dim=2)
    if options.mirror_ticks:
        images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    return images.contiguous(memory_format=torch.channels_last)
