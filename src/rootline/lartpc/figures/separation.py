"""How well the latents tell a feature's upper half from its lower, per group of tracks."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLUE, GREY, FigureConfig
from rootline.lartpc.figures.feature_rows import order_features, panels_of_groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Upper and lower half of each feature told apart by the latents"


def draw_separation(separation: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw the AUC of each feature with its interval and the band of permuted halves, one panel per group.

    Parameters
    ----------
    separation : data frame
        As `separate` gives it.
    options : FigureConfig
        The style.
    """
    features = order_features(separation["feature"])
    figure, panels = panels_of_groups(separation, options, label="AUC, out of fold")
    for group, axes in panels.items():
        _draw_group(axes, separation[separation["group"] == group].set_index("feature").reindex(features))
    low = np.nanmin(np.append(separation[["auc_low", "null_low"]].to_numpy(), 0.4))
    first = next(iter(panels.values()))
    first.set_xlim(max(low - 0.02, 0), 1.02)
    figure.legend(*first.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def _draw_group(axes: "Axes", rows: pd.DataFrame) -> None:
    places = np.arange(len(rows))
    axes.axvline(0.5, color=GREY, linewidth=0.6)
    axes.barh(
        places,
        rows["null_high"] - rows["null_low"],
        0.7,
        left=rows["null_low"],
        color="#d0d0d0",
        label="middle 95 % with permuted halves",
    )
    ends = np.clip([rows["auc"] - rows["auc_low"], rows["auc_high"] - rows["auc"]], 0, None)
    axes.errorbar(
        rows["auc"],
        places,
        xerr=ends,
        fmt="o",
        color=BLUE,
        markersize=2.6,
        elinewidth=0.8,
        label="all latents, logistic; bars: 95 % bootstrap intervals",
    )
