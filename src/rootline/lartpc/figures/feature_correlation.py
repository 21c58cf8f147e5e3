"""Which features say the same: their rank correlations with each other, per group of tracks."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import DIVERGING_MAP, GREY, FigureConfig, new_figure
from rootline.lartpc.analyses.correlation import FEATURE_FEATURE
from rootline.lartpc.figures.feature_rows import label_rows, order_features, order_groups, shade_missing
from rootline.lartpc.figures.labels import label_count, label_feature

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

TITLE: Final = "Correlation of features with each other"

_ROW_HEIGHT: Final = 0.115


def draw_feature_correlation(correlation: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw Spearman's rho of every pair of features, one triangle per group.

    Parameters
    ----------
    correlation : data frame
        As `correlate` gives it.
    options : FigureConfig
        The style.
    """
    table = correlation[correlation["kind"] == FEATURE_FEATURE]
    features, groups = order_features([*table["first"], *table["second"]]), order_groups(table["group"])
    columns = min(len(groups), 2)
    rows = -(-len(groups) // columns)
    figure = new_figure(options, width="text", height=1.5 + rows * (0.3 + _ROW_HEIGHT * len(features)))
    panels = figure.subplots(rows, columns, squeeze=False)
    for place, axes in enumerate(panels.flat):
        if place >= len(groups):
            axes.set_axis_off()
            continue
        of_group = table[table["group"] == groups[place]]
        image = _draw_triangle(axes, of_group, features)
        axes.set_title(f"{groups[place]}, {label_count(of_group['n'])}")
        label_rows(axes, features)
        axes.set_xticks(range(len(features) - 1), [label_feature(name, unit=False) for name in features[:-1]])
        lowest = place >= len(groups) - columns
        axes.tick_params(axis="x", bottom=lowest, labelbottom=lowest, labelsize=6, rotation=90)
        axes.tick_params(axis="y", left=place % columns == 0, labelleft=place % columns == 0, labelsize=6)
    bar = figure.colorbar(image, ax=panels, fraction=0.025, pad=0.01, aspect=50)
    bar.set_label("Spearman's $\\rho$  (dot: 95 % interval holds 0)")
    bar.outline.set_linewidth(0.5)
    return figure


def _draw_triangle(axes: "Axes", table: pd.DataFrame, features: list[str]) -> "AxesImage":
    """Draw the triangle below the diagonal; a pair is there once, in either order."""
    place = {name: number for number, name in enumerate(features)}
    first, second = (table[name].map(place).to_numpy(dtype=np.int64) for name in ("first", "second"))
    y, x = np.maximum(first, second), np.minimum(first, second)
    rho = np.full((len(features), len(features)), np.nan)
    rho[y, x] = table["rho"]
    there = np.zeros(rho.shape, dtype=bool)
    there[y, x] = True
    shade_missing(axes, there & np.isnan(rho))
    image = axes.imshow(rho, cmap=DIVERGING_MAP, vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    open_question = ((table["rho_low"] <= 0) & (table["rho_high"] >= 0)).to_numpy()
    axes.plot(x[open_question], y[open_question], ".", color=GREY, markersize=1.2)
    axes.spines[:].set_visible(False)
    return image
