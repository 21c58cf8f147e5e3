"""All latents in two dimensions by UMAP, and how mixed the species are before that."""

import warnings
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.screen import tell
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.settings.embedding import EmbeddingConfig
from rootline.lartpc.analyses.statistics import Floats, random_state
from rootline.lartpc.analyses.tables import latent_matrix

MIN_TRACKS = 5
"""UMAP needs a few points; fewer make no picture."""

_SPECTRAL_FROM = 50
"""With fewer tracks UMAP starts from random positions: its spectral start can fail on so small a graph."""


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
    if len(mus) < MIN_TRACKS:
        raise UserError(
            f"latents: {len(mus)} tracks are too few for UMAP, it needs {MIN_TRACKS}; simulate or read more events"
        )
    neighbours, distances = _nearest(mus, min(options.neighbours, len(mus)))
    particles = latents["particle"].to_numpy(dtype=object)
    share = (particles[neighbours[:, 1:]] == particles[:, None]).mean(axis=1)
    positions = _lay_out(mus, neighbours, distances, options)
    table = latents[[*TRACK_KEY, "part", "particle"]]
    return table.assign(umap_1=positions[:, 0], umap_2=positions[:, 1], neighbour_share=share)


def _nearest(mus: Floats, n_neighbours: int) -> tuple[NDArray[np.int64], Floats]:
    """Give the nearest tracks of each track, itself first, and their distances."""
    from sklearn.neighbors import NearestNeighbors

    distances, neighbours = NearestNeighbors(n_neighbors=n_neighbours).fit(mus).kneighbors(mus)
    # two equal points may come in either order, but each is the first of its own neighbours
    for row in np.flatnonzero(neighbours[:, 0] != np.arange(len(mus))):
        place = np.flatnonzero(neighbours[row] == row)
        neighbours[row, place[0] if len(place) else -1] = neighbours[row, 0]
        neighbours[row, 0] = row
    return neighbours.astype(np.int64), distances


def _lay_out(mus: Floats, neighbours: NDArray[np.int64], distances: Floats, options: EmbeddingConfig) -> Floats:
    tell(
        f"  embed_latents: laying out {len(mus)} tracks by UMAP; the first time it compiles itself, which takes half a minute"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numba and of UMAP: no threads with a seed, no transform of further points
        from umap import UMAP

        _keep_compiled()
        model = UMAP(
            n_neighbors=neighbours.shape[1],
            min_dist=options.min_dist,
            n_epochs=options.epochs,
            init="spectral" if len(mus) >= _SPECTRAL_FROM else "random",
            random_state=random_state(options.seed, "umap"),
            n_jobs=1,
            precomputed_knn=(neighbours, distances.astype(np.float32)),
            verbose=True,
            tqdm_kwds={
                "file": _Screen(),
                "mininterval": 5.0,
                "bar_format": "  embed_latents: epoch {n_fmt} of {total_fmt}, {remaining} left",
            },
        )
        with redirect_stdout(StringIO()):  # what verbose prints beside the progress is of no use in a log
            return np.asarray(model.fit_transform(mus.astype(np.float32)), dtype=np.float64)


def _keep_compiled() -> None:
    """Have numba keep what it compiles of UMAP, beside UMAP or in the user's cache folder, for the next process."""
    from umap import layouts, umap_

    # UMAP keeps none of these itself, and each process would compile them for 10 s. The layout has no public name; where
    # a later UMAP calls it otherwise, it is compiled each time as before.
    layout: Any = getattr(layouts, "_nb_optimize_layout_euclidean_single_epoch", None)
    for compiled in (umap_.smooth_knn_dist, umap_.compute_membership_strengths, layout):
        if compiled is not None:
            compiled.enable_caching()


class _Screen:
    """Lines for the screen from what tqdm writes; it redraws one line with carriage returns."""

    def write(self, text: str) -> None:
        line = text.strip("\r\n\x1b[A ")
        if line and "epoch 0 of" not in line:
            tell(f"  {line}")

    def flush(self) -> None:
        pass
