"""The latents in two dimensions, coloured by particle and by features."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import (
    SEQUENTIAL_MAP,
    FigureConfig,
    format_interval,
    letter_panel,
    new_figure,
    particle_colours,
)
from rootline.lartpc.analyses.statistics import mean_interval
from rootline.lartpc.analyses.tables import defined_values, join_features
from rootline.lartpc.figures.labels import label_feature

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "UMAP of the latents"

FEATURES_SHOWN: Final = ("total_adc", "n_pixels", "bragg_peak_height", "bragg_peak_ratio")

_PART_MARKERS = {"train": "o", "val": "^", "test": "s"}


def draw_embedding(embedding: pd.DataFrame, features: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw the embedding coloured by particle, by part (with a marker of its own), and by four features.

    Parameters
    ----------
    embedding, features : data frames
        As `embed` gives it; key and features of the same tracks.
    options : FigureConfig
        The style.
    """
    joined = join_features(embedding, features)
    shown = [name for name in FEATURES_SHOWN if name in joined]
    figure = new_figure(options, width="text", height=4.6)
    grid = figure.subplots(2, 3, sharex=True, sharey=True)
    # drawn in an order that has nothing to do with the species, so that none covers the others
    order = np.random.Generator(np.random.PCG64(0)).permutation(len(joined))
    joined = joined.iloc[order]
    size = float(np.clip(3000 / max(len(joined), 1), 1.0, 9.0))
    _draw_particles(grid.flat[0], joined, options, size)
    _draw_parts(grid.flat[1], joined, size)
    for axes, name in zip(grid.flat[2:], shown, strict=False):
        _draw_feature(axes, joined, name, size)
    for axes in list(grid.flat)[2 + len(shown) :]:
        axes.set_axis_off()
    for letter, axes in zip("abcdef", grid.flat, strict=True):
        axes.set_xticks([])
        axes.set_yticks([])
        letter_panel(axes, letter)
    figure.supxlabel("UMAP 1", fontsize=options.font_size)
    figure.supylabel("UMAP 2", fontsize=options.font_size)
    return figure


def _draw_particles(axes: "Axes", joined: pd.DataFrame, options: FigureConfig, size: float) -> None:
    colours = particle_colours(joined["particle"], options)
    axes.scatter(joined["umap_1"], joined["umap_2"], s=size, c=joined["particle"].map(colours), linewidths=0, alpha=0.8)
    for particle in sorted(colours):
        rows = joined[joined["particle"] == particle]
        share = rows["neighbour_share"]
        low, high = mean_interval(share.to_numpy())
        by_chance = (len(rows) - 1) / max(len(joined) - 1, 1)
        label = f"{particle}, n = {len(rows)}: {format_interval(share.mean(), low, high)}, {by_chance:.2f}"
        axes.scatter([], [], s=14, color=colours[particle], label=label)
    _legend_below(axes, "particle: share of like neighbours, by chance")


def _draw_parts(axes: "Axes", joined: pd.DataFrame, size: float) -> None:
    tones = {"train": "#bbbbbb", "val": "#E69F00", "test": "#000000"}
    for part, marker in _PART_MARKERS.items():
        rows = joined[joined["part"] == part]
        axes.scatter(
            rows["umap_1"], rows["umap_2"], s=size, marker=marker, color=tones[part], linewidths=0, alpha=0.8,
            label=f"{part}, n = {len(rows)}",
        )  # fmt: skip
    _legend_below(axes, "part")


def _draw_feature(axes: "Axes", joined: pd.DataFrame, name: str, size: float) -> None:
    values = defined_values(joined, [name])[:, 0]
    known = np.isfinite(values)
    low, high = np.quantile(values[known], [0.02, 0.98]) if known.any() else (0.0, 1.0)
    axes.scatter(joined["umap_1"][~known], joined["umap_2"][~known], s=size, color="#dddddd", linewidths=0)
    points = axes.scatter(
        joined["umap_1"][known], joined["umap_2"][known], s=size, c=values[known], cmap=SEQUENTIAL_MAP,
        vmin=low, vmax=high, linewidths=0, alpha=0.9,
    )  # fmt: skip
    bar = axes.figure.colorbar(
        points, cax=axes.inset_axes((0.1, -0.13, 0.8, 0.05)), orientation="horizontal", extend="both"
    )
    bar.set_label(f"{label_feature(name)}, n = {int(known.sum())}")
    bar.outline.set_linewidth(0.4)


def _legend_below(axes: "Axes", title: str) -> None:
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), title=title, handletextpad=0.2, labelspacing=0.2)
