"""All latents in two dimensions by UMAP, and how mixed the species are before that."""

import pandas as pd

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY
from rootline.core.umap_plane import MIN_POINTS, find_nearest, lay_out
from rootline.lartpc.analyses.settings.embedding import EmbeddingConfig
from rootline.lartpc.analyses.statistics import random_state
from rootline.lartpc.analyses.tables import latent_matrix


def embed(latents: pd.DataFrame, options: EmbeddingConfig) -> pd.DataFrame:
    """Lay out all latents in a plane by UMAP (arXiv:1802.03426), with exact neighbours.

    Distances in the picture mean little; `neighbour_share` is measured in the
    space of the latents themselves and does not depend on the layout.

    Parameters
    ----------
    latents : data frame
        Key, part, particle, mu_*, in the order of the key.

    Returns
    -------
    data frame
        Key, part, particle, umap_1, umap_2, neighbour_share: the share of a
        track's nearest neighbours (as many as UMAP uses) that are of its own particle.

    Raises
    ------
    UserError
        If there are fewer than five tracks.
    """
    latents = latents.sort_values(list(TRACK_KEY), ignore_index=True)
    mus = latent_matrix(latents)
    if len(mus) < MIN_POINTS:
        raise UserError(
            f"latents: {len(mus)} tracks are too few for UMAP, it needs {MIN_POINTS}; simulate or read more events"
        )
    neighbours, distances = find_nearest(mus, min(options.neighbours, len(mus)))
    particles = latents["particle"].to_numpy(dtype=object)
    share = (particles[neighbours[:, 1:]] == particles[:, None]).mean(axis=1)
    positions = lay_out(
        mus,
        neighbours,
        distances,
        min_dist=options.min_dist,
        epochs=options.epochs,
        random_state=random_state(options.seed, "umap"),
        label="embed_latents",
    )
    table = latents[[*TRACK_KEY, "part", "particle"]]
    return table.assign(umap_1=positions[:, 0], umap_2=positions[:, 1], neighbour_share=share)
