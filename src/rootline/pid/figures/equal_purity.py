"""Efficiency of the models where they are as pure as n-sigma."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from rootline.core.figures import FigureConfig, letter_panel, new_figure
from rootline.pid.analyses.equal_purity import LESS_PURE, VERDICTS
from rootline.pid.figures.model_marks import mark_models
from rootline.pid.figures.selection import SPECIES
from rootline.pid.nsigma import NSIGMA

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Efficiency at the purity of n-sigma"

FOREST: Final = "forest"
"""Whose bins are counted in words; without it those of the first model."""

_SPREAD: Final = 0.7  # share of a bin over which its points lie beside each other
_SHADE: Final = "#e6e6e6"


def draw_equal_purity(equal_purity: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw per species the efficiencies in each bin, and count in words what the bins say of the forest.

    A model's point is open where it is less pure on the test part than
    n-sigma, both intervals apart: its efficiency is then not at equal purity.

    Parameters
    ----------
    equal_purity : data frame
        As `compare_models` gives it.
    options : FigureConfig
        The style.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    figure = new_figure(options, width="text", height=7.2)
    panels = figure.subplots(len(SPECIES), 1)
    marks = mark_models([NSIGMA, *equal_purity["model"]])
    counted = FOREST if FOREST in marks else next(name for name in marks if name != NSIGMA)
    for letter, species, axes in zip("abc", SPECIES, panels, strict=True):
        rows = equal_purity[equal_purity["species"] == species].sort_values(["model", "pt_low"])
        of_counted = rows[rows["model"] == counted]
        letter_panel(axes, letter, f"{species}s: {describe_verdicts(of_counted, marks[counted].label)}")
        _draw_bins(axes, of_counted)
        for place, (model, mark) in enumerate(marks.items()):
            of = of_counted if model == NSIGMA else rows[rows["model"] == model]
            share = "nsigma_efficiency" if model == NSIGMA else "efficiency"
            values = of[share].to_numpy(dtype=np.float64)
            ends = np.maximum([values - of[f"{share}_low"], of[f"{share}_high"] - values], 0)
            places = np.arange(len(of)) + 0.5 + _SPREAD * (place / max(len(marks) - 1, 1) - 0.5)
            style: dict[str, Any] = {"fmt": mark.marker, "color": mark.colour, "markersize": 3.2, "elinewidth": 0.7}
            is_open = np.zeros(len(of), dtype=bool) if model == NSIGMA else (of["purity_verdict"] == "below").to_numpy()
            for chosen, face in ((~is_open, mark.colour), (is_open, "white")):
                axes.errorbar(
                    places[chosen], values[chosen], ends[:, chosen], markerfacecolor=face, markeredgewidth=0.6, **style
                )
    panels[-1].set_xlabel("transverse momentum [GeV/c]")
    handles: list[Line2D | Patch] = [
        Line2D([], [], linestyle="", marker=mark.marker, color=mark.colour, markersize=3.5, label=mark.label)
        for mark in marks.values()
    ]
    open_mark: dict[str, Any] = {"marker": "s", "markerfacecolor": "white", "color": "black", "markeredgewidth": 0.6}
    handles.append(Line2D([], [], linestyle="", markersize=3.5, label="open: less pure than n-sigma", **open_mark))
    handles.append(Patch(facecolor=_SHADE, label="crossing region"))
    figure.legend(handles=handles, loc="outside upper center", ncols=5)
    return figure


def describe_verdicts(rows: pd.DataFrame, label: str) -> str:
    """Say in words in how many bins a model is above n-sigma, overlaps with it, or is below.

    Parameters
    ----------
    rows : data frame
        Bins of one species and one model.
    label : str
        What the model is called.
    """
    few = int((rows["verdict"] == "").sum())
    text = f"{label} {_count(rows)} in {_bins(len(rows[rows['verdict'] != '']))}"
    text += f"; too few tracks in {few}" if few else ""
    crossing = rows[rows["is_crossing"]]
    if len(crossing):
        text += f"\ncrossing region: {_count(crossing)} in {_bins(len(crossing[crossing['verdict'] != '']))}"
    return text


def _count(rows: pd.DataFrame) -> str:
    counts = {verdict: int((rows["verdict"] == verdict).sum()) for verdict in (*VERDICTS, LESS_PURE)}
    return ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n or verdict in VERDICTS)


def _bins(n: int) -> str:
    return f"{n} bin" if n == 1 else f"{n} bins"


def _draw_bins(axes: "Axes", rows: pd.DataFrame) -> None:
    """Give every bin the same room, write its edges and how many tracks of the species it has, and shade the crossing region."""
    n = len(rows)
    for place, is_crossing in enumerate(rows["is_crossing"]):
        if is_crossing:
            axes.axvspan(place, place + 1, color=_SHADE, linewidth=0, zorder=0)
    for place in range(1, n):
        axes.axvline(place, color="#cccccc", linewidth=0.4, zorder=0)
    edges = [*rows["pt_low"], *rows["pt_high"].tail(1)]
    axes.set_xticks(range(n + 1), [f"{edge:g}" for edge in edges])
    axes.set_xlim(0, n)
    axes.set_ylim(-0.03, 1.13)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.set_ylabel("efficiency")
    for place, count in enumerate(rows["n_species"]):
        first = "n = " if place == 0 else ""
        axes.text(place + 0.5, 1.07, f"{first}{count}", ha="center", va="center", fontsize=5.5, color="#555555")
