"""Every track through a trained model: latents, reconstruction errors, and a few reconstructions to look at.

Array conventions:
    images  (n, plane, wires, ticks)  float32 raw ADC
    tracks  from `training.join_parts`: TRACK_KEY, particle, part, and row, the image's place
"""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.runs import run_id
from rootline.core.screen import Progress
from rootline.core.tables import TRACK_KEY
from rootline.core.training import deterministic
from rootline.lartpc.models import LoadedModel
from rootline.lartpc.transforms import apply_transform
from rootline.lartpc.vae import pixel_weights

BATCH: Final = 128
EXAMPLES: Final = 6
"""Reconstructions kept of each particle."""


class Examples(NamedTuple):
    """Images and what the model makes of them.

    Attributes
    ----------
    images, reconstructions : (n, plane, wires, ticks) float32 arrays
        Transformed ADC, the latter decoded from mu.
    tracks : data frame
        TRACK_KEY, particle, part, reconstruction_error, reconstruction_error_weighted, and row,
        the place in the two arrays.
    """

    images: NDArray[np.float32]
    reconstructions: NDArray[np.float32]
    tracks: pd.DataFrame


def encode_tracks(images: NDArray[np.float32], tracks: pd.DataFrame, model: LoadedModel) -> pd.DataFrame:
    """Encode every track and measure how well it is decoded from mu.

    Returns
    -------
    data frame
        TRACK_KEY, part, particle, mu_0 .., logvar_0 .., and two errors between
        the transformed image and its reconstruction: reconstruction_error, the
        mean squared difference of a pixel, and reconstruction_error_weighted,
        the same with the weights of the loss (signal counts `signal_weight` times; not
        divided by the weights, so that times the pixels it is the loss).

    Raises
    ------
    UserError
        If the images are not of the size that the model was trained on.
    """
    size, train = model.run.images.size, model.run.train
    if images.shape[1:] != (2, size, size):
        raise UserError(f"images are {images.shape[1:]}, run {run_id(model.run)} was trained on (2, {size}, {size})")
    rows = tracks["row"].to_numpy(dtype=np.int64)
    latents = np.empty((len(rows), 2 * model.run.model.latent_dim), dtype=np.float32)
    errors = np.empty((len(rows), 2), dtype=np.float64)
    counter = Progress(f"encode_tracks {run_id(model.run)}", total=len(rows), unit="tracks")
    with deterministic(0, model.device), torch.inference_mode():
        for start in range(0, len(rows), BATCH):
            batch = slice(start, start + BATCH)
            inputs, decoded, mu, logvar = _pass_through(images[rows[batch]], model)
            latents[batch] = torch.cat([mu, logvar], dim=1).cpu().numpy()
            plain = (decoded - inputs) ** 2
            weighted = plain * pixel_weights(
                inputs, signal_weight=train.signal_weight, signal_threshold=train.signal_threshold
            )
            errors[batch] = torch.stack([each.mean(dim=(1, 2, 3)) for each in (plain, weighted)], dim=1).cpu().numpy()
            counter.advance(len(inputs))
    names = [f"{name}_{i}" for name in ("mu", "logvar") for i in range(model.run.model.latent_dim)]
    encoded = tracks[[*TRACK_KEY, "part", "particle"]].reset_index(drop=True)
    encoded[names] = latents
    encoded[["reconstruction_error", "reconstruction_error_weighted"]] = errors
    return encoded


def reconstruct_examples(
    images: NDArray[np.float32], tracks: pd.DataFrame, latents: pd.DataFrame, model: LoadedModel
) -> Examples:
    """Decode a few tracks of each particle, from the best reconstructed to the worst.

    They lie at equal steps of the rank in reconstruction_error among the
    tracks outside the train part; where a particle has none of these, among
    all.

    Parameters
    ----------
    images, tracks
        As for `encode_tracks`.
    latents : data frame
        What `encode_tracks` gave for them, in the same order.
    model : LoadedModel
        The same model.
    """
    chosen: list[int] = []
    for _, of_particle in latents.groupby("particle", sort=True):
        unseen = of_particle[of_particle["part"] != "train"]
        ranked = (unseen if len(unseen) else of_particle).sort_values("reconstruction_error", kind="stable").index
        steps = np.linspace(0, len(ranked) - 1, min(EXAMPLES, len(ranked))).round().astype(np.int64)
        chosen.extend(ranked[steps].tolist())
    columns = [*TRACK_KEY, "particle", "part", "reconstruction_error", "reconstruction_error_weighted"]
    shown = latents[columns].iloc[chosen].reset_index(drop=True)
    shown["row"] = np.arange(len(shown), dtype=np.int64)
    of_shown = images[tracks["row"].to_numpy(dtype=np.int64)[chosen]]
    with deterministic(0, model.device), torch.inference_mode():
        inputs, decoded, _, _ = _pass_through(of_shown, model)
    return Examples(inputs.cpu().contiguous().numpy(), decoded.cpu().contiguous().numpy(), shown)


def _pass_through(
    images: NDArray[np.float32], model: LoadedModel
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Give the transformed images, their reconstructions from mu, mu and logvar; images in channels-last order."""
    raw = torch.from_numpy(images).to(model.device).contiguous(memory_format=torch.channels_last)
    inputs = apply_transform(model.run.train.transform, raw, model.scale)
    mu, logvar = model.network.encode(inputs)
    return inputs, model.network.decode(mu), mu, logvar
