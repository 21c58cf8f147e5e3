"""Images beside what the model makes of them, and the reconstruction error of each species."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rootline.core.figures import GREY, FigureConfig, letter_panel, new_figure, particle_colours, scale_axis
from rootline.lartpc.analyses.reconstruction import BASELINE, QUANTITIES
from rootline.lartpc.analyses.statistics import ROC_GRID
from rootline.lartpc.detector import PLANES
from rootline.lartpc.figures.images import crop_ticks, draw_mosaic
from rootline.lartpc.figures.labels import QUANTITY_LABELS, label_charge, label_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

TITLE: Final = "Reconstructions and their errors"

EXAMPLES_SHOWN: Final = 3
"""Per particle: from the best reconstructed to the worst of those that were kept."""

_VISIBLE = 0.05
_MARKS: Final = {
    QUANTITIES[0]: ("o", "-"),
    QUANTITIES[1]: ("s", "--"),
    QUANTITIES[2]: ("D", ":"),
    BASELINE: ("^", "-."),
}
"""Marker and line of each quantity."""


def draw_reconstructions(
    images: NDArray[np.float32],
    reconstructions: NDArray[np.float32],
    examples: pd.DataFrame,
    errors: pd.DataFrame,
    options: FigureConfig,
    *,
    transform: str | None = None,
) -> "Figure":
    """Draw examples of each particle above the errors of all tracks and their use as anomaly scores.

    Parameters
    ----------
    images, reconstructions : (n, plane, wires, ticks) arrays
        In the units that the model was trained in.
    examples : data frame
        particle and row, the place in the arrays, and reconstruction_error.
    errors : data frame
        As `measure_reconstruction` gives it.
    options : FigureConfig
        The style.
    transform : str or None
        What was done to the charge before the model saw it, for the label.
    """
    top_height = max(0.55 + 0.78 * examples["particle"].nunique(), 1.7)
    figure = new_figure(options, width="text", height=top_height + 2.4)
    grid = figure.add_gridspec(2, 1, height_ratios=[top_height, 2.4])
    top, bottom = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
    _draw_examples(top, images, reconstructions, examples, options, transform)
    boxes, areas, rocs = bottom.subplots(1, 3, width_ratios=[1.1, 1.0, 1.1])
    colours = particle_colours(errors["particle"], options)
    _draw_boxes(boxes, errors[errors["quantity"] == "reconstruction_error_weighted"], colours)
    _draw_areas(areas, errors, colours)
    _draw_rocs(rocs, errors, colours)
    handles = [
        areas.plot([], [], color=GREY, linestyle=line, marker=marker, markersize=3.5, label=QUANTITY_LABELS[quantity])[
            0
        ]
        for quantity, (marker, line) in _MARKS.items()
        if quantity in set(errors["quantity"])
    ]
    bottom.legend(handles=handles, loc="outside lower right", ncols=len(handles))
    return figure


def _draw_examples(
    figure: "SubFigure",
    images: NDArray[np.float32],
    reconstructions: NDArray[np.float32],
    examples: pd.DataFrame,
    options: FigureConfig,
    transform: str | None,
) -> None:
    from matplotlib.colors import Normalize

    particles = sorted(examples["particle"].unique())
    shown = images[examples["row"].to_numpy()]
    largest = float(shown.max()) or 1.0
    ticks = crop_ticks(shown, threshold=_VISIBLE * largest, margin=1)
    panels = figure.subplots(1, EXAMPLES_SHOWN)
    for number, axes in enumerate(panels):
        cells = np.full((len(particles), 2 * len(PLANES), *images.shape[2:]), np.nan, dtype=np.float32)
        for line, particle in enumerate(particles):
            rows = examples[examples["particle"] == particle].sort_values("reconstruction_error", kind="stable")
            chosen = np.unique(np.linspace(0, len(rows) - 1, EXAMPLES_SHOWN).round().astype(int))
            if number >= len(chosen):
                continue
            example = rows.iloc[chosen[number]]
            cells[line, 0::2] = images[example["row"]]
            cells[line, 1::2] = reconstructions[example["row"]]
            error = f"error {example['reconstruction_error']:.3g}"
            axes.text(0.06, line + 0.985, error, va="bottom", fontsize=options.font_size - 2)
        room_for_text = ((0, 0), (0, 0), (0, images.shape[2] // 6), (0, 0))
        cells = np.pad(cells[..., ticks], room_for_text, constant_values=np.nan)
        drawn = draw_mosaic(axes, cells, norm=Normalize(0, largest), threshold=_VISIBLE * largest)
        axes.xaxis.tick_top()
        labels = [f"{plane}\nimage" if side == 0 else "\nmodel" for plane in PLANES for side in (0, 1)]
        axes.set_xticks(np.arange(2 * len(PLANES)) + 0.5, labels, fontsize=options.font_size - 2)
        axes.tick_params(axis="x", pad=0)
        if number == 0:
            axes.set_yticks(np.arange(len(particles)) + 0.5, particles, fontsize=options.font_size)
    bar = figure.colorbar(drawn, ax=list(panels), fraction=0.015, pad=0.01, aspect=40)
    bar.set_label(label_charge(transform))
    bar.outline.set_linewidth(0.4)


def _draw_boxes(axes: "Axes", errors: pd.DataFrame, colours: dict[str, str]) -> None:
    boxes: list[dict[str, Any]] = []
    for _, row in errors.iterrows():
        seen = "trained on" if row["trained_on"] else "not trained on"
        boxes.append(
            {
                "label": f"{row['particle']}, {seen}\nn = {row['n']}",
                "med": row["median"],
                "cilo": row["median_low"],
                "cihi": row["median_high"],
                "q1": row["q25"],
                "q3": row["q75"],
                "whislo": row["q05"],
                "whishi": row["q95"],
            }
        )
    # a notch needs both ends; with too few tracks for an interval the box has none
    notched = all(np.isfinite([box["cilo"], box["cihi"]]).all() for box in boxes)
    drawn = axes.bxp(
        boxes, showfliers=False, shownotches=notched, orientation="horizontal", patch_artist=True, widths=0.55,
        medianprops={"color": "black"},
    )  # fmt: skip
    for patch, (_, row) in zip(drawn["boxes"], errors.iterrows(), strict=True):
        patch.set_facecolor(colours[row["particle"]])
        patch.set_alpha(0.45 if row["trained_on"] else 0.85)
        patch.set_linewidth(0.7)
    axes.invert_yaxis()
    scale_axis(axes, "x", errors[["q05", "q95"]].to_numpy())
    axes.set_xlabel("weighted reconstruction error")
    letter_panel(axes, "a", "whiskers: 5 and 95 %")


def _draw_areas(axes: "Axes", errors: pd.DataFrame, colours: dict[str, str]) -> None:
    from matplotlib.ticker import MaxNLocator

    rows = errors[errors["auc"].notna()]
    classes = list(dict.fromkeys(zip(rows["particle"], rows["trained_on"], strict=True)))
    for place, (particle, trained_on) in enumerate(classes):
        for number, (quantity, (marker, _)) in enumerate(_MARKS.items()):
            found = rows[
                (rows["particle"] == particle) & (rows["trained_on"] == trained_on) & (rows["quantity"] == quantity)
            ]
            if found.empty:
                continue
            row = found.iloc[0]
            ends = np.maximum([[row["auc"] - row["auc_low"]], [row["auc_high"] - row["auc"]]], 0)
            axes.errorbar(
                row["auc"], place + 0.2 * (number - 1.5), xerr=ends, fmt=marker, color=colours[particle],
                markersize=3.5, elinewidth=0.9, mfc="white" if trained_on else colours[particle],
            )  # fmt: skip
    names = [f"{particle}\n(trained on)" if trained_on else particle for particle, trained_on in classes]
    axes.set_yticks(range(len(classes)), names)
    axes.set_ylim(len(classes) - 0.4, -0.6)
    axes.axvline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel("AUC as anomaly score")
    letter_panel(axes, "b", f"reference: {label_count(errors['n_reference'])}")


def _draw_rocs(axes: "Axes", errors: pd.DataFrame, colours: dict[str, str]) -> None:
    rows = errors[errors["auc"].notna() & ~errors["trained_on"].astype(bool)]
    for quantity, (_, line) in _MARKS.items():
        for _, row in rows[rows["quantity"] == quantity].iterrows():
            axes.plot(ROC_GRID, row["roc"], line, color=colours[row["particle"]], linewidth=1.0)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.6, alpha=0.5)
    axes.set_xlabel("reference share above cut")
    axes.set_ylabel("species share above cut")
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.02)
    for particle, of in rows.groupby("particle", sort=True):
        axes.plot([], [], color=colours[str(particle)], linewidth=2.5, label=f"{particle}, {label_count(of['n'])}")
    if len(rows):
        axes.legend(loc="lower right", labelspacing=0.2)
    letter_panel(axes, "c")
