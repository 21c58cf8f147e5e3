"""Latents against features: rank correlations per species, and shares of variance per category."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import (
    BLUE,
    DIVERGING_MAP,
    GREEN,
    GREY,
    OKABE_ITO,
    ORANGE,
    VERMILLION,
    FigureConfig,
    new_figure,
)
from rootline.lartpc.analyses.correlation import LATENT_FEATURE, MEAN
from rootline.lartpc.figures.feature_rows import NO_NUMBER, order_features, order_groups
from rootline.lartpc.figures.labels import label_count, label_feature, label_latent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

TITLE: Final = "Correlation of latents with features"

LATENTS_SHOWN: Final = 12
"""A model with more latents shows those that follow some feature most."""

CATEGORY_COLOURS: Final = {"charge": BLUE, "shape": ORANGE, "bragg": VERMILLION, "profile": GREEN}


def draw_correlation(correlation: pd.DataFrame, decomposition: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw Spearman's rho of latents and features, one panel per group, above R2 per category.

    Parameters
    ----------
    correlation, decomposition : data frames
        As `correlate` and `decompose_variance` give them.
    options : FigureConfig
        The style.
    """
    table = correlation[correlation["kind"] == LATENT_FEATURE]
    groups = order_groups(table["group"])
    features = order_features(table["second"])
    latents = _most_telling(table, groups[0])
    hidden = table["first"].nunique() - len(latents)
    figure = new_figure(options, width="text", height=2.6 + 0.155 * len(features))
    rows = figure.add_gridspec(2, 1, height_ratios=[0.155 * len(features) + 0.4, 1.7])
    grid = rows[0].subgridspec(1, len(groups))
    panels: list[Axes] = []
    for column, group in enumerate(groups):
        axes = figure.add_subplot(grid[column], sharey=panels[0] if panels else None)
        image = _draw_map(axes, table[table["group"] == group], latents, features)
        axes.set_title(f"{group}\n{label_count(table.loc[table['group'] == group, 'n'])}")
        axes.tick_params(left=column == 0, labelleft=column == 0)
        panels.append(axes)
    panels[0].set_yticks(range(len(features)), [label_feature(name, unit=False) for name in features])
    bar = figure.colorbar(image, ax=panels, fraction=0.025, pad=0.01, aspect=40)
    bar.set_label("Spearman's $\\rho$  (dot: 95 % interval holds 0)")
    bar.outline.set_linewidth(0.5)
    _draw_decomposition(figure.add_subplot(rows[1]), decomposition, groups[0], latents)
    if hidden:
        figure.supxlabel(
            f"{len(latents)} latents shown, {hidden} with weaker correlations not", fontsize=options.font_size - 1
        )
    return figure


def _draw_map(axes: "Axes", table: pd.DataFrame, latents: list[str], features: list[str]) -> "AxesImage":
    cells = table.set_index(["second", "first"]).reindex(pd.MultiIndex.from_product([features, latents]))
    shape = (len(features), len(latents))
    rho, low, high = (cells[name].to_numpy().reshape(shape) for name in ("rho", "rho_low", "rho_high"))
    axes.set_facecolor(NO_NUMBER)
    image = axes.imshow(rho, cmap=DIVERGING_MAP, vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    y, x = np.nonzero((low <= 0) & (high >= 0))
    axes.plot(x, y, ".", color=GREY, markersize=1.8)
    axes.set_xticks(range(len(latents)), [label_latent(name) for name in latents])
    axes.spines[:].set_visible(False)
    return image


def _draw_decomposition(axes: "Axes", decomposition: pd.DataFrame, group: str, latents: list[str]) -> None:
    means = decomposition[(decomposition["group"] == group) & (decomposition["feature"] == MEAN)]
    categories = list(dict.fromkeys(means["category"]))
    width = 0.8 / max(len(categories), 1)
    places = np.arange(len(latents))
    for number, category in enumerate(categories):
        rows = means[means["category"] == category].set_index("latent").reindex(latents)
        offset = (number - (len(categories) - 1) / 2) * width
        ends = np.array([rows["r2"] - rows["r2_low"], rows["r2_high"] - rows["r2"]])
        colour = CATEGORY_COLOURS.get(category, OKABE_ITO[number % len(OKABE_ITO)])
        axes.bar(places + offset, rows["r2"], width, color=colour, label=category)
        axes.errorbar(places + offset, rows["r2"], np.maximum(ends, 0), fmt="none", ecolor="black", elinewidth=0.7)
    axes.set_xticks(places, [label_latent(name) for name in latents])
    axes.set_ylabel("mean $R^2$ of one feature")
    axes.set_ylim(0, 1.3 * (axes.get_ylim()[1] or 1.0))
    axes.margins(x=0.01)
    n = label_count(means["n"])
    axes.set_title(f"Share of a latent's variance, {group}, {n}; bars: 95 % bootstrap intervals")
    if categories:
        axes.legend(ncols=len(categories), loc="upper right", title="feature category")


def _most_telling(table: pd.DataFrame, group: str) -> list[str]:
    """Name the latents to show, in the order of their numbers."""
    strength = table[table["group"] == group].groupby("first")["rho"].agg(lambda rho: rho.abs().max()).fillna(0)
    best = strength.sort_values(ascending=False, kind="stable").index[:LATENTS_SHOWN]
    return sorted(best, key=lambda name: int(name.removeprefix("mu_")))
