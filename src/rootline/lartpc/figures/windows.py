"""Where clusters begin, and the windows that cut on it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLACK, SEQUENTIAL_MAP, VERMILLION, FigureConfig, letter_panel, new_figure
from rootline.lartpc.analyses.statistics import wilson_interval
from rootline.lartpc.analyses.windows import SIDES, TRIED_BEFORE, proposed_bounds
from rootline.lartpc.cuts import CutsConfig, EntryWindow
from rootline.lartpc.detector import PLANES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Entry windows"

_STYLES = ("-", "--", ":", "-.")


def draw_windows(
    clusters: pd.DataFrame, cuts: CutsConfig, options: FigureConfig, proposed: pd.DataFrame | None = None
) -> "Figure":
    """Draw the density of first wire and vertex tick of both planes with the windows in use and the proposed one.

    Parameters
    ----------
    clusters : data frame
        plane, wire_min, vertex_tick and cut of all clusters.
    cuts : CutsConfig
        Cuts of every role.
    options : FigureConfig
        The style.
    proposed : data frame, optional
        As `propose_windows` gives it.
    """
    figure = new_figure(options, width="text", height=3.0)
    tried = clusters[~clusters["cut"].isin(TRIED_BEFORE)]
    for letter, plane, axes in zip("ab", PLANES, figure.subplots(1, len(PLANES)), strict=True):
        passed = _draw_plane(axes, tried[tried["plane"] == plane])
        windows = {role: getattr(cuts, role).window(plane) for role in type(cuts).model_fields}
        _draw_windows(axes, windows, {} if proposed is None else proposed_bounds(proposed, plane))
        letter_panel(axes, letter, f"{plane}: {passed}")
    return figure


def _draw_plane(axes: "Axes", clusters: pd.DataFrame) -> str:
    """Draw the density and give a text of how much of it passes the window."""
    from matplotlib.colors import LogNorm

    wires, ticks = clusters["wire_min"].to_numpy(), clusters["vertex_tick"].to_numpy()
    if len(clusters):
        bins = (np.arange(-0.5, wires.max() + 1.5, 2), np.linspace(0, ticks.max() + 1, 97))
        counts, _, _ = np.histogram2d(wires, ticks, bins)
        mesh = axes.pcolormesh(
            *bins,
            np.where(counts > 0, counts, np.nan).T,
            cmap=f"{SEQUENTIAL_MAP}_r",
            norm=LogNorm(1, max(counts.max(), 2)),
            rasterized=True,
        )
        bar = axes.figure.colorbar(mesh, ax=axes, pad=0.02, fraction=0.05, aspect=30)
        bar.set_label("clusters per bin")
        bar.outline.set_linewidth(0.4)
    n, inside = len(clusters), int(clusters["cut"].isna().sum())
    low, high = wilson_interval(inside, n)
    share = f"{100 * inside / n:.1f} [{100 * low:.1f}, {100 * high:.1f}] %" if n else "none"
    axes.set_xlabel("first wire")
    axes.set_ylabel("tick of the highest ADC of the first wire")
    return f"n = {n}, inside {share}"


def _draw_windows(axes: "Axes", windows: Mapping[str, EntryWindow], proposed: Mapping[str, int]) -> None:
    from matplotlib.patches import Rectangle

    bounds: dict[tuple[float, float, float, float], list[str]] = {}
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    for role, window in windows.items():
        limits = (window.wire_min, window.wire_max, window.tick_min, window.tick_max)
        if all(limit is None for limit in limits):
            continue
        sides = (left, right, bottom, top)
        x_min, x_max, y_min, y_max = (
            float(end if limit is None else limit) for limit, end in zip(limits, sides, strict=True)
        )
        bounds.setdefault((x_min, x_max, y_min, y_max), []).append(role)

    def box(x_min: float, x_max: float, y_min: float, y_max: float, style: str, colour: str, label: str) -> None:
        axes.add_patch(
            Rectangle(
                (x_min, y_min), x_max - x_min, y_max - y_min,
                fill=False, edgecolor=colour, linestyle=style, linewidth=1.2, label=label,
            )
        )  # fmt: skip

    for ends, roles, style in zip(bounds, bounds.values(), _STYLES * len(bounds), strict=False):
        box(*ends, style, VERMILLION, ", ".join(role.replace("_", " ") for role in roles))
    if proposed:
        x_min, x_max, y_min, y_max = (proposed[side] for side in SIDES)
        box(x_min, x_max, y_min, y_max, "--", BLACK, "proposed by the data")
    if bounds or proposed:
        axes.legend(loc="upper right", title="window of role", frameon=True, framealpha=0.9, edgecolor="none")
