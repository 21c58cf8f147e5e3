"""What the detectors measure: the planes of TPC and TOF, and both domains beside each other."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLACK, VERMILLION, FigureConfig, letter_panel, new_figure
from rootline.pid.figures.planes import draw_plane
from rootline.pid.species import SPECIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "What the detectors measure"

COLUMNS: Final = ("species", "fP", "fTPCSignal", "fBeta", "fDcaXY", "fTRDPattern")

WINDOW_GEV: Final = (0.6, 0.7)
"""Momenta at which signals of both domains are compared."""


def draw_response(mc: pd.DataFrame, data: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw TPC signal and TOF velocity against momentum, and the signals of both domains at one momentum.

    Parameters
    ----------
    mc, data : data frames
        `COLUMNS` of the tracks of the two domains; the species is null without truth.
    options : FigureConfig
        The style.
    """
    figure = new_figure(options, width="text", height=5.6)
    grid = figure.add_gridspec(2, 6, height_ratios=[1.25, 1])
    for letter, column, label, place in (
        ("a", "fTPCSignal", "TPC signal [arb.]", slice(0, 3)),
        ("b", "fBeta", r"TOF velocity $\beta$", slice(3, 6)),
    ):
        axes = figure.add_subplot(grid[0, place])
        seen = mc[mc[column].notna()]
        draw_plane(axes, seen["fP"].to_numpy(), seen[column].to_numpy(), column, SPECIES)
        axes.set_xlabel("momentum [GeV/c]")
        axes.set_ylabel(label)
        letter_panel(axes, letter, f"mc, n = {len(seen)} of {len(mc)} tracks")
    # below every signal of a track that was kept
    figure.axes[0].legend(loc="lower center", ncols=3, columnspacing=1.0, title="expected of", borderpad=0)
    low, high = WINDOW_GEV
    at = f"{low:g} < p < {high:g} GeV/c"
    for letter, column, label, edges, column_at in (
        ("c", "fTPCSignal", f"TPC signal [arb.], {at}", np.linspace(30, 160, 66), 0),
        ("d", "fBeta", rf"$\beta$, {at}", np.linspace(0.5, 1.1, 61), 2),
        ("e", "fDcaXY", "closest approach in xy [cm]", np.linspace(-0.1, 0.1, 61), 4),
    ):
        axes = figure.add_subplot(grid[1, column_at : column_at + 2])
        _compare(axes, mc, data, column, edges)
        axes.set_xlabel(label)
        letter_panel(axes, letter)
    figure.axes[2].set_ylabel("share of tracks per bin")
    lines = [describe_sample(name, table) for name, table in (("mc", mc), ("data", data))]
    figure.suptitle("\n".join(lines), fontsize=options.font_size - 1)
    return figure


def describe_sample(name: str, tracks: pd.DataFrame) -> str:
    """Say in two lines how many tracks a sample has, which share of them TOF and TRD have seen, and how many are of each species."""
    n = len(tracks)
    shares = (
        f"{detector} {100 * tracks[column].notna().sum() / max(n, 1):.1f} %"
        for detector, column in (("TOF", "fBeta"), ("TRD", "fTRDPattern"))
    )
    counts = tracks["species"].value_counts()
    species = [f"{counts[of]} {of}s" for of in SPECIES if of in counts]
    others = n - int(counts.sum())
    if species and others:
        species.append(f"{others} others")
    return f"{name}: {n} tracks, seen by {', by '.join(shares)}\n{', '.join(species) or 'no truth'}"


def _compare(
    axes: "Axes",
    mc: pd.DataFrame,
    data: pd.DataFrame,
    column: str,
    edges: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> None:
    for name, table, colour in (("mc", mc, BLACK), ("data", data, VERMILLION)):
        chosen = table if column == "fDcaXY" else table[table["fP"].between(*WINDOW_GEV)]
        values = chosen[column].dropna().to_numpy()
        counts = np.histogram(values, edges)[0]
        axes.stairs(
            counts / max(len(values), 1), edges, color=colour, linewidth=1.0, label=f"{name}, n = {len(values)}"
        )
        if counts.any():  # an empty axis has no logarithm
            axes.set_yscale("log")
    # each panel has another n; right of the letter, because the peaks of other data may lie anywhere
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.97), borderpad=0, labelspacing=0.2)
