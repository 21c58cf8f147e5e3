"""The losses of the networks, epoch by epoch, and whether an adversary can still tell the domains apart."""

from collections.abc import Mapping
from math import log
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLACK, GREY, FigureConfig, letter_panel, new_figure, scale_axis
from rootline.pid.figures.model_marks import Mark, mark_models

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Training of the networks"

_PARTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "train": ("training part", {"linestyle": "--", "linewidth": 0.8, "alpha": 0.7}),
    "val": ("validation part", {"linestyle": "-"}),
}
_INSIDE: Final[dict[str, Any]] = {
    "fontsize": "small",
    "bbox": {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
}
_COLUMNS: Final = 3
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def undecided_loss(n_first: int, n_second: int) -> float:
    """Give the cross entropy of a head that knows no more than how many tracks are of either domain: ln 2 for as many of both."""
    shares = [n / (n_first + n_second) for n in (n_first, n_second) if n]
    return -sum(share * log(share) for share in shares)


def draw_training(
    histories: Mapping[str, pd.DataFrame],
    options: FigureConfig,
    *,
    counts: Mapping[str, int],
    second: Mapping[str, Mapping[str, int]],
) -> "Figure":
    """Draw the loss of the targets of each network, on one scale, and after it that of the domain if it has an adversary.

    Parameters
    ----------
    histories : mapping of data frames
        By the name of a network, one row per epoch: epoch, kept (the weights
        became the best), and loss with the prefixes train_ and val_, or targets
        and domain of an adversary.
    options : FigureConfig
        The style.
    counts : mapping
        Tracks of the parts train and val.
    second : mapping of mappings
        Tracks that the second domain has in these parts, by the name of a network with an adversary.
    """
    marks = {name: mark for name, mark in mark_models(histories).items() if name in histories}
    panels = [(name, term) for name in marks for term in _terms(histories[name])]
    n_columns = 2 if len(panels) == 4 else min(len(panels), _COLUMNS)
    n_rows = -(-len(panels) // n_columns)
    figure = new_figure(options, width="text" if n_columns > 1 else "column", height=0.5 + 2.0 * n_rows)
    places = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes in places[len(panels) :]:
        axes.set_visible(False)
    losses: list[Axes] = []
    for number, (axes, (name, term)) in enumerate(zip(places, panels, strict=False)):
        _draw_term(axes, histories[name], term, marks[name])
        if term == "domain":
            n_first = counts.get("val", 0)
            # as many of the second domain as of the first at most, as a training takes them
            _draw_undecided(axes, n_first, min(n_first, second[name].get("val", 0)))
            letter_panel(axes, _LETTERS[number % 26], f"{marks[name].label}: domain")
        else:
            losses.append(axes)
            letter_panel(axes, _LETTERS[number % 26], marks[name].label)
    _scale_alike(losses, np.concatenate([_values(table, _terms(table)[0]).ravel() for table in histories.values()]))
    for part, (label, style) in _PARTS.items():
        losses[0].plot([], [], color=BLACK, label=f"{label}, n = {counts.get(part, 0)} tracks", **style)
    losses[0].plot([], [], "o", color=BLACK, markersize=4, label="weights kept")
    handles, labels = losses[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3 if n_columns > 1 else 1)
    return figure


def _terms(history: pd.DataFrame) -> tuple[str, ...]:
    """Name the terms that are drawn; the loss of an adversary is the sum of two, which go against each other."""
    return ("targets", "domain") if "val_domain" in history else ("loss",)


def _values(history: pd.DataFrame, term: str) -> "np.ndarray[Any, np.dtype[np.float64]]":
    return history[[f"{part}_{term}" for part in _PARTS]].to_numpy(dtype=np.float64)


def _draw_term(axes: "Axes", history: pd.DataFrame, term: str, mark: Mark) -> None:
    from matplotlib.ticker import MaxNLocator

    few: dict[str, Any] = {"marker": ".", "markersize": 3} if len(history) <= 3 else {}
    for part, (_, style) in _PARTS.items():
        axes.plot(history["epoch"], history[f"{part}_{term}"], color=mark.colour, **style, **few)
    kept = history[history["kept"].astype(bool)]
    if len(kept):
        best = kept.iloc[-1]
        axes.plot([best["epoch"]], [best[f"val_{term}"]], mark.marker, color=mark.colour, markersize=5, zorder=4)
        axes.axvline(best["epoch"], color=GREY, linewidth=0.8, linestyle=":")
        text = f"kept: {best[f'val_{term}']:.3g}, epoch {best['epoch']:.0f} of {history['epoch'].max():.0f}"
        axes.text(0.98, 0.97, text, transform=axes.transAxes, ha="right", va="top", **_INSIDE)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss of the domain" if term == "domain" else "loss per target")
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))


def _draw_undecided(axes: "Axes", n_first: int, n_second: int) -> None:
    """Draw the loss of a head that cannot tell the domains apart."""
    level = undecided_loss(n_first, n_second)
    axes.axhline(level, color=BLACK, linewidth=0.8, linestyle=(0, (1, 1)))
    low, high = axes.get_ylim()
    low, high = min(low, level), max(high, level)
    axes.set_ylim(low - 0.25 * (high - low), high + 0.35 * (high - low))
    text = f"dots: not told apart, {level:.3f}\nval: n = {n_first} and {n_second}"
    axes.text(0.98, 0.03, text, transform=axes.transAxes, ha="right", va="bottom", **_INSIDE)


def _scale_alike(panels: "list[Axes]", values: "np.ndarray[Any, np.dtype[np.float64]]") -> None:
    """Give panels one scale, with room for what is written at their top."""
    finite = values[np.isfinite(values)]
    for axes in panels:
        scale_axis(axes, "y", finite)
        if len(finite) and finite.min() > 0 and axes.get_yscale() == "log":
            axes.set_ylim(finite.min() / 1.15, finite.max() * (finite.max() / finite.min()) ** 0.2)
        elif len(finite):
            room = max(np.ptp(finite), 0.05 * abs(finite.max()))
            axes.set_ylim(finite.min() - 0.08 * room, finite.max() + 0.22 * room)
