"""ROC curves, and purity against efficiency, with the cut that each selection makes."""

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from rootline.core.figures import FigureConfig, letter_panel, new_figure
from rootline.pid.figures.model_marks import Mark, mark_models
from rootline.pid.figures.selection import SPECIES
from rootline.pid.nsigma import NSIGMA

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "ROC and purity-efficiency curves of the scores"

_ACCEPTED_MIN: Final = 10
"""A point of purity against efficiency is drawn from so many accepted tracks on: fewer jump about."""


def draw_curves(curves: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw a row of panels per species: ROC with a logarithmic share of others, and purity against efficiency.

    Parameters
    ----------
    curves : data frame
        As `compare_models` gives it.
    options : FigureConfig
        The style.
    """
    marks = mark_models(curves["model"])
    figure = new_figure(options, width="text", height=7.0)
    rows = figure.subplots(len(SPECIES), 2)
    for number, (species, (roc, pure)) in enumerate(zip(SPECIES, rows, strict=True)):
        of = curves[curves["species"] == species].sort_values(["model", "kind", "point"])
        counts = of[["n_species", "n_others"]].max()
        letter_panel(roc, "ace"[number], f"{species}s, n = {counts['n_species']}; others, n = {counts['n_others']}")
        letter_panel(pure, "bdf"[number], f"{species}s")
        for model, mark in marks.items():
            _draw_model(roc, pure, of[of["model"] == model], mark, is_rule=model == NSIGMA)
        least = of.loc[of["contamination"] > 0, "contamination"].min()
        roc.set_xscale("log")
        roc.xaxis.set_minor_formatter("")  # on an axis of less than a decade its labels cover each other
        roc.set_xlim(max(least, 1e-5) if least > 0 else 1e-3, 1.1)
        roc.set_xlabel("share of other tracks accepted")
        pure.set_xlabel("efficiency")
        pure.set_xlim(-0.02, 1.02)
        for axes, label in ((roc, "efficiency"), (pure, "purity")):
            axes.set_ylim(-0.02, 1.04)
            axes.set_ylabel(label)
    handles, labels = rows[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5)
    return figure


def _draw_model(roc: "Axes", pure: "Axes", rows: pd.DataFrame, mark: Mark, *, is_rule: bool) -> None:
    """Draw both curves of a score, and of n-sigma the point at which it selects."""
    curve = rows[rows["kind"] == "curve"]
    # what n-sigma rejects at any cut has a distance without end: from there its curve is no choice of a cut
    cut = curve[(curve["threshold"].abs() < float("inf")) & (curve["n_accepted"] >= _ACCEPTED_MIN)]
    line: dict[str, Any] = {
        "color": mark.colour,
        "linewidth": 1.1 if is_rule else 0.8,
        "linestyle": "--" if is_rule else "-",
    }
    passed = curve[curve["contamination"] > 0]
    if is_rule:
        passed = passed[passed["threshold"] > float("-inf")]
    roc.plot(passed["contamination"], passed["efficiency"], label=mark.label, **line)
    pure.plot(cut["efficiency"], cut["purity"], **line)
    if is_rule:
        working = rows[rows["kind"] == "working"]
        point: dict[str, Any] = {"marker": "o", "color": mark.colour, "markersize": 4.5, "linestyle": "", "zorder": 4}
        roc.plot(working["contamination"], working["efficiency"], label=f"{mark.label}, its cut", **point)
        pure.plot(working["efficiency"], working["purity"], **point)
