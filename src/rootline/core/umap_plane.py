"""Points in a plane by UMAP (arXiv:1802.03426): exact neighbours, one thread, the same positions for the same seed."""

import warnings
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rootline.core.screen import tell

MIN_POINTS: Final = 5
"""UMAP needs a few points; fewer make no picture."""

_SPECTRAL_FROM: Final = 50
"""With fewer points UMAP starts from random positions: its spectral start can fail on so small a graph."""

Floats = NDArray[np.float64]


def find_nearest(points: Floats, n_neighbours: int) -> tuple[NDArray[np.int64], Floats]:
    """Give the nearest points of each point, itself first, and their distances, both (n, n_neighbours)."""
    from sklearn.neighbors import NearestNeighbors

    distances, neighbours = NearestNeighbors(n_neighbors=n_neighbours).fit(points).kneighbors(points)
    # two equal points may come in either order, but each is the first of its own neighbours
    for row in np.flatnonzero(neighbours[:, 0] != np.arange(len(points))):
        place = np.flatnonzero(neighbours[row] == row)
        neighbours[row, place[0] if len(place) else -1] = neighbours[row, 0]
        neighbours[row, 0] = row
    return neighbours.astype(np.int64), distances


def lay_out(
    points: Floats,
    neighbours: NDArray[np.int64],
    distances: Floats,
    *,
    min_dist: float,
    epochs: int | None,
    random_state: int,
    label: str,
) -> Floats:
    """Lay points out in a plane, (n, 2).

    Parameters
    ----------
    points : (n, n_dimensions) array
        `MIN_POINTS` at least.
    neighbours, distances : (n, n_neighbours) arrays
        From `find_nearest`.
    min_dist : float
        Smallest distance of points in the plane.
    epochs : int or None
        Passes of the layout; None lets UMAP choose by size.
    random_state : int
        Decides the start and the layout.
    label : str
        What the lines of progress begin with.
    """
    tell(
        f"  {label}: laying out {len(points)} tracks by UMAP; the first time it compiles itself, which takes half a minute"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numba and of UMAP: no threads with a seed, no transform of further points
        from umap import UMAP

        _keep_compiled()
        model = UMAP(
            n_neighbors=neighbours.shape[1],
            min_dist=min_dist,
            n_epochs=epochs,
            init="spectral" if len(points) >= _SPECTRAL_FROM else "random",
            random_state=random_state,
            n_jobs=1,
            precomputed_knn=(neighbours, distances.astype(np.float32)),
            verbose=True,
            tqdm_kwds={
                "file": _Screen(),
                "mininterval": 5.0,
                "bar_format": f"  {label}: epoch {{n_fmt}} of {{total_fmt}}, {{remaining}} left",
            },
        )
        with redirect_stdout(StringIO()):  # what verbose prints beside the progress is of no use in a log
            return np.asarray(model.fit_transform(points.astype(np.float32)), dtype=np.float64)


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
