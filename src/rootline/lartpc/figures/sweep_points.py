"""A sweep of single points, which are no grid of axes: each number of each point, with its change to the first one."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import GREY, FigureConfig, new_figure
from rootline.lartpc.analyses.sweep_summary import MARGIN, POINT
from rootline.lartpc.figures.labels import label_count
from rootline.lartpc.figures.sweep_panels import MARKERS, Panel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS: Final = 3
LABEL_WIDTH: Final = 34
"""Characters of a line of the names of points."""


def draw_points(
    panels: Sequence[Panel], effects: pd.DataFrame, points: list[str], options: FigureConfig, *, note: str = ""
) -> "Figure":
    """Draw a row for each point of a sweep and a panel for each kind of number.

    Dots are means over seeds, bars their standard deviation; a dotted line
    marks the first point.

    Parameters
    ----------
    panels : sequence of Panel
        Numbers that share a panel.
    effects : data frame
        As `measure_effects` gives it for the axis `POINT`.
    points : list of str
        Names of the points in the order of the sweep.
    options : FigureConfig
        The style.
    note : str
        What a reader has to know before all else, such as which runs are missing.
    """
    margins = effects[(effects["axis"] == POINT) & (effects["kind"] == MARGIN)]
    names = ["\n".join(textwrap.wrap(name, LABEL_WIDTH)) for name in points]
    lines = sum(1 + name.count("\n") for name in names)
    n_rows = -(-len(panels) // COLUMNS)
    figure = new_figure(options, width="text", height=n_rows * (1.0 + 0.105 * lines + 0.05 * len(points)))
    grid = figure.subplots(n_rows, COLUMNS, squeeze=False, sharey=True)
    # a point takes as much height as its name
    ends = np.cumsum([1.6 + name.count("\n") for name in names])
    places = ends - np.diff(ends, prepend=0) / 2
    for number, (panel, axes) in enumerate(zip(panels, grid.flat, strict=False)):
        for place, (shift, series) in enumerate(zip(_shifts(len(panel.series)), panel.series, strict=True)):
            rows = margins[margins["metric"] == series.metric].set_index("level").reindex(points)
            spread = np.nan_to_num(rows["std"].to_numpy(dtype=np.float64))
            axes.errorbar(
                rows["value"], places + shift, xerr=spread, linestyle="none", color=series.colour, markersize=3,
                marker=series.marker or MARKERS[place % len(MARKERS)], elinewidth=0.9, label=series.label,
            )  # fmt: skip
            if np.isfinite(rows["value"].iloc[0]):
                axes.axvline(rows["value"].iloc[0], color=series.colour, linewidth=0.6, linestyle=":")
        for end in ends[:-1]:
            axes.axhline(end, color=GREY, linewidth=0.2)
        axes.set_xlabel(panel.title)
        axes.set_yticks(places, names, fontsize=6)
        axes.tick_params(axis="y", length=0, labelleft=number % COLUMNS == 0)
        axes.set_ylim(ends[-1], 0)
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=6, ncols=2, borderaxespad=0.1, columnspacing=0.8
        )
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    found = margins.loc[margins["n"] > 0, "n"]
    text = f"{len(points)} points, {label_count(found)} runs each; bars: standard deviation over seeds"
    figure.suptitle("\n".join([text, *([note] if note else [])]), fontsize=7)
    return figure


def _shifts(n: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return (np.arange(n, dtype=np.float64) - (n - 1) / 2) * 0.28
