"""The planes of energy loss and velocity: what a selection accepts, rejects, and takes wrongly."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.figures import SEQUENTIAL_MAP, FigureConfig, letter_panel, new_figure
from rootline.pid.masses import MASSES_GEV
from rootline.pid.response import expected_tpc
from rootline.pid.scores import SCORED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Accepted, rejected and contaminating tracks"

MOMENTUM_GEV: Final = (0.15, 5.0)
SIGNAL: Final = (20.0, 400.0)
BETA: Final = (0.3, 1.15)
N_BINS: Final = 90

LINES: Final = {"pion": "--", "kaon": "-", "proton": "-.", "electron": ":", "muon": (0, (1, 3))}
"""How the line of each species is drawn."""


def draw_planes(
    tracks: pd.DataFrame, accepted: NDArray[np.bool_], species: str, label: str, options: FigureConfig
) -> "Figure":
    """Draw six panels: TPC signal and TOF velocity against momentum, of accepted, rejected and contaminating tracks.

    Parameters
    ----------
    tracks : data frame
        species, fP, fTPCSignal and fBeta of the tracks that are judged.
    accepted : (n,) bool
        Which of them are taken for the species.
    species : str
        For which.
    label : str
        How the model is called.
    options : FigureConfig
        The style.
    """
    of_species = (tracks["species"] == species).to_numpy(dtype=bool)
    groups = {
        f"accepted {species}s": accepted & of_species,
        f"rejected {species}s": ~accepted & of_species,
        "contaminating": accepted & ~of_species,
    }
    figure = new_figure(options, width="text", height=4.2)
    panels = figure.subplots(2, 3, sharex=True, sharey="row")
    letters = iter("abcdef")
    for row, (axes_of, column) in enumerate(zip(panels, ("fTPCSignal", "fBeta"), strict=True)):
        for axes, (name, chosen) in zip(axes_of, groups.items(), strict=True):
            seen = tracks[chosen]
            seen = seen[seen[column].notna()]
            draw_plane(axes, seen["fP"].to_numpy(), seen[column].to_numpy(), column)
            letter_panel(axes, next(letters), f"{name}, n = {len(seen)}")
            if row == 1:
                axes.set_xlabel("momentum [GeV/c]")
    panels[0, 0].set_ylabel("TPC signal [arb.]")
    panels[1, 0].set_ylabel(r"TOF velocity $\beta$")
    figure.suptitle(
        f"{label}; tracks of the test part, expected of pions dashed, of kaons solid, of protons dash-dotted",
        fontsize=options.font_size,
    )
    return figure


def draw_plane(
    axes: "Axes",
    momentum: NDArray[np.floating],
    values: NDArray[np.floating],
    column: str,
    lines_of: Sequence[str] = SCORED,
) -> None:
    """Draw one plane as a histogram with the lines of some species; `column` is fTPCSignal or fBeta."""
    from matplotlib.colors import LogNorm

    x = np.geomspace(*MOMENTUM_GEV, N_BINS)
    y = np.geomspace(*SIGNAL, N_BINS) if column == "fTPCSignal" else np.linspace(*BETA, N_BINS)
    counts = np.histogram2d(momentum, values, (x, y))[0].T
    if counts.any():
        shown = np.ma.masked_equal(counts, 0)
        axes.pcolormesh(x, y, shown, norm=LogNorm(1, max(float(counts.max()), 2)), cmap=SEQUENTIAL_MAP, rasterized=True)
    for name in lines_of:
        mass = MASSES_GEV[name]
        line = expected_tpc(x, mass) if column == "fTPCSignal" else x / np.hypot(x, mass)
        axes.plot(x, line, color="black", linewidth=0.7, linestyle=LINES[name], label=name)
    axes.set_xscale("log")
    axes.set_xticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
    axes.minorticks_off()
    axes.set_xlim(*MOMENTUM_GEV)
    if column == "fTPCSignal":
        axes.set_yscale("log")
        axes.set_yticks([20, 50, 100, 200, 400], ["20", "50", "100", "200", "400"])
        axes.minorticks_off()
        axes.set_ylim(*SIGNAL)
    else:
        axes.set_ylim(*BETA)
