"""Which latent knows of which feature: mutual information above, importance for the MLP below, per group."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import FigureConfig, new_figure
from rootline.lartpc.figures.feature_rows import (
    label_rows,
    order_features,
    order_groups,
    separate_categories,
    shade_missing,
)
from rootline.lartpc.figures.labels import label_count, label_latent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

TITLE: Final = "Mutual information of latents and features, and importance of latents"

LATENTS_SHOWN: Final = 12
"""A model with more latents shows those with the largest mutual information."""

MAP: Final = "viridis_r"
"""From light, near nothing, to dark."""

_ROW_HEIGHT: Final = 0.125


def draw_information(information: pd.DataFrame, importance: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw both maps of latents and features for every group; what chance alone gives stays white.

    Parameters
    ----------
    information : data frame
        As `measure_information` gives it.
    importance : data frame
        As `regress` gives it.
    options : FigureConfig
        The style.
    """
    features, groups = order_features(information["feature"]), order_groups(information["group"])
    categories = dict(zip(information["feature"], information["category"], strict=True))
    latents = _most_telling(information, groups[0])
    hidden = information["latent"].nunique() - len(latents)
    told = information["information"] > information["null_95"]
    # a model that predicts no better than the mean can still get worse
    needed = (importance["importance_low"] > 0) & (importance["r2_low"] > 0)
    quantities = (
        (information, "information", told, "mutual information [nat]\n(white: not above 95 % of shuffled pairs)"),
        (
            importance,
            "importance",
            needed,
            "loss of $R^2$, latent permuted\n(white: 95 % interval of it or of $R^2$ holds 0)",
        ),
    )
    figure = new_figure(options, width="text", height=1.4 + 2 * max(_ROW_HEIGHT * len(features), 2.2))
    panels = figure.subplots(2, len(groups), sharey=True, squeeze=False)
    for row, (table, value, sure, label) in enumerate(quantities):
        shown = table.loc[sure & table["latent"].isin(latents), value]
        top = float(np.quantile(shown, 0.98)) if len(shown) else 1.0
        for axes, group in zip(panels[row], groups, strict=True):
            of_group = table["group"] == group
            image = _draw_map(axes, table[of_group], value, sure[of_group], latents, features, top)
            separate_categories(axes, features, categories)
            axes.tick_params(left=group == groups[0])
            axes.set_title(f"{group}\n{label_count(table.loc[of_group, 'n'])}")
        label_rows(panels[row, 0], features)
        bar = figure.colorbar(image, ax=panels[row], fraction=0.025, pad=0.01, aspect=40, extend="max")
        bar.set_label(label)
        bar.outline.set_linewidth(0.5)
    if hidden:
        figure.supxlabel(f"{len(latents)} latents shown, {hidden} that tell less not", fontsize=options.font_size - 1)
    return figure


def _draw_map(
    axes: "Axes",
    table: pd.DataFrame,
    value: str,
    sure: pd.Series,
    latents: list[str],
    features: list[str],
    top: float,
) -> "AxesImage":
    """Draw one map: white where nothing is sure, grey where there is no number."""
    cells = pd.MultiIndex.from_product([features, latents])
    numbers = table.assign(sure=sure).set_index(["feature", "latent"]).reindex(cells)
    shape = (len(features), len(latents))
    values = numbers[value].to_numpy(dtype=np.float64).reshape(shape)
    blank = ~numbers["sure"].to_numpy(dtype=bool).reshape(shape)
    shade_missing(axes, np.isnan(values))
    image = axes.imshow(
        np.where(blank, np.nan, values), cmap=MAP, vmin=0, vmax=top, aspect="auto", interpolation="nearest"
    )
    axes.set_xticks(range(len(latents)), [label_latent(name) for name in latents])
    axes.spines[:].set_visible(False)
    return image


def _most_telling(information: pd.DataFrame, group: str) -> list[str]:
    """Name the latents to show, in the order of their numbers."""
    strength = information[information["group"] == group].groupby("latent")["information"].max().fillna(0)
    best = strength.sort_values(ascending=False, kind="stable").index[:LATENTS_SHOWN]
    return sorted(best, key=lambda name: int(name.removeprefix("mu_")))
