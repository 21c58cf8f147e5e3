"""Does a latent follow a feature in every species: rank correlations of the species side by side."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import DIVERGING_MAP, GREY, FigureConfig, new_figure, particle_colours
from rootline.lartpc.analyses.correlation import LATENT_FEATURE
from rootline.lartpc.analyses.tables import ALL
from rootline.lartpc.figures.feature_rows import NO_NUMBER, ROW_HEIGHT, label_rows, order_features
from rootline.lartpc.figures.labels import label_count, label_latent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE: Final = "Correlation of latents with features in each species"

COLUMNS_SHOWN: Final = 36
"""Latents times species; a larger model shows those latents that follow some feature most."""


def draw_correlation_species(correlation: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw Spearman's rho of latents and features, the species side by side within each latent.

    Parameters
    ----------
    correlation : data frame
        As `correlate` gives it.
    options : FigureConfig
        The style.
    """
    table = correlation[(correlation["kind"] == LATENT_FEATURE) & (correlation["group"] != ALL)]
    species, features = sorted(set(table["group"])), order_features(table["second"])
    latents = _most_telling(table, max(COLUMNS_SHOWN // len(species), 1))
    hidden = table["first"].nunique() - len(latents)
    width = len(species) + 0.5
    left = [number * width + place for number in range(len(latents)) for place in range(len(species))]
    columns = pd.MultiIndex.from_product([latents, species])
    cells = table.set_index(["second", "first", "group"])
    cells = cells.reindex(pd.MultiIndex.from_tuples([(name, *column) for name in features for column in columns]))
    rho, low, high = (
        cells[name].to_numpy().reshape(len(features), len(columns)) for name in ("rho", "rho_low", "rho_high")
    )
    figure = new_figure(options, width="text", height=1.3 + ROW_HEIGHT * len(features))
    axes = figure.subplots()
    for number in range(len(latents)):
        mine = slice(number * len(species), (number + 1) * len(species))
        start = number * width - 0.5
        extent = (start, start + len(species), len(features) - 0.5, -0.5)
        axes.axvspan(*extent[:2], color=NO_NUMBER, linewidth=0, zorder=0)
        image = axes.imshow(
            rho[:, mine], cmap=DIVERGING_MAP, vmin=-1, vmax=1, extent=extent, aspect="auto", interpolation="nearest"
        )
    y, x = np.nonzero((low <= 0) & (high >= 0))
    axes.plot(np.array(left)[x], y, ".", color=GREY, markersize=1.8)
    axes.set_xlim(-0.6, len(latents) * width - 0.9)
    label_rows(axes, features)
    middles = np.arange(len(latents)) * width + (len(species) - 1) / 2
    axes.set_xticks(middles, [label_latent(name) for name in latents])
    colours = particle_colours(species, options)
    above = axes.secondary_xaxis("top")
    above.set_xticks(left, list(species) * len(latents), rotation=90)
    for text, name in zip(above.get_xticklabels(), list(species) * len(latents), strict=True):
        text.set_color(colours[name])
    for edge in (axes, above):
        edge.tick_params(length=0)
        edge.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, fraction=0.025, pad=0.01, aspect=40)
    bar.set_label("Spearman's $\\rho$  (dot: 95 % interval holds 0)")
    bar.outline.set_linewidth(0.5)
    counts = ", ".join(f"{name}: {label_count(table.loc[table['group'] == name, 'n'])}" for name in species)
    note = f"; {len(latents)} latents shown, {hidden} with weaker correlations not" if hidden else ""
    axes.set_xlabel(f"{counts}{note}")
    return figure


def _most_telling(table: pd.DataFrame, n: int) -> list[str]:
    """Name the latents to show, in the order of their numbers."""
    strength = table.groupby("first")["rho"].agg(lambda rho: rho.abs().max()).fillna(0)
    best = strength.sort_values(ascending=False, kind="stable").index[:n]
    return sorted(best, key=lambda name: int(name.removeprefix("mu_")))
