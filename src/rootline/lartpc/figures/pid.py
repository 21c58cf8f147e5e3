"""All scores that tell kaons from protons, in one figure."""

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from rootline.core.figures import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    FigureConfig,
    format_interval,
    letter_panel,
    new_figure,
)
from rootline.lartpc.analyses.pid import BASELINE as BASELINE_METHOD
from rootline.lartpc.analyses.pid_scores import BASELINE, COMBINED, METHODS, PROBE, REFERENCE, UNSUPERVISED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Particle identification by every score"

METHOD_LABELS: Final = {
    "chi2_difference": "$\\chi^2$ difference",
    "chi2_log_ratio": "$\\chi^2$ log-ratio",
    "log_likelihood_difference": "log-likelihood difference",
    "reconstruction_error": "reconstruction error",
    "reconstruction_error_weighted": "weighted reconstruction error",
    "mahalanobis": "Mahalanobis distance",
    "anchored_mixture": "anchored mixture",
    "gaussians": "Gaussian per species",
    "logistic": "logistic probe",
    "mlp": "MLP probe",
    "latents_and_chi2": "latents + $\\chi^2$, logistic",
    "trees": "boosted trees, 25 features",
    "cnn": "CNN, images",
}

KINDS: Final = {
    BASELINE: ("physics", BLACK),
    UNSUPERVISED: ("model, no classifier", GREEN),
    PROBE: ("latents", BLUE),
    COMBINED: ("latents and $\\chi^2$", PURPLE),
    REFERENCE: ("references", VERMILLION),
}

CURVES: Final = {
    "chi2_log_ratio": (BLACK, "-"),
    "reconstruction_error_weighted": (GREEN, "--"),
    "logistic": (BLUE, "-"),
    "latents_and_chi2": (PURPLE, (0, (5, 1, 1, 1))),
    "trees": (VERMILLION, "-."),
    "cnn": (ORANGE, ":"),
}
"""ROC curves shown: one or two of each kind, as more cannot be told apart."""

_MARKERS: Final = ("o", "s", "D", "^")


def draw_pid(numbers: pd.DataFrame, roc: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw ROC curves, and AUC, its difference to chi2 and efficiencies of every score on the common tracks.

    Parameters
    ----------
    numbers, roc : data frames
        As `compare_pid` gives them.
    options : FigureConfig
        The style.
    """
    rows = numbers[(numbers["selection"] == "all") & (numbers["tracks"] == "common") & numbers["auc"].notna()]
    if rows.empty:
        return _draw_refusal(numbers, options)
    rows = rows.set_index("method").reindex([name for name in METHODS if name in set(rows["method"])])
    figure = new_figure(options, width="text", height=2.8 + 0.9 + 0.19 * len(rows))
    grid = figure.add_gridspec(2, 1, height_ratios=[2.8, 0.9 + 0.19 * len(rows)])
    top, bottom = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
    curves, beside = top.subplots(1, 2, width_ratios=[1.15, 1])
    beside.set_axis_off()
    _draw_curves(curves, rows, roc[roc["selection"] == "all"])
    areas, gains, efficiencies = bottom.subplots(1, 3, sharey=True)
    _draw_points(areas, rows, ["auc"])
    _draw_points(gains, rows, ["difference_to_chi2"])
    points = _points(rows)
    _draw_points(efficiencies, rows, points)
    areas.set_yticks(range(len(rows)), [METHOD_LABELS[name] for name in rows.index])
    areas.set_ylim(len(rows) - 0.4, -0.6)
    areas.axvline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    gains.axvline(0, color=GREY, linewidth=0.7, linestyle=":")
    efficiencies.set_xlim(-0.02, 1.02)
    areas.set_xlabel("AUC within folds")
    gains.set_xlabel(f"AUC above {METHOD_LABELS[BASELINE_METHOD]}")
    efficiencies.set_xlabel(f"{rows.iloc[0]['positive']} efficiency")
    letter_panel(areas, "b")
    letter_panel(gains, "c", "same resamples")
    letter_panel(efficiencies, "d", "at purity " + ", ".join(f"{point.rpartition('_')[2]} %" for point in points))
    shown = [kind for kind in KINDS if kind in set(rows["kind"])]
    handles = [areas.plot([], [], "o", color=KINDS[kind][1], markersize=3.5, label=KINDS[kind][0])[0] for kind in shown]
    handles += [
        areas.plot([], [], _MARKERS[number % 4], color=GREY, markersize=3.5, label=f"{point.rpartition('_')[2]} %")[0]
        for number, point in enumerate(points)
    ]
    bottom.legend(handles=handles, loc="outside lower center", ncols=len(handles), columnspacing=1.0, handletextpad=0.2)
    return figure


def _draw_refusal(numbers: pd.DataFrame, options: FigureConfig) -> "Figure":
    figure = new_figure(options, width="column", height=1.2)
    n = numbers.loc[numbers["selection"] == "all", ["n_negative", "n_positive"]].max().fillna(0)
    counts = f"{n['n_positive']:.0f} and {n['n_negative']:.0f} tracks of the two particles"
    figure.text(0.5, 0.5, f"No comparison of scores:\n{counts}\nhave them, which is too few.", ha="center", va="center")
    return figure


def _draw_curves(axes: "Axes", rows: pd.DataFrame, roc: pd.DataFrame) -> None:
    for name, (colour, line) in CURVES.items():
        curve = roc[roc["method"] == name]
        if name not in rows.index or curve.empty:
            continue
        axes.plot(
            curve["negative_share"], curve["positive_share"], linestyle=line, color=colour, drawstyle="steps-post",
            label=f"{METHOD_LABELS[name]}\nAUC {_interval(rows.loc[name], 'auc')}",
        )  # fmt: skip
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.7, linestyle=":")
    first = rows.iloc[0]
    axes.set_xlabel(f"share of {first['negative']} tracks kept")
    axes.set_ylabel(f"share of {first['positive']} tracks kept")
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.02)
    axes.legend(loc="center left", bbox_to_anchor=(1.04, 0.5), labelspacing=0.5, handlelength=2.6)
    counts = f"n = {first['n_negative']} {first['negative']} + {first['n_positive']} {first['positive']}"
    letter_panel(axes, "a", counts)


def _draw_points(axes: "Axes", rows: pd.DataFrame, names: list[str]) -> None:
    for number, name in enumerate(names):
        shift = (number - (len(names) - 1) / 2) * 0.34
        low, value, high = (rows[column].to_numpy(dtype=np.float64) for column in (f"{name}_low", name, f"{name}_high"))
        for place, kind in enumerate(rows["kind"].astype(str)):
            if not np.isfinite(value[place]):
                continue
            ends = np.maximum([[value[place] - low[place]], [high[place] - value[place]]], 0)
            axes.errorbar(
                value[place], place + shift, xerr=ends, fmt=_MARKERS[number % 4], color=KINDS[kind][1],
                markersize=3.5 if len(names) == 1 else 2.8, elinewidth=0.9,
            )  # fmt: skip


def _points(rows: pd.DataFrame) -> list[str]:
    """Name the efficiencies at fixed purity."""
    return [name for name in rows.columns if re.fullmatch(r"efficiency_purity_\d+", str(name))]


def _interval(row: Any, name: str) -> str:
    return format_interval(row[name], row[f"{name}_low"], row[f"{name}_high"])
