"""The points of a sweep by reconstruction, probe and size, with those that no other point beats."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLUE, GREY, VERMILLION, FigureConfig, new_figure, scale_axis
from rootline.lartpc.analyses.best import describe_best
from rootline.lartpc.analyses.pareto import UNRANKED
from rootline.lartpc.figures.labels import label_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Pareto view of a sweep"

LISTED: Final = 12
"""Points of the front that are named beside the axes."""

SMALLEST, LARGEST = 14.0, 130.0
"""Areas of the markers of the smallest and the largest model [pt^2]."""

ROOM: Final = 11.0
"""Between a number and what lies around it [pt]."""

_AROUND: Final = [(reach * x, reach * y) for reach in (9, 14, 20, 27, 35, 45) for x, y in
                  [(1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1.3), (1.3, 0), (0, -1.3), (-1.3, 0)]]  # fmt: skip


def draw_pareto(
    table: pd.DataFrame, keys: Sequence[str], best: Mapping[str, Any], options: FigureConfig, *, note: str = ""
) -> "Figure":
    """Draw each point of a sweep by its error and its score, the area of the marker by the number of parameters.

    Dots are means over seeds, bars the spread over them. Points that none
    beats in both numbers are joined and named; a ring marks those that are
    only beaten by larger models. All others are faded. A star is the best
    point by the criterion of the config.

    Parameters
    ----------
    table : data frame
        As `rank_points` gives it.
    keys : sequence of str
        The swept keys.
    best : mapping
        As `choose_best` gives it.
    options : FigureConfig
        The style.
    note : str
        What a reader has to know before all else, such as which runs are missing.
    """
    from matplotlib.ticker import MaxNLocator

    there = table[table["rank"] != UNRANKED]
    footer = [*describe_best(best), *(["", note] if note else [])]
    if there.empty:
        figure = new_figure(options, width="text", height=1.3)
        names = " or ".join(dict.fromkeys([table["error_metric"].iloc[0], table["score_metric"].iloc[0]]))
        _write(
            figure.subplots(), _wrap([f"No figure: none of the {len(table)} points has {names}.", *footer], width=120)
        )
        return figure
    error, score = there["error_metric"].iloc[0], there["score_metric"].iloc[0]
    refused = error == "n_parameters"
    alike = refused and there["n_parameters"].min() == there["n_parameters"].max()
    if alike:
        there = there.sort_values(["rank", "point"], ignore_index=True)
        there["error"] = np.arange(1.0, len(there) + 1)
    front = there[there["rank"] == 1].sort_values(["error", "score"])
    if best["chosen"] is not None:
        footer[0] = f"Star, {footer[0][0].lower()}{footer[0][1:]}"
    listed = ["By score:", *_listed(there, keys)] if alike else ["Beaten by no other point:", *_listed(front, keys)]
    text = _wrap([*listed, "", *_sizes(there), *(_units(alike=alike) if refused else []), "", *footer], width=64)
    figure = new_figure(options, width="text", height=max(3.4, 0.4 + 0.107 * len(text)))
    axes, names = figure.subplots(1, 2, width_ratios=(1.45, 1))
    _draw_points(axes, there, front[:0] if alike else front)
    axes.margins(0.1)
    if alike:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(f"place by {_name(score)}")
    else:
        scale_axis(axes, "x", there["error"])
        if refused:
            axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel(_name(error))
    axes.set_ylabel(_name(score))
    axes.set_title(_counts(table, there), loc="left")
    if best["chosen"] is not None:
        chosen = there[there["point"] == best["chosen"]["point"]]
        axes.scatter(chosen["error"], chosen["score"], marker="*", s=45, color=VERMILLION, zorder=5, linewidths=0)
    _write(names, text)
    if not alike:
        figure.canvas.draw()  # the numbers need to know where the points are
        _number(axes, front.head(LISTED), there)
    return figure


def _draw_points(axes: "Axes", there: pd.DataFrame, front: pd.DataFrame) -> None:
    areas = _areas(there["n_parameters"].to_numpy(dtype=np.float64))
    smaller = ((there["rank"] > 1) & (there["rank_with_size"] == 1)).to_numpy()
    for rows, colour, alpha in ((there["rank"] > 1, GREY, 0.35), (there["rank"] == 1, BLUE, 0.9)):
        shown = there[rows]
        axes.errorbar(
            shown["error"], shown["score"], np.nan_to_num(shown["score_std"].to_numpy()),
            np.nan_to_num(shown["error_std"].to_numpy()), linestyle="none", ecolor=colour, elinewidth=0.6, alpha=0.7 * alpha,
        )  # fmt: skip
        axes.scatter(
            shown["error"], shown["score"], s=areas[rows.to_numpy()], color=colour, alpha=alpha, linewidths=0, zorder=3
        )
    ringed = there[smaller]
    axes.scatter(
        ringed["error"], ringed["score"], s=areas[smaller], facecolors="none", edgecolors=BLUE, linewidths=0.7, zorder=3
    )
    axes.plot(front["error"], front["score"], color=BLUE, linewidth=0.8, zorder=2)


def _number(axes: "Axes", front: pd.DataFrame, there: pd.DataFrame) -> None:
    """Write a number beside each point of the front where neither a point nor another number is."""
    to_points = 72 / axes.figure.dpi
    places = axes.transData.transform(there[["error", "score"]].to_numpy(dtype=np.float64)) * to_points
    own = axes.transData.transform(front[["error", "score"]].to_numpy(dtype=np.float64)) * to_points
    taken = [*places]
    for number, place in enumerate(own, start=1):
        room = [min(np.hypot(*(place + offset - other)) for other in taken) for offset in np.array(_AROUND)]
        offset = next(
            (one for one, free in zip(_AROUND, room, strict=True) if free > ROOM), _AROUND[int(np.argmax(room))]
        )
        taken.append(place + offset)
        axes.annotate(
            str(number), (front["error"].iloc[number - 1], front["score"].iloc[number - 1]), xytext=offset,
            textcoords="offset points", ha="center", va="center", fontsize=7, color=BLUE,
            arrowprops={"arrowstyle": "-", "linewidth": 0.3, "color": BLUE, "shrinkA": 3, "shrinkB": 1},
        )  # fmt: skip


def _listed(points: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    lines = []
    for number, row in enumerate(points.head(LISTED).to_dict("records"), start=1):
        values = ", ".join(f"{str(key).rpartition('.')[2]} {row[key]}" for key in keys) or "the config as it is"
        lines.append(f"{number}  {values}")
    return [*lines, *([f"and {len(points) - LISTED} more, see pareto.csv"] if len(points) > LISTED else [])]


def _sizes(there: pd.DataFrame) -> list[str]:
    low, high = int(there["n_parameters"].min()), int(there["n_parameters"].max())
    if low == high:
        return [f"All models have {low:,} parameters."]
    return [f"Area: {low:,} to {high:,} parameters. Ring: beaten by larger models alone. Grey: beaten."]


def _units(*, alike: bool) -> list[str]:
    text = "Errors are in units of each point's own images and do not compare"
    return [text + ("." if alike else "; the size stands in their place.")]


def _counts(table: pd.DataFrame, there: pd.DataFrame) -> str:
    seeds = (
        "one seed each: no spread" if (there["score_n"] == 1).all() else f"{label_count(there['score_n'])} seeds each"
    )
    lost = len(table) - len(there)
    text = "1 point" if len(there) == 1 else f"{len(there)} points"
    return f"{text}, {seeds}" + (f"; {lost} without a number" if lost else "")


def _wrap(lines: Sequence[str], *, width: int) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(line, width, subsequent_indent="    ") or [""]]


def _write(axes: "Axes", lines: Sequence[str]) -> None:
    axes.set_axis_off()
    axes.text(0, 1, "\n".join(lines), va="top", fontsize=6, transform=axes.transAxes, linespacing=1.25)


def _areas(parameters: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> "np.ndarray[Any, Any]":
    logs = np.log(np.maximum(parameters, 1.0))
    reach = np.ptp(logs)
    share = (logs - logs.min()) / reach if reach > 0 else np.full(len(logs), 0.3)
    return SMALLEST + share * (LARGEST - SMALLEST)


def _name(metric: str) -> str:
    words = {"n_parameters": "number of parameters", "auc_logistic": "AUC of the logistic probe",
             "auc_mlp": "AUC of the MLP probe", "auc_chi2": "AUC of $\\chi^2$"}  # fmt: skip
    if metric.startswith("error_weighted_"):
        return f"weighted reconstruction error, {metric.removeprefix('error_weighted_')}"
    if metric.startswith("error_"):
        return f"reconstruction error, {metric.removeprefix('error_')}"
    return words.get(metric, metric.replace("_", " "))
