"""What each latent changes in the image."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.figures import FigureConfig, new_figure
from rootline.lartpc.detector import PLANES
from rootline.lartpc.figures.images import crop_ticks, draw_mosaic
from rootline.lartpc.figures.labels import label_charge, label_latent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE: Final = "Traversal of the latents"

LATENTS_SHOWN: Final = 12
"""A model with more latents shows those that change the image most."""

_VISIBLE = 0.05
"""Pixels below this share of the largest stay white, and ticks that hold no others are cut."""


def draw_traversal(
    images: NDArray[np.float32], steps: pd.DataFrame, options: FigureConfig, *, transform: str | None = None
) -> "Figure":
    """Draw the decoded images of each latent as a row, one block per plane, the strongest latent first.

    Delta is the largest root mean square change of a pixel on the way.

    Parameters
    ----------
    images : (latent_dim, steps, plane, wires, ticks) array
        In the units that the model was trained in.
    steps : data frame
        As `traverse` gives it.
    options : FigureConfig
        The style.
    transform : str or None
        What was done to the charge before the model saw it, for the label.
    """
    from matplotlib.colors import Normalize

    names = list(dict.fromkeys(steps.sort_values(["latent", "step"])["latent"]))
    names.sort(key=lambda name: int(name.removeprefix("mu_")))
    of = {name: rows.sort_values("step") for name, rows in steps.groupby("latent")}
    reach = {name: of[name]["rms_change"].max() for name in names}
    shown = sorted(names, key=lambda name: -reach[name])[:LATENTS_SHOWN]
    offsets = of[names[0]]["offset"].to_numpy()
    rows = [names.index(name) for name in shown]
    labels = [f"{label_latent(name)}\n$\\Delta$ {reach[name]:.2g}" for name in shown]
    figure = new_figure(options, width="text", height=0.9 + 0.42 * len(shown))
    for plane, axes in enumerate(figure.subplots(1, len(PLANES))):
        of_plane = images[rows, :, plane]
        largest = float(of_plane.max()) or 1.0
        ticks = crop_ticks(of_plane, threshold=_VISIBLE * largest, margin=1)
        drawn = draw_mosaic(axes, of_plane[..., ticks], norm=Normalize(0, largest), threshold=_VISIBLE * largest)
        axes.xaxis.tick_top()
        axes.set_xticks(np.arange(len(offsets)) + 0.5, [_offset(offset) for offset in offsets])
        if plane == 0:
            axes.set_yticks(np.arange(len(shown)) + 0.5, labels)
        axes.set_title(f"{PLANES[plane]}, offset of one latent [$\\sigma$]")
        bar = figure.colorbar(drawn, ax=axes, location="bottom", fraction=0.03, pad=0.02, aspect=40, shrink=0.8)
        bar.set_label(label_charge(transform))
        bar.outline.set_linewidth(0.4)
    return figure


def _offset(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}") if value else "0"
