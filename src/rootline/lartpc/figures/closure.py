"""What latents and chi2 know of the simulated truth."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLACK, GREY, FigureConfig, letter_panel, new_figure, particle_colours
from rootline.lartpc.analyses.closure import PROBES, REGRESSIONS, SCORES, TARGETS
from rootline.lartpc.analyses.tables import ALL
from rootline.lartpc.figures.labels import label_count
from rootline.lartpc.figures.probe import METHODS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Closure against the simulated truth"

TARGET_LABELS: Final = {
    "momentum": "momentum",
    "true_range": "range",
    "angle_xz": "angle $xz$",
    "angle_yz": "angle $yz$",
    "entry_x": "entry $x$",
    "entry_y": "entry $y$",
}

R2_SHOWN_MIN: Final = -0.5
"""A point below this is drawn at the edge: all of them say the same, nothing is read."""

_FRAMED: Final = {"frameon": True, "framealpha": 0.9, "edgecolor": "none"}
_WORDS: Final = {
    "stop or decay at rest": "stopping",
    "decay in flight": "decaying in flight",
    "interaction or exit": "interacting",
}
_MARKERS: Final = {"chi2": "s", "logistic": "o", "mlp": "D", "ridge": "o"}


def draw_closure(closure: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw R2 of the true quantities, and AUC by ending and by momentum.

    Parameters
    ----------
    closure : data frame
        As `close_latents` gives it.
    options : FigureConfig
        The style.
    """
    figure = new_figure(options, width="text", height=7.6)
    grid = figure.add_gridspec(3, 1, height_ratios=[2.1, 3.2, 1.9])
    top, middle, bottom = (figure.add_subfigure(grid[row]) for row in range(3))
    _draw_truth(top.subplots(), closure[closure["question"] == "truth"], options)
    of_species = closure[(closure["question"] == "species") & (closure["metric"] == "auc")]
    endings, species = middle.subplots(1, 2)
    _draw_endings(endings, closure[closure["question"] == "ending"])
    _draw_species(species, of_species)
    for axes, letter, side in zip(bottom.subplots(1, 2, sharey=True), "de", ("positive", "negative"), strict=True):
        name = "" if of_species.empty else str(of_species[of_species["group"] == "all"].iloc[0][side])
        _draw_momentum(axes, of_species[of_species["group"] == f"momentum of {name}"], letter, name, side)
    return figure


def _draw_truth(axes: "Axes", rows: pd.DataFrame, options: FigureConfig) -> None:
    shown = rows[rows["value"].notna()]
    names = list(dict.fromkeys(shown["group"]))
    colours = particle_colours([name for name in names if name != ALL], options) | {ALL: BLACK}
    step = 0.8 / max(len(names) * len(REGRESSIONS), 1)
    for number, name in enumerate(names):
        for second, method in enumerate(REGRESSIONS):
            found = shown[(shown["group"] == name) & (shown["method"] == method)].set_index("target").reindex(TARGETS)
            value = np.maximum(found["value"], R2_SHOWN_MIN)
            ends = np.array([value - np.maximum(found["low"], R2_SHOWN_MIN), found["high"] - value])
            places = np.arange(len(TARGETS)) - 0.4 + step * (number * len(REGRESSIONS) + second + 0.5)
            label = f"{name}, {label_count(found['n'].dropna())}" if method == "ridge" else None
            axes.errorbar(
                places, value, np.maximum(ends, 0), label=label, fmt=_MARKERS[method], color=colours[name],
                mfc="white" if method == "mlp" else colours[name], markersize=3, elinewidth=0.8,
            )  # fmt: skip
    axes.axhline(0, color=GREY, linewidth=0.7, linestyle=":")
    axes.set_xticks(range(len(TARGETS)), [TARGET_LABELS[name] for name in TARGETS])
    axes.set_ylabel("$R^2$ of truth from latents")
    axes.set_ylim(R2_SHOWN_MIN - 0.05, 1.02)
    if names:
        axes.legend(loc="upper right", ncols=len(names), columnspacing=1.0, handletextpad=0.3)
    else:
        _say_nothing(axes)
    letter_panel(axes, "a", "filled: ridge, open: MLP")


def _draw_endings(axes: "Axes", rows: pd.DataFrame) -> None:
    pairs = rows.drop_duplicates(["group", "positive", "negative"])
    labels = []
    for place, (_, pair) in enumerate(pairs.iterrows()):
        same = (rows["group"] == pair["group"]) & (rows["positive"] == pair["positive"])
        found = rows[same & (rows["negative"] == pair["negative"])]
        _draw_methods(axes, found, place, PROBES)
        negative = _plain(pair["negative"]).replace(" or ", "\nor ")
        counts = f"n = {pair['n_negative']:.0f} + {pair['n_positive']:.0f}"
        labels.append(f"{pair['group']}s: {_plain(pair['positive'])}\nagainst {negative}\n{counts}")
    _finish_rows(axes, labels)
    letter_panel(axes, "b", "how a track ended")


def _draw_species(axes: "Axes", rows: pd.DataFrame) -> None:
    wanted = rows["group"].isin(["all"]) | rows["group"].str.startswith("ending")
    shown = rows[wanted & (rows["n_negative"] > 0) & (rows["n_positive"] > 0)]
    pairs = shown.drop_duplicates(["group", "positive", "negative"])
    labels = []
    for place, (_, pair) in enumerate(pairs.iterrows()):
        same = (shown["positive"] == pair["positive"]) & (shown["negative"] == pair["negative"])
        _draw_methods(axes, shown[same], place, SCORES)
        counts = f"n = {pair['n_negative']:.0f} + {pair['n_positive']:.0f}"
        labels.append(f"{_shorten(pair['negative'])} against\n{_shorten(pair['positive'])}, {counts}")
    _finish_rows(axes, labels)
    handles, names = axes.get_legend_handles_labels()
    if names:
        unique = dict(zip(names, handles, strict=True))
        axes.legend(list(unique.values()), list(unique), loc="lower left", **_FRAMED)
    letter_panel(axes, "c", "true species, by ending")


def _draw_momentum(axes: "Axes", rows: pd.DataFrame, letter: str, name: str, side: str) -> None:
    shown = rows[rows["value"].notna()]
    for number, method in enumerate(SCORES):
        found = shown[shown["method"] == method].sort_values("momentum_low")
        centre = (found["momentum_low"] + found["momentum_high"]) / 2 + (number - 1) * 8
        ends = np.maximum([found["value"] - found["low"], found["high"] - found["value"]], 0)
        axes.errorbar(
            centre, found["value"], ends, fmt=_MARKERS[method], color=METHODS[method][1], markersize=3, elinewidth=0.9
        )  # fmt: skip
    for _, row in shown[shown["method"] == SCORES[0]].iterrows():
        centre = (row["momentum_low"] + row["momentum_high"]) / 2
        text = f"n = {row[f'n_{side}']:.0f}"
        axes.annotate(text, (centre, 0.03), xycoords=("data", "axes fraction"), ha="center", fontsize=6)
    axes.axhline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    axes.set_ylim(0.3, 1.04)
    axes.set_xlabel(f"true {name} momentum [MeV/$c$]")
    axes.set_ylabel("AUC")
    other = "negative" if side == "positive" else "positive"
    if shown.empty:
        _say_nothing(axes)
        axes.set_xticks([])
        against = ""
    else:
        against = f" against all {shown.iloc[0][other]}s, n = {shown.iloc[0][f'n_{other}']:.0f}"
    letter_panel(axes, letter, f"{name}s of a bin{against}")


def _draw_methods(axes: "Axes", rows: pd.DataFrame, place: int, methods: tuple[str, ...]) -> None:
    for number, method in enumerate(methods):
        found = rows[(rows["method"] == method) & rows["value"].notna()]
        for _, row in found.iterrows():
            label, colour = METHODS[method]
            ends = np.maximum([[row["value"] - row["low"]], [row["high"] - row["value"]]], 0)
            axes.errorbar(
                row["value"], place + 0.22 * (number - (len(methods) - 1) / 2), xerr=ends, fmt=_MARKERS[method],
                color=colour, markersize=3, elinewidth=0.9, label=label,
            )  # fmt: skip


def _finish_rows(axes: "Axes", labels: list[str]) -> None:
    axes.axvline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    axes.set_yticks(range(len(labels)), labels, fontsize=6)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0.3, 1.03)
    axes.set_xlabel("AUC")
    if not labels or not axes.containers:
        _say_nothing(axes)


def _say_nothing(axes: "Axes") -> None:
    axes.text(0.5, 0.5, "too few tracks", ha="center", va="center", transform=axes.transAxes)


def _plain(text: str) -> str:
    return text.replace("_", " ")


def _shorten(side: str) -> str:
    """Give a side of a comparison in words that fit beside an axis."""
    plain = _plain(side)
    for long, short in _WORDS.items():
        plain = plain.replace(long, short)
    return plain
