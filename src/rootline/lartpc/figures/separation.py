"""How well the latents tell a feature's upper half from its lower, per group of tracks."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLUE, GREY, FigureConfig, new_figure
from rootline.lartpc.figures.feature_rows import ROW_HEIGHT, label_rows, order_features, order_groups
from rootline.lartpc.figures.labels import label_count

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
    features, groups = order_features(separation["feature"]), order_groups(separation["group"])
    categories = dict(zip(separation["feature"], separation["category"], strict=True))
    figure = new_figure(options, width="text", height=1.1 + ROW_HEIGHT * len(features))
    panels = figure.subplots(1, len(groups), sharex=True, sharey=True, squeeze=False)[0]
    for axes, group in zip(panels, groups, strict=True):
        rows = separation[separation["group"] == group]
        _draw_group(axes, rows.set_index("feature").reindex(features))
        label_rows(axes, features, categories)
        axes.tick_params(axis="y", left=group == groups[0])
        axes.set_title(f"{group}\n{label_count(rows['n'])}")
        axes.set_xlabel("AUC, out of fold")
    low = np.nanmin(np.append(separation[["auc_low", "null_low"]].to_numpy(), 0.4))
    panels[0].set_xlim(max(low - 0.02, 0), 1.02)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
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
