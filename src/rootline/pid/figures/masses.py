"""Squared masses of accepted tracks, and the contamination that they say."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLACK, GREY, FigureConfig, letter_panel, new_figure, particle_colours
from rootline.pid.analyses.masses import ALL
from rootline.pid.figures.model_marks import mark_models
from rootline.pid.masses import MASSES_GEV
from rootline.pid.scores import SCORED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Contamination by the squared mass"


def draw_masses(numbers: pd.DataFrame, bins: pd.DataFrame, model: str, sample: str, options: FigureConfig) -> "Figure":
    """Draw the squared masses of all tracks and of those that a model accepts, and estimated beside true contamination.

    Parameters
    ----------
    numbers, bins : data frames
        As `measure_masses` gives them.
    model, sample : str
        Whose histograms are drawn.
    options : FigureConfig
        The style.
    """
    figure = new_figure(options, width="text", height=5.0)
    grid = figure.add_gridspec(2, 3, height_ratios=[1, 1])
    _draw_spectra(figure.add_subplot(grid[0, :]), bins[bins["sample"] == sample], model, options)
    for letter, species, place in zip("bcd", SCORED, range(3), strict=True):
        axes = figure.add_subplot(grid[1, place])
        rows = numbers[(numbers["sample"] == sample) & (numbers["species"] == species)]
        _draw_contamination(axes, rows)
        letter_panel(axes, letter, f"taken for {species}s\n{_counts(rows)}")
        if place == 0:
            axes.set_ylabel("share of contamination")
    handles, labels = figure.axes[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _draw_spectra(axes: "Axes", bins: pd.DataFrame, model: str, options: FigureConfig) -> None:
    colours = particle_colours(SCORED, options)
    names = {name: (BLACK, f"all tracks with TOF, n = {_total(bins, ALL, ALL)}") for name in [ALL]}
    names |= {name: (colours[name], f"taken for {name}s, n = {_total(bins, model, name)}") for name in SCORED}
    for name, (colour, label) in names.items():
        rows = bins[(bins["model"] == (ALL if name == ALL else model)) & (bins["species"] == name)]
        if rows.empty:
            continue
        edges = np.append(rows["mass2_low"], rows["mass2_high"].iloc[-1])
        axes.stairs(rows["count"], edges, color=colour, label=label, linewidth=1.0)
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.5)
    for name in SCORED:
        axes.axvline(MASSES_GEV[name] ** 2, color=colours[name], linestyle=":", linewidth=0.8)
    axes.set_xlabel(r"$m^2 = p^2 (1 / \beta^2 - 1)$ [GeV$^2$/c$^4$]")
    axes.set_ylabel("tracks")
    axes.legend(loc="upper right")
    letter_panel(axes, "a", "dotted: the masses of the species, squared")


def _total(bins: pd.DataFrame, model: str, species: str) -> int:
    return int(bins.loc[(bins["model"] == model) & (bins["species"] == species), "count"].sum())


def _counts(rows: pd.DataFrame) -> str:
    """Say of how many tracks the shares of each model are, over all bins."""
    n_of = rows.groupby("model")["n"].sum()
    return "\n".join(f"{mark.label}: n = {n_of[model]}" for model, mark in mark_models(rows["model"]).items())


def _draw_contamination(axes: "Axes", rows: pd.DataFrame) -> None:
    marks = mark_models(rows["model"])
    for number, (model, mark) in enumerate(marks.items()):
        of = rows[rows["model"] == model].sort_values("pt_low")
        middle = (of["pt_low"] + of["pt_high"]) / 2
        for shift, name, filled in ((-0.03, "estimated", False), (0.03, "true", True)):
            known = of[name].notna()
            value, low, high = (of.loc[known, f"{name}{end}"] for end in ("", "_low", "_high"))
            ends = np.maximum([value - low, high - value], 0)
            axes.errorbar(
                middle[known] + shift + 0.012 * number, value, ends, fmt=mark.marker, color=mark.colour, markersize=3.2,
                markerfacecolor=mark.colour if filled else "white", elinewidth=0.8,
                label=f"{mark.label}, {'by the truth' if filled else 'by the squared mass'}",
            )  # fmt: skip
    axes.axhline(0, color=GREY, linewidth=0.6)
    highest = np.nanmax(rows[["estimated_high", "true_high"]].to_numpy(np.float64), initial=0.0)
    top = max(highest, 0.05)
    axes.set_ylim(-0.03 * top, min(1.1 * top, 1.03))
    axes.set_xlabel("transverse momentum [GeV/c]")
