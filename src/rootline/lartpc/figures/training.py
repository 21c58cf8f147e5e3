"""The loss of one training, epoch by epoch."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLUE, GREY, ORANGE, FigureConfig, letter_panel, new_figure, scale_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE: Final = "Training"

_PARTS = {"train": ("training part", BLUE), "val": ("validation part", ORANGE)}


def draw_training(history: pd.DataFrame, options: FigureConfig, *, counts: Mapping[str, int] | None = None) -> "Figure":
    """Draw loss, reconstruction term and the KL term's share of the loss, and mark the epoch that was kept.

    Parameters
    ----------
    history : data frame
        One row per epoch: epoch, and loss, reconstruction and kl with the
        prefixes train_ and val_, and kept (the weights became the best).
    options : FigureConfig
        The style.
    counts : mapping, optional
        Images of the parts train and val.
    """
    figure = new_figure(options, width="text", height=2.3)
    loss, reconstruction, share = figure.subplots(1, 3)
    marker = "o" if len(history) <= 3 else ""
    for part, (label, colour) in _PARTS.items():
        epochs, total, error = (
            history[name].to_numpy() for name in ("epoch", f"{part}_loss", f"{part}_reconstruction")
        )
        words = label if counts is None else f"{label}, n = {counts.get(part, 0)}"
        style = {"color": colour, "label": words, "marker": marker, "markersize": 3}
        loss.plot(epochs, total, **style)
        reconstruction.plot(epochs, error, **style)
        share.plot(epochs, 100 * (total - error) / np.where(total != 0, total, np.nan), **style)
    kept = history[history["kept"].astype(bool)]
    for axes in (loss, reconstruction, share):
        if len(kept):
            axes.axvline(kept["epoch"].iloc[-1], color=GREY, linewidth=0.8, linestyle=":", label="weights kept")
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
    loss.set_ylabel("loss per image")
    reconstruction.set_ylabel("reconstruction term")
    for axes, term in ((loss, "loss"), (reconstruction, "reconstruction")):
        scale_axis(axes, "y", history[[f"{part}_{term}" for part in _PARTS]].to_numpy())
    share.set_ylabel("KL term's share of the loss [%]")
    share.set_ylim(bottom=0)
    loss.legend(frameon=True, framealpha=0.9, edgecolor="none")
    if len(kept):
        best = kept.iloc[-1]
        text = f"best: {best['val_loss']:.4g}, epoch {best['epoch']:.0f} of {history['epoch'].max():.0f}"
    letter_panel(loss, "a", text if len(kept) else "")
    letter_panel(reconstruction, "b")
    letter_panel(share, "c")
    return figure
