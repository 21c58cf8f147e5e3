"""Tracks per second of every way of scoring, and whether they are in the order reported elsewhere."""

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from rootline.core.figures import BLUE, GREY, ORANGE, FigureConfig, letter_panel, new_figure
from rootline.pid.analyses.throughput import ANALYSIS, BATCH, EVENT, LIBRARY, ONNX, TRACK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Tracks per second of every way of scoring"

_ENGINES: Final = {LIBRARY: ("library", BLUE, "o"), ONNX: ("ONNX Runtime", ORANGE, "s")}
_CALLS: Final = {TRACK: "track by track", EVENT: "event by event", BATCH: "one batch"}
_CLAIMS: Final = (f"{BATCH} > {EVENT}", f"{EVENT} > {TRACK}", "one thread > many")


def draw_throughput(rates: pd.DataFrame, order: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw the rates of each model above, and by which factor each pair of them is in the reported order below.

    Parameters
    ----------
    rates, order : data frames
        As `time_scoring` gives them.
    options : FigureConfig
        The style.
    """
    models = sorted(set(rates["model"]) - {ANALYSIS})
    figure = new_figure(options, width="text", height=4.9)
    panels = figure.subplots(2, len(models), squeeze=False, sharex="row", sharey="row")
    analysis = rates[rates["model"] == ANALYSIS].iloc[0]
    many = int(rates["threads"].max())
    for number, model in enumerate(models):
        upper, lower = panels[0, number], panels[1, number]
        _draw_rates(upper, rates[rates["model"] == model], many)
        upper.axvline(analysis["rate"], color=GREY, linewidth=0.9, linestyle="--", label="spectrum of the same tracks")
        n = rates.loc[rates["model"] == model, "n_tracks"].iloc[0]
        letter_panel(upper, "acegik"[number % 6], f"{model}, n = {n} tracks")
        _draw_order(lower, order[order["model"] == model], many)
        letter_panel(lower, "bdfhjl"[number % 6], f"{model}: order as reported")
        upper.set_xlabel("rate [tracks/s]")
        lower.set_xlabel("ratio of the rates")
    panels[1, 0].set_xlim(min(0.5, order["ratio"].min() / 1.5), max(2.0, 1.5 * order["ratio"].max()))
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def _style(engine: str, threads: int, many: int) -> tuple[dict[str, Any], float]:
    """Give how a way of scoring looks, and where it lies beside the others."""
    _, colour, marker = _ENGINES[engine]
    is_many = threads > 1
    place = 0.17 * (2 * list(_ENGINES).index(engine) + (is_many and many > 1) - 1.5)
    face = "white" if is_many else colour
    return {"color": colour, "fmt": marker, "markersize": 4, "markerfacecolor": face, "elinewidth": 0.9}, place


def _draw_rates(axes: "Axes", rates: pd.DataFrame, many: int) -> None:
    for engine, threads in sorted(set(zip(rates["engine"], rates["threads"], strict=True))):
        rows = rates[(rates["engine"] == engine) & (rates["threads"] == threads)]
        style, offset = _style(engine, threads, many)
        places = [list(_CALLS).index(call) + offset for call in rows["call"]]
        ends = [rows["rate"] - rows["rate_min"], rows["rate_max"] - rows["rate"]]
        label = f"{_ENGINES[engine][0]}, {threads} thread{'s' if threads > 1 else ''}"
        axes.errorbar(rows["rate"], places, xerr=ends, label=label, **style)
    axes.set_xscale("log")
    axes.set_yticks(range(len(_CALLS)), list(_CALLS.values()))
    axes.set_ylim(len(_CALLS) - 0.5, -0.5)


def _draw_order(axes: "Axes", order: pd.DataFrame, many: int) -> None:
    axes.axvspan(1e-3, 1, color=GREY, alpha=0.15, linewidth=0)
    for row in order.to_dict("records"):
        style, offset = _style(row["engine"], row["threads"], many)
        axes.errorbar(row["ratio"], _CLAIMS.index(row["claim"]) + offset, **style, alpha=1.0 if row["apart"] else 0.35)
    axes.axvline(1, color=GREY, linewidth=0.7)
    axes.set_xscale("log")
    axes.set_yticks(range(len(_CLAIMS)), _CLAIMS)
    axes.set_ylim(len(_CLAIMS) - 0.5, -0.5)
