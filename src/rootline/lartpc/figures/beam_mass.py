"""The beamline mass of the kaon-tagged tracks, fitted."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from rootline.core.figures import (
    BLACK,
    GREY,
    ORANGE,
    SKY_BLUE,
    FigureConfig,
    format_interval,
    letter_panel,
    new_figure,
    particle_colours,
)
from rootline.lartpc.analyses.beam_mass import SELECTIONS
from rootline.lartpc.analyses.statistics import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Beamline mass of the kaon-tagged tracks"

_LETTERS = "ab"
_WORDS = {"picky": "picky (p = 1)", "all": "all"}


def draw_beam_mass(
    fit: pd.DataFrame, spectrum: pd.DataFrame, options: FigureConfig, *, window: tuple[float, float]
) -> "Figure":
    """Draw the spectrum of each selection with the fitted peak and tails, and the pulls below.

    Parameters
    ----------
    fit, spectrum : data frames
        As `fit_beam_mass` gives them.
    options : FigureConfig
        The style.
    window : pair of float
        The kaon window [MeV/c2].
    """
    figure = new_figure(options, width="text", height=3.9)
    panels = figure.subplots(2, len(SELECTIONS), sharex=True, height_ratios=[3, 1])
    peak = particle_colours(["kaon"], options)["kaon"]
    for number, selection in enumerate(SELECTIONS):
        rows = spectrum[spectrum["selection"] == selection].sort_values("mass_low")
        numbers: Any = fit[fit["selection"] == selection].set_index("quantity")
        above, below = panels[:, number]
        _draw_spectrum(above, rows, numbers, peak)
        _draw_pulls(below, rows)
        for axes in (above, below):
            axes.axvspan(*window, color=GREY, alpha=0.12, linewidth=0)
        letter_panel(above, _LETTERS[number], _WORDS[selection])
        below.set_xlabel("beamline mass [MeV/$c^2$]")
    panels[0, 0].set_ylabel(f"tracks / {_width(spectrum):g} MeV/$c^2$")
    panels[1, 0].set_ylabel("pull [$\\sigma$]")
    return figure


def _width(spectrum: pd.DataFrame) -> float:
    return float((spectrum["mass_high"] - spectrum["mass_low"]).max())


def _draw_spectrum(axes: "Axes", rows: pd.DataFrame, numbers: Any, peak: str) -> None:
    from matplotlib.ticker import NullLocator

    edges = np.append(rows["mass_low"], rows["mass_high"].iloc[-1])
    centres, counts = (edges[1:] + edges[:-1]) / 2, rows["count"].to_numpy(dtype=np.float64)
    filled = counts > 0
    n = int(numbers.loc["kaons", "n"])
    axes.errorbar(
        centres[filled],
        counts[filled],
        np.sqrt(counts[filled]),
        fmt="o",
        color=BLACK,
        markersize=2.5,
        elinewidth=0.7,
        label=f"tracks, n = {n}",
        zorder=3,
    )
    if rows["expected"].notna().all():
        axes.stairs(rows["expected"], edges, color=peak, linewidth=1.2, label="fit")
        for name, colour, line, label in (
            ("left", SKY_BLUE, "--", "falling tail"),
            ("right", ORANGE, ":", "rising tail"),
        ):
            axes.stairs(rows[name], edges, color=colour, linestyle=line, linewidth=1.2, label=label)
    axes.set_yscale("symlog", linthresh=1, linscale=0.4)
    axes.set_ylim(0, max(counts.max(), 1) * 60)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.legend(loc="upper left", labelspacing=0.2)
    axes.text(0.98, 0.97, _summary(numbers), ha="right", va="top", fontsize=6, transform=axes.transAxes)


def _summary(numbers: Any) -> str:
    def write(quantity: str, digits: int) -> str:
        row = numbers.loc[quantity]
        return format_interval(row["value"], row["low"], row["high"], digits=digits)

    lines = []
    if np.isfinite(numbers.loc["kaons", "value"]):
        lines += [
            f"kaons {write('kaons', 0)}",
            f"mean {write('mean', 1)} MeV/$c^2$",
            f"width {write('width', 1)} MeV/$c^2$",
            f"in window: tails {write('background_in_window', 1)}",
            f"of all there, protons {write('contamination_in_window', 3)}",
            f"deviance p = {numbers.loc['deviance', 'p_value']:.2f}",
        ]
    else:
        lines.append(f"no fit: {int(numbers.loc['kaons', 'n'])} tracks are too few")
    counts = numbers["value"]
    lines.append(f"below {counts['n_below']:.0f}, above {counts['n_above']:.0f}, no mass {counts['n_missing']:.0f}")
    if np.isfinite(counts["proton_share"]):
        lines.append(f"proton window: {write('proton_share', 3)}")
    return "\n".join(lines)


def _draw_pulls(axes: "Axes", rows: pd.DataFrame) -> None:
    edges = np.append(rows["mass_low"], rows["mass_high"].iloc[-1])
    pulls = _pulls(rows["count"].to_numpy(dtype=np.float64), rows["expected"].to_numpy(dtype=np.float64))
    axes.axhspan(-1, 1, color=GREY, alpha=0.2, linewidth=0)
    axes.plot((edges[1:] + edges[:-1]) / 2, pulls, "o", color=BLACK, markersize=2)
    reach = max(3.0, np.nanmax(np.abs(pulls), initial=0.0) * 1.15)
    axes.set_ylim(-reach, reach)


def _pulls(counts: Floats, expected: Floats) -> Floats:
    """Give the signed root of each bin's share of the deviance, which is near normal also for few tracks.

    NaN where nothing is, nor is expected.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(counts > 0, counts * np.log(counts / expected), 0.0)
    pulls = np.sign(counts - expected) * np.sqrt(np.maximum(2 * (expected - counts + logs), 0))
    return np.where((counts > 0) | (expected > 0.05), pulls, np.nan)
