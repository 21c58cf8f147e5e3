"""Image panels: charge in colour, pixels without charge white, the same scale where it is compared."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.image import AxesImage

Image = NDArray[np.floating]


def charge_map() -> "Colormap":
    """Give the colour map of charge: dark is much, white is none."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    # the palest tones are left out, so that little charge can be told from none
    return ListedColormap(colormaps["magma_r"](np.linspace(0.12, 1.0, 256)), name="charge").with_extremes(bad="white")


def draw_mosaic(axes: "Axes", cells: Image, *, norm: "Normalize", threshold: float = 0.0) -> "AxesImage":
    """Draw a table of images in one go, which is much faster than axes for each.

    Parameters
    ----------
    axes : Axes
        Cell (row, column) covers ``column..column + 1`` and ``row..row + 1`` of its data coordinates.
    cells : (rows, columns, wires, ticks) array
        NaN for a cell that stays empty.
    norm : Normalize
        From charge to colour.
    threshold : float
        Pixels up to this stay white.
    """
    rows, columns, wires, ticks = cells.shape
    flat = cells.transpose(0, 2, 1, 3).reshape(rows * wires, columns * ticks)
    drawn = axes.imshow(
        np.where(flat > threshold, flat, np.nan),
        cmap=charge_map(),
        norm=norm,
        aspect="auto",
        interpolation="nearest",
        extent=(0, columns, rows, 0),
    )
    axes.hlines(range(rows + 1), 0, columns, color="#aaaaaa", linewidth=0.5, clip_on=False)
    axes.vlines(range(columns + 1), 0, rows, color="#aaaaaa", linewidth=0.5, clip_on=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks([])
    axes.set_yticks([])
    return drawn


def crop_ticks(images: Image, *, threshold: float = 0.0, margin: int = 2) -> slice:
    """Give the ticks (last axis) that hold charge in any of the images, with a margin.

    A track fills few of an image's ticks; what is cut is empty in every image.
    """
    used = np.flatnonzero((images > threshold).reshape(-1, images.shape[-1]).any(axis=0))
    if len(used) == 0:
        return slice(0, images.shape[-1])
    return slice(max(int(used[0]) - margin, 0), min(int(used[-1]) + 1 + margin, images.shape[-1]))
