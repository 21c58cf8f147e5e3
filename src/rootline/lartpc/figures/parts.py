"""Train part against the others: tests, controls, and what they could have seen."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from rootline.core.figures import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    SKY_BLUE,
    VERMILLION,
    FigureConfig,
    letter_panel,
    new_figure,
)
from rootline.lartpc.analyses.shifts import LEVEL, POWER
from rootline.lartpc.figures.labels import QUANTITY_LABELS, label_latent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Latents of the train part against the others"

QUANTITIES_SHOWN: Final = 12
"""Latents and errors with the smallest p-values, where there are more."""

CONTROLS: Final = {
    "none": ("parts", BLACK, "o"),
    "negative": ("negative control (shuffled)", SKY_BLUE, "s"),
    "positive": ("positive control (mixture shifted)", ORANGE, "^"),
}
_TESTS: Final = {
    "energy": "energy distance",
    "c2st_auc": "classifier, AUC",
    "c2st_accuracy": "classifier, accuracy",
}
_PARTS: Final = {"val": BLUE, "test": VERMILLION}


def draw_parts(tests: pd.DataFrame, power: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw the p-values of the tests of all latents and of each, the ratio of the errors, and the power.

    Parameters
    ----------
    tests, power : data frames
        As `compare_parts` gives them.
    options : FigureConfig
        The style.
    """
    known = tests[tests["p_value"].notna()]
    if known.empty:
        return _draw_refusal(tests, options)
    figure = new_figure(options, width="text", height=5.6)
    grid = figure.subplots(2, 2)
    parts = [part for part in _PARTS if (known["part"] == part).any()]
    _draw_all(grid[0, 0], known, parts)
    _draw_single(grid[0, 1], known, parts)
    _draw_errors(grid[1, 0], known, parts)
    _draw_power(grid[1, 1], tests, power)
    letter_panel(grid[0, 0], "a", "all latents")
    letter_panel(grid[0, 1], "b", "each alone, Kolmogorov-Smirnov")
    letter_panel(grid[1, 0], "c", "reconstruction error")
    letter_panel(grid[1, 1], "d", "mixtures of two species told apart")
    return figure


def _draw_refusal(tests: pd.DataFrame, options: FigureConfig) -> "Figure":
    figure = new_figure(options, width="column", height=1.2)
    counts = [f"{row['part']} {row['n_other']}, train {row['n_train']}" for _, row in tests.iterrows()]
    text = "; ".join(counts) if counts else "no part beside train"
    figure.text(0.5, 0.5, f"Too few tracks to compare:\n{text}", ha="center", va="center")
    return figure


def _draw_all(axes: "Axes", tests: pd.DataFrame, parts: list[str]) -> None:
    labels = []
    for place, (part, test) in enumerate((part, test) for part in parts for test in _TESTS):
        rows: Any = tests[(tests["part"] == part) & (tests["test"] == test)].set_index("control")
        labels.append(f"{part}: {_TESTS[test]}")
        for number, (control, (_, colour, marker)) in enumerate(CONTROLS.items()):
            if control in rows.index:
                axes.plot(rows.loc[control, "p_value"], place + 0.2 * (number - 1), marker, color=colour, markersize=4)
    for control, (label, colour, marker) in CONTROLS.items():
        rows = tests[(tests["control"] == control) & (tests["test"] == "energy")]
        of_part = rows.set_index("part").reindex(parts).dropna(subset="p_value")
        counts = ", ".join(f"{row['n_train']:.0f} + {row['n_other']:.0f}" for _, row in of_part.iterrows())
        if counts:
            axes.plot([], [], marker, color=colour, markersize=4, label=f"{label}, n = {counts}")
    _p_axis(axes, tests[tests["test"].isin(list(_TESTS))])
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.legend(loc="upper center", bbox_to_anchor=(0.3, -0.18), labelspacing=0.2)


def _draw_single(axes: "Axes", tests: pd.DataFrame, parts: list[str]) -> None:
    rows = tests[(tests["test"] == "ks") & (tests["control"] == "none")]
    smallest = rows.groupby("quantity")["p_value"].min().nsmallest(QUANTITIES_SHOWN).index
    names = [name for name in dict.fromkeys(rows["quantity"]) if name in set(smallest)]
    for number, part in enumerate(parts):
        of_part = rows[rows["part"] == part].set_index("quantity").reindex(names)
        places = np.arange(len(names)) + 0.24 * (number - (len(parts) - 1) / 2)
        axes.plot(of_part["p_value"], places, "o", color=_PARTS[part], markersize=4, mfc="white")
        axes.plot(of_part["p_holm"], places, "o", color=_PARTS[part], markersize=4)
        counts = of_part.iloc[0]
        label = f"train {counts['n_train']:.0f}, {part} {counts['n_other']:.0f}"
        axes.plot([], [], "o", color=_PARTS[part], markersize=4, label=label)
    axes.plot([], [], "o", color=GREY, mfc="white", markersize=4, label="before Holm's correction")
    _p_axis(axes, rows)
    axes.set_yticks(range(len(names)), [_label(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.18), labelspacing=0.2)


def _label(name: str) -> str:
    if name in QUANTITY_LABELS:
        return QUANTITY_LABELS[name].replace("reconstruction ", "rec. ")
    return label_latent(name)


def _p_axis(axes: "Axes", rows: pd.DataFrame) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    axes.set_xscale("log")
    lowest = min(float(rows["p_value"].min()), 0.01)
    axes.set_xlim(lowest / 2, 1.6)
    axes.xaxis.set_major_locator(FixedLocator([10.0**power for power in range(-12, 1, 1 if lowest > 1e-5 else 3)]))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.axvline(LEVEL, color=GREY, linewidth=0.7, linestyle=":")
    axes.set_xlabel(f"p-value (dotted: {LEVEL:g})")


def _draw_errors(axes: "Axes", tests: pd.DataFrame, parts: list[str]) -> None:
    rows = tests[tests["test"] == "log_ratio"]
    labels = []
    for place, (part, quantity) in enumerate(
        (part, name) for part in parts for name in dict.fromkeys(rows["quantity"])
    ):
        labels.append(f"{part}: {_label(quantity)}")
        found = rows[(rows["part"] == part) & (rows["quantity"] == quantity)].set_index("control")
        for number, (control, (_, colour, marker)) in enumerate(list(CONTROLS.items())[:2]):
            row = found.loc[control]
            null = np.exp(row[["null_q05", "null_q95"]].to_numpy(dtype=np.float64))
            height = place + 0.25 * (number - 0.5)
            axes.plot(null, [height, height], color="#c8c8c8", linewidth=6, solid_capstyle="butt")
            value, low, high = np.exp(row[["statistic", "low", "high"]].to_numpy(dtype=np.float64))
            ends = np.clip([[value - low], [high - value]], 0, None)
            axes.errorbar(value, height, xerr=ends, fmt=marker, color=colour, markersize=3.5, elinewidth=0.8)
    axes.plot([], [], color="#c8c8c8", linewidth=6, label="middle 90 % with permuted labels")
    axes.axvline(1, color=GREY, linewidth=0.7)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlabel("geometric mean of the error, other part / train")
    axes.legend(loc="upper center", bbox_to_anchor=(0.3, -0.18))


def _draw_power(axes: "Axes", tests: pd.DataFrame, power: pd.DataFrame) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    if power.empty:
        axes.text(
            0.5, 0.5, "no second species\nto shift a mixture with", ha="center", va="center", transform=axes.transAxes
        )
        axes.set_axis_off()
        return
    for part in (name for name in _PARTS if (power["part"] == name).any()):
        rows = power[power["part"] == part]
        numbers = tests[(tests["part"] == part) & (tests["control"] == "positive")].set_index("test")["statistic"]
        ends = np.clip([rows["power"] - rows["low"], rows["high"] - rows["power"]], 0, None)
        first = rows.iloc[0]
        label = f"{part}, n = {first['n_train']} + {first['n_other']}"
        if np.isfinite(numbers["detectable_shift"]):
            label += f": sees {100 * numbers['detectable_shift']:.0f} points"
        axes.errorbar(
            100 * rows["shift"],
            rows["power"],
            ends,
            fmt="o-",
            color=_PARTS[part],
            markersize=3,
            elinewidth=0.8,
            linewidth=0.8,
            label=label,
        )
    axes.axhline(POWER, color=GREY, linewidth=0.7, linestyle=":")
    axes.axhline(LEVEL, color=GREY, linewidth=0.7, linestyle=":")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator([5, 7, 10, 15, 20, 30, 40, 60, 80]))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("shift of the mixture [points]")
    axes.set_ylabel("power of the energy distance at 5 %")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), labelspacing=0.2)
