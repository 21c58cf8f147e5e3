"""What each latent means: images decoded while it moves and the others stay."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.seeds import generator
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.settings.traversal import TraversalConfig
from rootline.lartpc.analyses.statistics import Floats, bootstrap_counts, percentile_interval
from rootline.lartpc.analyses.tables import latent_matrix, latent_names, learned_from
from rootline.lartpc.detector import PLANES

if TYPE_CHECKING:
    from rootline.lartpc.models import LoadedModel

Images = NDArray[np.float32]
Decode = Callable[[NDArray[np.float32]], Images]

_BATCH = 256


class Anchor(NamedTuple):
    """Where a traversal starts: mean and standard deviation of mu, each (latent_dim,), with 95 % intervals."""

    mean: Floats
    mean_low: Floats
    mean_high: Floats
    sigma: Floats
    sigma_low: Floats
    sigma_high: Floats
    n: int


def find_anchor(
    latents: pd.DataFrame,
    train_particles: Collection[str],
    options: TraversalConfig,
    *,
    train_samples: Collection[str] | None = None,
) -> Anchor:
    """Give mean and standard deviation of mu over the tracks that the model was trained on.

    Intervals: percentiles of a bootstrap over tracks.

    Raises
    ------
    UserError
        If fewer than two tracks were trained on.
    """
    trained = learned_from(latents, train_particles, train_samples)
    if trained.sum() < 2:
        raise UserError(
            f"latents: {int(trained.sum())} tracks of {', '.join(train_particles) or 'no species'} are in the train part, "
            f"a traversal needs two; the species are {', '.join(sorted(latents['particle'].unique())) or 'none'}"
        )
    mus = latent_matrix(latents[trained].sort_values(list(TRACK_KEY)))
    rng = generator(options.seed, "traversal")
    counts = bootstrap_counts(rng, np.zeros(len(mus), dtype=np.int64), options.bootstrap).astype(np.float64)
    centred = mus - mus.mean(axis=0)
    means = counts @ centred / len(mus)
    sigmas = np.sqrt(np.maximum(counts @ centred**2 / len(mus) - means**2, 0))
    mean_low, mean_high = np.array([percentile_interval(column) for column in means.T]).T + mus.mean(axis=0)
    sigma_low, sigma_high = np.array([percentile_interval(column) for column in sigmas.T]).T
    return Anchor(mus.mean(axis=0), mean_low, mean_high, mus.std(axis=0), sigma_low, sigma_high, len(mus))


def traversal_points(anchor: Anchor, options: TraversalConfig) -> tuple[Floats, Floats]:
    """Give the steps in standard deviations, (steps,), and the points in latent space, (latent_dim, steps, latent_dim)."""
    offsets = np.linspace(-options.sigmas, options.sigmas, options.steps)
    latent_dim = len(anchor.mean)
    points = np.tile(anchor.mean, (latent_dim, options.steps, 1))
    for latent in range(latent_dim):
        points[latent, :, latent] += offsets * anchor.sigma[latent]
    return offsets, points


def traverse(
    latents: pd.DataFrame,
    decode: Decode,
    train_particles: Collection[str],
    options: TraversalConfig,
    *,
    train_samples: Collection[str] | None = None,
) -> tuple[Images, pd.DataFrame]:
    """Decode each latent on its way through the anchor.

    Parameters
    ----------
    latents : data frame
        Key, part, particle, mu_*.
    decode : callable
        From (n, latent_dim) float32 to (n, plane, wires, ticks) images in the
        units that the model was trained in.
    train_particles : collection of str
        The species that the model was trained on; the anchor is the mean of their train part.
    train_samples : collection of str, optional
        The samples that it may have learned from; all without it.

    Returns
    -------
    images : (latent_dim, steps, plane, wires, ticks) float32 array
    steps : data frame
        One row per latent and step: latent, step, offset [sigma], value of
        the latent, rms_change (root mean square difference of a pixel to the
        anchor's image), sum_<plane>; and of the latent: anchor, sigma, their
        intervals and n_tracks behind them.
    """
    anchor = find_anchor(latents, train_particles, options, train_samples=train_samples)
    offsets, points = traversal_points(anchor, options)
    latent_dim, steps = points.shape[:2]
    flat = np.concatenate([points.reshape(-1, latent_dim), anchor.mean[None]]).astype(np.float32)
    decoded = np.asarray(decode(flat), dtype=np.float32)
    images, at_anchor = decoded[:-1].reshape(latent_dim, steps, *decoded.shape[1:]), decoded[-1]
    names = latent_names(latents)
    change = np.sqrt(((images - at_anchor).astype(np.float64) ** 2).mean(axis=(2, 3, 4)))
    sums = images.sum(axis=(3, 4), dtype=np.float64)
    latent, step = np.indices((latent_dim, steps)).reshape(2, -1)
    table = pd.DataFrame(
        {
            "latent": np.array(names, dtype=object)[latent],
            "step": step,
            "offset": offsets[step],
            "value": points[latent, step, latent],
            "rms_change": change.ravel(),
            **{f"sum_{plane}": sums[:, :, channel].ravel() for channel, plane in enumerate(PLANES)},
            "anchor": anchor.mean[latent],
            "anchor_low": anchor.mean_low[latent],
            "anchor_high": anchor.mean_high[latent],
            "sigma": anchor.sigma[latent],
            "sigma_low": anchor.sigma_low[latent],
            "sigma_high": anchor.sigma_high[latent],
            "n_tracks": anchor.n,
        }
    )
    return images, table


def decoder(model: "LoadedModel") -> Decode:
    """Give the decoder of a trained model as a function of arrays, in batches and without gradients."""
    import torch

    from rootline.core.training import deterministic

    def decode(points: NDArray[np.float32]) -> Images:
        with deterministic(0, model.device), torch.inference_mode():
            batches = torch.from_numpy(np.ascontiguousarray(points)).split(_BATCH)
            decoded = [model.network.decode(batch.to(model.device)).cpu() for batch in batches]
        return torch.cat(decoded).contiguous().numpy()

    return decode
