"""The runs of a sweep: what each axis does to the numbers that matter."""

from collections.abc import Sequence
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import (
    FigureConfig,
    format_interval,
    letter_panel,
    new_figure,
    scale_axis,
)
from rootline.core.sweeps import SEED_KEY
from rootline.lartpc.analyses.sweep_runs import metric_names
from rootline.lartpc.analyses.sweep_summary import (
    DIFFERENCE,
    MARGIN,
    POINT,
    TREND,
    is_numeric,
    ordered_levels,
    with_points,
)
from rootline.lartpc.figures.labels import label_count
from rootline.lartpc.figures.sweep_panels import MARKERS, Panel, Series, choose_panels
from rootline.lartpc.figures.sweep_points import draw_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Sweep"

PAIRED_LEVELS: Final = 2
"""With as many levels the runs that agree in all else are joined by lines, and their difference is written."""

_NAMES: Final = {
    "train.seed": "seed",
    "model.latent_dim": "latent dimension",
    "model.channels": "channels",
    "model.activation": "activation",
    "train.beta": "$\\beta$",
    "train.transform": "transform",
    "split.train": "training fraction",
    "images.resampling": "resampling",
}


def draw_sweep(
    runs: pd.DataFrame, effects: pd.DataFrame, keys: Sequence[str], options: FigureConfig, *, note: str = ""
) -> "Figure":
    """Draw each number against each axis of the sweep.

    Points are means over the runs at a level, bars the standard deviation over
    them: over seeds in a sweep of one axis, else over the other axes as well.
    One axis gives a panel per kind of number, more give a table of panels
    with a column for each axis, and a list of points a row for each point.

    Parameters
    ----------
    runs : data frame
        As `tabulate_runs` gives it.
    effects : data frame
        As `measure_effects` gives it.
    keys : sequence of str
        The swept keys; none, where only seeds differ.
    options : FigureConfig
        The style.
    note : str
        What a reader has to know before all else, such as which runs are missing.
    """
    panels = choose_panels([name for name in metric_names(runs, keys) if runs[name].notna().any()], options)
    if not panels:
        return _draw_refusal(len(runs), options)
    if (effects["axis"] == POINT).any():
        return draw_points(panels, effects, list(dict.fromkeys(with_points(runs, keys)[0][POINT])), options, note=note)
    axes_of = list(keys) or [SEED_KEY]
    alone = len(axes_of) == 1
    columns = min(2, len(panels)) if alone else len(axes_of)
    rows = -(-len(panels) // columns) if alone else len(panels)
    figure = new_figure(options, width="text", height=0.5 + (2.1 if alone else 1.6) * rows)
    grid = figure.subplots(rows, columns, squeeze=False, sharex="col", sharey=False if alone else "row")
    for number, panel in enumerate(panels):
        places = [grid.flat[number]] if alone else list(grid[number])
        for column, (axes, axis) in enumerate(zip(places, axes_of, strict=True)):
            _draw_panel(axes, panel, axis, runs, effects, alone=alone)
            last = number >= len(panels) - columns if alone else number == len(panels) - 1
            axes.tick_params(labelbottom=last)
            axes.set_xlabel(_NAMES.get(axis, axis) if last else "")
            if column == 0:
                axes.set_ylabel(panel.title)
                text = label_count(_runs_per_level(effects, axis)) + " runs each"
                letter_panel(axes, ascii_lowercase[number], text + (_difference_drawn(runs, axis) if alone else ""))
            elif number == 0:
                axes.set_title(label_count(_runs_per_level(effects, axis)) + " each", loc="left")
        low, high = places[0].get_ylim()
        places[0].set_ylim(low, high + (high - low) * (0.1 + (0.09 if alone else 0.13) * len(panel.series)))
        places[0].legend(
            loc="upper left", fontsize=6, borderaxespad=0.2, labelspacing=0.25, handlelength=1.0, handletextpad=0.4
        )
    for axes in grid.ravel()[len(panels) * len(axes_of) :]:
        axes.set_axis_off()
    if note:
        figure.suptitle(note, fontsize=7)
    return figure


def _draw_refusal(n_runs: int, options: FigureConfig) -> "Figure":
    figure = new_figure(options, width="column", height=1.0)
    text = f"No figure: the {n_runs} runs have too few tracks\nfor any of their analyses."
    figure.text(0.5, 0.5, text, ha="center", va="center")
    return figure


def _difference_drawn(runs: pd.DataFrame, axis: str) -> str:
    found = ordered_levels(runs[axis])
    return f", $\\Delta$: {found[1]} \N{MINUS SIGN} {found[0]}" if len(found) == PAIRED_LEVELS else ""


def _runs_per_level(effects: pd.DataFrame, axis: str) -> pd.Series:
    return effects.loc[(effects["axis"] == axis) & (effects["kind"] == MARGIN) & (effects["n"] > 0), "n"]


def _draw_panel(
    axes: "Axes", panel: Panel, axis: str, runs: pd.DataFrame, effects: pd.DataFrame, *, alone: bool
) -> None:
    from matplotlib.ticker import MaxNLocator

    numeric, found = is_numeric(runs[axis]), ordered_levels(runs[axis])
    of_axis = effects[effects["axis"] == axis]
    for number, series in enumerate(panel.series):
        rows = of_axis[(of_axis["kind"] == MARGIN) & (of_axis["metric"] == series.metric)].set_index("level")
        rows = rows.reindex([str(level) for level in found])
        if rows["value"].isna().all():
            continue
        shift = (number - (len(panel.series) - 1) / 2) * 0.12
        places = np.asarray(found, dtype=np.float64) if numeric else np.arange(len(found)) + shift
        if alone and len(found) == PAIRED_LEVELS and not numeric:
            _join_pairs(axes, runs, axis, found, series, shift)
        axes.errorbar(
            places, rows["value"], np.nan_to_num(rows["std"].to_numpy()), linestyle=series.line if numeric else "none",
            marker=series.marker or MARKERS[number % len(MARKERS)], color=series.colour, markersize=3 if len(found) > 10 else 3.5,
            elinewidth=0.9, linewidth=0.9, label=_label(series, of_axis) if alone else series.label,
        )  # fmt: skip
    if numeric:
        steps = np.diff(np.asarray(found, dtype=np.float64))
        if len(steps) and min(found) > 0 and max(found) > 8 * min(found) and steps.max() > 4 * steps.min():
            scale_axis(axes, "x", found)
            return
        axes.xaxis.set_major_locator(MaxNLocator(5))
        return
    slanted = len(found) > 2 and max(len(str(level)) for level in found) > 5
    axes.set_xticks(range(len(found)), [str(level) for level in found], fontsize=6)
    if slanted:
        axes.tick_params(axis="x", rotation=30)
    axes.set_xlim(-0.5, len(found) - 0.5)


def _join_pairs(
    axes: "Axes", runs: pd.DataFrame, axis: str, found: Sequence[object], series: Series, shift: float
) -> None:
    first, second = (runs[runs[axis] == level].set_index(SEED_KEY)[series.metric] for level in found)
    for seed in first.index.intersection(second.index):
        ends = [float(first[seed]), float(second[seed])]
        axes.plot(np.arange(2) + shift, ends, color=series.colour, linewidth=0.5, alpha=0.6)


def _label(series: Series, of_axis: pd.DataFrame) -> str:
    """Give the label, with the trend along a numeric axis or the difference of two levels."""
    rows = of_axis[of_axis["metric"] == series.metric]
    trend, difference = rows[rows["kind"] == TREND], rows[rows["kind"] == DIFFERENCE]
    if len(trend) and np.isfinite(trend.iloc[0]["value"]):
        found, sign, digits = trend.iloc[0], "$\\rho$ = ", 2
    elif len(difference) == 1 and np.isfinite(difference.iloc[0]["value"]) and difference.iloc[0]["std"] != 0:
        found, sign, digits = difference.iloc[0], "$\\Delta$ = ", 3
    else:
        return series.label
    if not np.isfinite(found["low"]):
        text = f"{sign}{found['value']:.{digits}f}"
    else:
        text = sign + format_interval(found["value"], found["low"], found["high"], digits=digits)
    return f"{series.label}: {text}, n = {found['n']:.0f}"
