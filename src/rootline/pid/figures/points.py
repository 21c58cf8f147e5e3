"""The points of a sweep, with the spread over their seeds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from rootline.core.figures import GREY, FigureConfig, letter_panel, new_figure, particle_colours
from rootline.pid.sweep import points_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE: Final = "Points of a sweep"

SHOWN: Final = 40
"""Points in the figure at most; the table has all."""


def draw_points(table: pd.DataFrame, options: FigureConfig, *, note: str = "") -> "Figure":
    """Draw F1 of each species for every point, the best on top: its seeds, and their mean.

    Parameters
    ----------
    table : data frame
        As `tabulate_sweep` gives it.
    options : FigureConfig
        The style.
    note : str
        What a reader has to know before all else, such as which runs are missing.
    """
    keys = points_of(table)
    named = table.assign(point=[_name(row, keys) for row in table[keys].to_dict("records")])
    order = named.groupby("point")["f1"].mean().sort_values(ascending=False).index[:SHOWN]
    species = list(dict.fromkeys(named["species"]))
    colours = particle_colours(species, options)
    figure = new_figure(options, width="text", height=1.0 + 0.22 * len(order))
    panels = np.atleast_1d(figure.subplots(1, len(species), sharey=True))
    for letter, name, axes in zip("abcdefgh", species, panels, strict=False):
        rows = named[named["species"] == name]
        for place, point in enumerate(order):
            of_point = rows.loc[rows["point"] == point, "f1"]
            axes.plot(of_point, np.full(len(of_point), place), "o", color=colours[name], markersize=2.5, alpha=0.6)
            axes.plot([of_point.mean()], [place], "|", color="black", markersize=8)
        axes.set_yticks(range(len(order)), list(order))
        axes.set_ylim(len(order) - 0.5, -0.5)
        axes.grid(axis="y", color=GREY, alpha=0.2, linewidth=0.5)
        axes.set_xlabel("F1")
        letter_panel(axes, letter, f"{name}s, n = {rows['n_species'].max()}")
    n_seeds = int(named.groupby(["point", "species"]).size().max())
    of_all = "" if named["point"].nunique() <= SHOWN else f"; the best {SHOWN} of {named['point'].nunique()} points"
    figure.supxlabel(f"dots: seeds ({n_seeds} at most); bars: their mean{of_all}", fontsize=options.font_size - 1)
    if note:
        figure.suptitle(note, fontsize=options.font_size - 1)
    return figure


def _name(values: Mapping[Any, Any], keys: list[str]) -> str:
    return ", ".join(f"{key.rpartition('.')[2]} {values[key]}" for key in keys) or "the base run"
