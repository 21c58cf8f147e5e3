"""How many events, clusters and pairs are left after each cut."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rootline.core.figures import BLUE, GREEN, OKABE_ITO, ORANGE, SKY_BLUE, FigureConfig, new_figure
from rootline.lartpc.analyses.statistics import wilson_interval
from rootline.lartpc.summary import all_steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Cut flow"

UNIT_COLOURS: Final = {"events": GREEN, "collection clusters": BLUE, "induction clusters": SKY_BLUE, "pairs": ORANGE}

PANELS_PER_ROW: Final = 3


def draw_cutflow(cutflows: Sequence[Mapping[str, Any]], options: FigureConfig) -> "Figure":
    """Draw one panel per sample with a bar per step, and what share of the step before is left.

    Parameters
    ----------
    cutflows : sequence of mappings
        As `build_tracks` gives them: sample, particle, role, and steps with unit, step and count.
    options : FigureConfig
        The style.
    """
    from matplotlib.ticker import NullLocator

    rows = all_steps(cutflows)
    columns = 2 if len(cutflows) == 4 else min(PANELS_PER_ROW, max(len(cutflows), 1))
    lines = -(-len(cutflows) // columns)
    figure = new_figure(options, width="text", height=lines * (0.6 + 0.17 * len(rows)))
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    for axes, flow in zip(grid.flat, cutflows, strict=False):
        _draw_sample(axes, flow, rows, options)
    grid[0, 0].invert_yaxis()
    largest = max((step["count"] for flow in cutflows for step in flow["steps"]), default=1)
    grid[0, 0].set_xlim(0.8, 0.8 * max(largest, 10) ** 2.1)  # the right half is for the numbers, and has no ticks
    grid[0, 0].set_xticks(10.0 ** np.arange(np.floor(np.log10(max(largest, 10))) + 1))
    grid[0, 0].xaxis.set_minor_locator(NullLocator())
    figure.supxlabel("number left (share of the step before and half its 95 % interval)", fontsize=options.font_size)
    for axes in list(grid.flat)[len(cutflows) :]:
        axes.set_axis_off()
    return figure


def _draw_sample(axes: "Axes", flow: Mapping[str, Any], rows: list[tuple[str, str]], options: FigureConfig) -> None:
    units = list(dict.fromkeys(unit for unit, _ in rows))
    others = [unit for unit in units if unit not in UNIT_COLOURS]
    starts = np.array([number == 0 or rows[number - 1][0] != unit for number, (unit, _) in enumerate(rows)])
    places = np.arange(len(rows)) + 0.35 * np.cumsum(starts)
    before: dict[str, float] = {}
    for step in flow["steps"]:
        unit, count = step["unit"], float(step["count"])
        colour = UNIT_COLOURS.get(unit) or OKABE_ITO[3 + others.index(unit) % 4]
        place = places[rows.index((unit, step["step"]))]
        axes.barh(place, max(count, 0.8), color=colour, height=0.75)
        text = f" {count:.0f}" + (_share(count, before[unit]) if unit in before else "")
        axes.text(max(count, 0.8), place, text, va="center", fontsize=options.font_size - 2)
        before[unit] = count
    labels = [f"{unit}: {step}" if start else step for (unit, step), start in zip(rows, starts, strict=True)]
    axes.set_yticks(places, [label.replace("_", " ") for label in labels])
    axes.set_xscale("log")
    axes.tick_params(left=False, labelsize=options.font_size - 1.5)
    axes.set_title(f"{flow['sample']} ({flow['particle']}, {flow['role'].replace('_', ' ')})")


def _share(count: float, before: float) -> str:
    """Write the share that is left with half the width of its 95 % interval."""
    if before <= 0:
        return ""
    low, high = wilson_interval(count, before)
    return f" ({100 * count / before:.0f} \N{PLUS-MINUS SIGN} {50 * (high - low):.1f} %)"
