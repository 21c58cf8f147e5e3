"""What networks map the tracks of both domains to, in two dimensions by UMAP, and how mixed the domains are before that."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.errors import UserError
from rootline.core.seeds import seed_for
from rootline.core.umap_plane import MIN_POINTS, find_nearest, lay_out
from rootline.pid.analyses.domains import map_tracks, pick_tracks
from rootline.pid.analyses.settings.embedding import EmbeddingConfig
from rootline.pid.tracks import FRAME_TRACK_KEY

if TYPE_CHECKING:
    from rootline.pid.models import Network

FIRST: Final = "first"
SECOND: Final = "second"
OTHER: Final = "other"
"""Species of a track that is none of the five, or whose truth is not known."""

MAPPED_KEY: Final = ("model", *FRAME_TRACK_KEY)
MAPPED_COLUMNS: Final = (*MAPPED_KEY, "domain", "species", "x", "y", "other_domain_share")


def embed_tracks(
    networks: "Mapping[str, Network]", first: pd.DataFrame, second: pd.DataFrame, options: EmbeddingConfig
) -> pd.DataFrame:
    """Lay out what each network maps tracks of both domains to, as many of each, with exact neighbours.

    Distances in the picture mean little; `other_domain_share` is measured in
    the 32 dimensions and does not depend on the layout.

    Parameters
    ----------
    networks : mapping
        By the name of the model.
    first, second : data frames
        Cleaned tracks of each domain with species and part, of which the test part is drawn from.
    options : EmbeddingConfig
        How many tracks, and the layout.

    Returns
    -------
    data frame
        model, key, domain (first, second), species, x, y (the plane),
        other_domain_share: the share of a track's nearest neighbours (as many
        as UMAP uses) that are of the other domain. If the network's vectors do
        not depend on the domain, it is one half on average.

    Raises
    ------
    UserError
        If there are too few tracks, or a network maps tracks to nothing.
    """
    tests = [table[table["part"] == "test"] for table in (first, second)]
    n = min(options.tracks, *map(len, tests))
    if 2 * n < MIN_POINTS:
        raise UserError(
            f"the test part of a domain has {n} tracks, too few for UMAP, which needs {MIN_POINTS} of both together; "
            "simulate or read more"
        )
    picked = pd.concat([pick_tracks(table, n, options.seed) for table in tests], ignore_index=True)
    is_second = np.repeat([False, True], n)
    rows = picked[list(FRAME_TRACK_KEY)].assign(
        domain=np.where(is_second, SECOND, FIRST), species=picked["species"].astype(object).fillna(OTHER)
    )
    tables = []
    for model, network in networks.items():
        vectors = map_tracks(network, picked).astype(np.float64)
        neighbours, distances = find_nearest(vectors, min(options.neighbours, len(vectors)))
        positions = lay_out(
            vectors,
            neighbours,
            distances,
            min_dist=options.min_dist,
            epochs=options.epochs,
            random_state=seed_for(options.seed, "umap") % 2**32,
            label=f"embed_tracks {model}",
        )
        share = (is_second[neighbours[:, 1:]] != is_second[:, None]).mean(axis=1)
        tables.append(rows.assign(model=model, x=positions[:, 0], y=positions[:, 1], other_domain_share=share))
    return pd.concat(tables, ignore_index=True)[list(MAPPED_COLUMNS)]
