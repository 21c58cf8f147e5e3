"""How well simple classifiers tell two species apart by the latents."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import (
    BLACK,
    GREY,
    ORANGE,
    PURPLE,
    SEQUENTIAL_MAP,
    SKY_BLUE,
    FigureConfig,
    format_interval,
    letter_panel,
    new_figure,
    particle_colours,
)
from rootline.lartpc.analyses.statistics import ROC_GRID
from rootline.lartpc.figures.labels import label_latent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Probes of the latents for species"

LATENTS_SHOWN: Final = 16
"""A model with more latents shows those with the highest AUC."""

_UPRIGHT: Final = 10  # latents whose names have room beside each other below the map of pairs

_FRAMED: Final = {"frameon": True, "framealpha": 0.9, "edgecolor": "none"}

METHODS: Final = {
    "logistic": ("logistic", SKY_BLUE),
    "mlp": ("MLP", PURPLE),
    "chi2": ("$\\chi^2$", BLACK),
}


def draw_probe(probes: pd.DataFrame, scores: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw AUC per latent and per pair, the ROC curves of all latents beside chi2, and the scores.

    Parameters
    ----------
    probes, scores : data frames
        As `probe` gives them.
    options : FigureConfig
        The style.
    """
    of_all = probes[probes["selection"] == "all"]
    if of_all["auc"].isna().all():
        return _draw_refusal(of_all, options)
    names = _best(of_all[of_all["kind"] == "single"])
    figure = new_figure(options, width="text", height=5.6)
    grid = figure.subplots(2, 2)
    _draw_singles(grid[0, 0], probes, names)
    _draw_pairs(grid[0, 1], of_all, names)
    _draw_rocs(grid[1, 0], of_all)
    _draw_scores(grid[1, 1], scores[scores["selection"] == "all"], options)
    letter_panel(grid[0, 0], "a")
    letter_panel(grid[1, 0], "c", "all latents against $\\chi^2$")
    letter_panel(grid[1, 1], "d", "all latents")
    letter_panel(grid[0, 1], "b", _reach_of_intervals(of_all[of_all["kind"] == "pair"]))
    return figure


def _draw_refusal(rows: pd.DataFrame, options: FigureConfig) -> "Figure":
    figure = new_figure(options, width="column", height=1.2)
    first = rows.iloc[0]
    counts = f"{first['n_positive']} tracks of the positive class\nand {first['n_negative']} of the negative one"
    figure.text(0.5, 0.5, f"No probe: {counts}\nwere not trained on, which is too few.", ha="center", va="center")
    return figure


def _draw_singles(axes: "Axes", probes: pd.DataFrame, names: list[str]) -> None:
    selections = list(dict.fromkeys(probes.loc[probes["auc"].notna(), "selection"]))
    places = np.arange(len(names))
    for number, selection in enumerate(selections):
        rows = (
            probes[(probes["selection"] == selection) & (probes["kind"] == "single")].set_index("inputs").reindex(names)
        )
        shift = (number - (len(selections) - 1) / 2) * 0.25
        ends = np.array([rows["auc"] - rows["auc_low"], rows["auc_high"] - rows["auc"]])
        counts = rows.iloc[0]
        label = f"{selection}, n = {counts['n_negative']:.0f} + {counts['n_positive']:.0f}"
        axes.errorbar(
            places + shift,
            rows["auc"],
            np.maximum(ends, 0),
            label=label,
            fmt=("o", "s")[number % 2],
            color=(BLACK, ORANGE)[number % 2],
            markersize=3,
            elinewidth=0.9,
        )
    axes.axhline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    axes.set_xticks(places, [label_latent(name) for name in names])
    axes.set_ylabel("AUC of one latent")
    axes.set_ylim(min(axes.get_ylim()[0], 0.42), max(axes.get_ylim()[1], 0.8))
    axes.legend(loc="lower right", bbox_to_anchor=(1.02, 0.98), ncols=2, columnspacing=1.0, handletextpad=0.3)


def _draw_pairs(axes: "Axes", rows: pd.DataFrame, names: list[str]) -> None:
    pairs = rows[rows["kind"] == "pair"]
    if pairs.empty:
        axes.text(0.5, 0.5, "pairs not probed\n(too many latents)", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    matrix = np.full((len(names), len(names)), np.nan)
    single = rows[rows["kind"] == "single"].set_index("inputs")["auc"]
    for number, name in enumerate(names):
        matrix[number, number] = single[name]
    for label, auc in zip(pairs["inputs"], pairs["auc"], strict=True):
        ends = label.split(" + ")
        if set(ends) <= set(names):  # of many latents only some are shown
            first, second = (names.index(name) for name in ends)
            matrix[max(first, second), min(first, second)] = auc
    low, high = max(np.nanmin(matrix), 0.0), np.nanmax(matrix)
    image = axes.imshow(matrix, cmap=SEQUENTIAL_MAP, vmin=low, vmax=high, aspect="equal")
    for y, x in zip(*np.nonzero(np.isfinite(matrix)), strict=True):
        dark = matrix[y, x] < (low + high) / 2
        axes.text(
            x,
            y,
            f"{matrix[y, x]:.2f}".removeprefix("0"),
            ha="center",
            va="center",
            color="white" if dark else "black",
            fontsize=6,
        )
    ticks = [label_latent(name) for name in names]
    axes.set_xticks(range(len(names)), ticks, rotation=90 if len(names) > _UPRIGHT else 0)
    axes.set_yticks(range(len(names)), ticks)
    axes.spines[:].set_visible(False)
    bar = axes.figure.colorbar(image, ax=axes, fraction=0.045, pad=0.02)
    bar.set_label("AUC of a pair (diagonal: one latent)")
    bar.outline.set_linewidth(0.5)


def _draw_rocs(axes: "Axes", rows: pd.DataFrame) -> None:
    for method, (label, colour) in METHODS.items():
        row = rows[(rows["method"] == method) & rows["kind"].isin(["all", "baseline"])].iloc[0]
        if not np.isfinite(row["auc"]):
            continue
        area = format_interval(row["auc"], row["auc_low"], row["auc_high"])
        counts = f"n = {row['n_negative']:.0f} + {row['n_positive']:.0f}"
        style = "--" if method == "chi2" else "-"
        axes.plot(ROC_GRID, row["roc"], style, color=colour, label=f"{label}: AUC {area}, {counts}")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.7, linestyle=":")
    axes.set_xlabel("false-positive share")
    axes.set_ylabel("true-positive share")
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.02)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16))


def _draw_scores(axes: "Axes", scores: pd.DataFrame, options: FigureConfig) -> None:
    colours = particle_colours(scores["particle"], options)
    bins = np.linspace(0, 1, 21)
    for particle, rows in scores.groupby("particle", sort=True):
        label = f"{particle}, n = {len(rows)} ({int(rows['hard'].sum())} hard)"
        density, _ = np.histogram(rows["logistic"], bins)
        axes.stairs(density / len(rows), bins, color=colours[str(particle)], label=label, linewidth=1.2)
        axes.stairs(density / len(rows), bins, color=colours[str(particle)], fill=True, alpha=0.2)
    axes.axvline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    positive = scores.loc[scores["label"] == 1, "particle"].iloc[0]
    axes.set_xlabel(f"{positive} probability, logistic, out of fold")
    axes.set_ylabel("share of tracks per bin")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.25)
    axes.legend(loc="upper left", **_FRAMED)


def _reach_of_intervals(rows: pd.DataFrame) -> str:
    """Say how far the intervals reach at most, for a map without room for one in each cell."""
    if rows["auc"].notna().sum() == 0:
        return ""
    reach = max((rows["auc_high"] - rows["auc"]).max(), (rows["auc"] - rows["auc_low"]).max())
    return f"95 % intervals reach \N{PLUS-MINUS SIGN}{reach:.2f} at most"


def _best(singles: pd.DataFrame) -> list[str]:
    distance = (singles.set_index("inputs")["auc"] - 0.5).abs().fillna(0)
    best = distance.sort_values(ascending=False, kind="stable").index[:LATENTS_SHOWN]
    return sorted(best, key=lambda name: int(name.removeprefix("mu_")))
