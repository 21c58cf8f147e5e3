"""The same tracks drawn by area and by bilinear resampling, and what either keeps of their charge."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.figures import (
    BLACK,
    GREY,
    ORANGE,
    FigureConfig,
    letter_panel,
    new_figure,
)
from rootline.lartpc.analyses.resampling import RESAMPLINGS
from rootline.lartpc.analyses.tables import ALL
from rootline.lartpc.detector import PLANES
from rootline.lartpc.figures.images import crop_ticks, draw_mosaic
from rootline.lartpc.figures.labels import label_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Area against bilinear resampling"

COLOURS: Final = {"area": BLACK, "bilinear": ORANGE}

_MARKERS: Final = {"collection": "o", "induction": "s"}
_LINES: Final = {"wire_charge_change": "-", "image_change": "--"}


def draw_resampling(
    resampling: pd.DataFrame, examples: Mapping[str, NDArray[np.generic]], options: FigureConfig
) -> "Figure":
    """Draw a track of each particle both ways above charge closure, wires that are not read, and shifts.

    Parameters
    ----------
    resampling : data frame
        As `compare_resampling` gives it.
    examples : mapping
        ``{particle}.{resampling}`` to (plane, wires, ticks) charge [ADC per image pixel].
    options : FigureConfig
        The style.
    """
    particles = sorted({name.rpartition(".")[0] for name in examples})
    top_height = 0.6 + 0.85 * max(len(particles), 1)
    figure = new_figure(options, width="text", height=top_height + 2.5)
    grid = figure.add_gridspec(2, 1, height_ratios=[top_height, 2.5])
    top, bottom = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
    _draw_examples(top.subplots(), examples, particles, options)
    closure, unread, shifts = bottom.subplots(1, 3, width_ratios=[1.15, 0.9, 1.1])
    _draw_closure(closure, resampling)
    _draw_unread(unread, resampling)
    _draw_shifts(shifts, resampling)
    return figure


def _draw_examples(
    axes: "Axes", examples: Mapping[str, NDArray[np.generic]], particles: list[str], options: FigureConfig
) -> None:
    from matplotlib.colors import PowerNorm

    if not particles:
        axes.text(0.5, 0.5, "no tracks", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    rows = [
        [np.asarray(examples[f"{particle}.{name}"][channel]) for channel in range(len(PLANES)) for name in RESAMPLINGS]
        for particle in particles
    ]
    cells = np.array(rows, dtype=np.float32)
    largest = float(cells.max()) or 1.0
    ticks = crop_ticks(cells, threshold=0.0, margin=1)
    drawn = draw_mosaic(axes, cells[..., ticks], norm=PowerNorm(0.5, 0, largest))
    axes.xaxis.tick_top()
    labels = [f"{plane}, {name}" for plane in PLANES for name in RESAMPLINGS]
    axes.set_xticks(np.arange(len(labels)) + 0.5, labels, fontsize=options.font_size - 1)
    axes.set_yticks(np.arange(len(particles)) + 0.5, particles, fontsize=options.font_size)
    axes.tick_params(axis="x", pad=0)
    bar = axes.figure.colorbar(drawn, ax=axes, fraction=0.02, pad=0.01, aspect=25)
    bar.set_label("charge per image pixel [ADC]")
    bar.outline.set_linewidth(0.4)


def _draw_closure(axes: "Axes", table: pd.DataFrame) -> None:
    from matplotlib.ticker import MaxNLocator

    medians = table[table["quantity"] == "charge_closure"]
    spreads = table[table["quantity"] == "charge_spread"].set_index(["resampling", "plane", "particle"])
    names = [ALL, *sorted(set(medians["particle"]) - {ALL})]
    lines = [(name, plane) for name in names for plane in PLANES]
    for number, resampling in enumerate(RESAMPLINGS):
        for place, (name, plane) in enumerate(lines):
            found = medians[
                (medians["resampling"] == resampling) & (medians["plane"] == plane) & (medians["particle"] == name)
            ]
            for _, row in found.iterrows():
                wide = spreads.loc[(resampling, plane, name), "value"]
                axes.errorbar(
                    row["value"], place + 0.26 * (number - 0.5), xerr=wide, fmt=_MARKERS[plane],
                    color=COLOURS[resampling], markersize=3.5, elinewidth=0.9,
                    label=resampling if place == 0 else None,
                )  # fmt: skip
    counts = medians[medians["resampling"] == RESAMPLINGS[0]].set_index(["particle", "plane"])["n"]
    axes.set_yticks(
        range(len(lines)), [f"{name}, {plane}\nn = {counts.get((name, plane), 0)}" for name, plane in lines], fontsize=6
    )
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.axvline(1, color=GREY, linewidth=0.7, linestyle=":")
    axes.set_xlabel("image sum / charge on canvas")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    if medians["value"].isna().all():
        axes.set_xlim(0, 2)
    axes.legend(loc="upper center", bbox_to_anchor=(0.3, -0.2), ncols=2)
    letter_panel(axes, "a", "median, bars: 68 % of tracks")


def _draw_unread(axes: "Axes", table: pd.DataFrame) -> None:
    rows = table[(table["particle"] == ALL) & (table["resampling"] == "bilinear")]
    places: list[str] = []
    kinds = {"wires_unread": "all wires", "narrow_unread": "narrow pulses"}
    for kind, label in kinds.items():
        for plane in PLANES:
            found = rows[(rows["quantity"] == kind) & (rows["plane"] == plane)]
            for _, row in found.iterrows():
                ends = 100 * np.maximum([[row["value"] - row["low"]], [row["high"] - row["value"]]], 0)
                axes.errorbar(
                    100 * row["value"], len(places), xerr=ends, fmt=_MARKERS[plane], color=COLOURS["bilinear"],
                    markersize=3.5, elinewidth=0.9,
                )  # fmt: skip
                places.append(f"{label}, {plane}\n{row['n']} wires")
    axes.set_yticks(range(len(places)), places, fontsize=6)
    axes.set_ylim(len(places) - 0.4, -0.6)
    axes.set_xlim(left=0, right=100 if rows["value"].isna().all() else None)
    axes.set_xlabel("wires that are not read [%]")
    of_area = table.loc[(table["resampling"] == "area") & table["quantity"].isin(kinds), "value"]
    letter_panel(axes, "b", "area: none" if not (of_area > 0).any() else f"area: up to {100 * of_area.max():.1f} %")


def _draw_shifts(axes: "Axes", table: pd.DataFrame) -> None:
    rows = table[(table["particle"] == ALL) & (table["shift"] > 0) & (table["plane"] == PLANES[0])]
    names = {"wire_charge_change": "charge per wire", "image_change": "image"}
    for resampling in RESAMPLINGS:
        for quantity, line in _LINES.items():
            found = rows[(rows["resampling"] == resampling) & (rows["quantity"] == quantity)].sort_values("shift")
            ends = np.maximum([found["value"] - found["low"], found["high"] - found["value"]], 0)
            label = f"{names[quantity]}, {resampling}"
            axes.errorbar(
                found["shift"], found["value"], ends, fmt=line, marker="o", color=COLOURS[resampling], markersize=3,
                elinewidth=0.9, label=label,
            )  # fmt: skip
    if rows["value"].isna().all():
        axes.set_xlim(0, 1)
    axes.set_xlabel("shift along canvas [ticks]")
    axes.set_ylabel("change / charge")
    axes.legend(loc="upper left", fontsize=6, handlelength=2.8)
    top = max(axes.get_ylim()[1], 0.1)
    axes.set_ylim(-0.03 * top, 1.35 * top)
    letter_panel(axes, "c", f"{PLANES[0]}, {label_count(rows['n'])}")
