"""How well the latents predict each feature, per group of tracks: ridge regression beside the MLP."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLUE, GREY, ORANGE, FigureConfig
from rootline.lartpc.analyses.regression import MLP, RIDGE
from rootline.lartpc.figures.feature_rows import order_features, panels_of_groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Features predicted from the latents"

MODELS: Final = {RIDGE: ("ridge", ORANGE, "s", -0.17), MLP: ("MLP", BLUE, "o", 0.17)}

R2_SHOWN: Final = -0.3
"""Predictions much worse than the mean are drawn at this edge, as arrows."""


def draw_regression(regression: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw R2 of each feature by both models with its interval, one panel per group.

    Parameters
    ----------
    regression : data frame
        As `regress` gives it.
    options : FigureConfig
        The style.
    """
    features = order_features(regression["feature"])
    figure, panels = panels_of_groups(regression, options, label="$R^2$, out of fold")
    for group, axes in panels.items():
        _draw_group(axes, regression[regression["group"] == group], features)
    first = next(iter(panels.values()))
    first.set_xlim(R2_SHOWN - 0.05, 1.02)
    handles = {label: handle for handle, label in zip(*first.get_legend_handles_labels(), strict=True)}
    text = "all latents to one feature; bars: 95 % bootstrap intervals"
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=3, title=text)
    return figure


def _draw_group(axes: "Axes", rows: pd.DataFrame, features: list[str]) -> None:
    axes.axvline(0, color=GREY, linewidth=0.6)
    places = np.arange(len(features))
    for model, (label, colour, marker, shift) in MODELS.items():
        of_model = rows[rows["model"] == model].set_index("feature").reindex(features)
        r2, low, high = (of_model[name].to_numpy() for name in ("r2", "r2_low", "r2_high"))
        inside = r2 >= R2_SHOWN
        ends = np.clip([r2 - np.maximum(low, R2_SHOWN - 0.05), high - r2], 0, None)
        axes.errorbar(
            r2[inside],
            places[inside] + shift,
            xerr=ends[:, inside],
            fmt=marker,
            color=colour,
            markersize=2.6,
            elinewidth=0.8,
            label=label,
        )
        outside = r2 < R2_SHOWN
        axes.plot(np.full(outside.sum(), R2_SHOWN - 0.02), places[outside] + shift, "<", color=colour, markersize=2.6)
