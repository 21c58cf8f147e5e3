"""Purity and efficiency of every selection against transverse momentum."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import FigureConfig, letter_panel, new_figure, scale_axis
from rootline.pid.figures.model_marks import Mark, mark_models
from rootline.pid.nsigma import NSIGMA

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Purity and efficiency of the selections against transverse momentum"

SPECIES: Final = ("kaon", "proton", "pion")
"""From top to bottom: those first that n-sigma confuses."""

_SPREAD: Final = 0.55  # share of a bin over which its points lie beside each other


def draw_selection(selection: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw a row of panels per species: efficiency and purity of n-sigma and of all models.

    Parameters
    ----------
    selection : data frame
        As `compare_models` gives it.
    options : FigureConfig
        The style.
    """
    marks = mark_models(selection["model"])
    figure = new_figure(options, width="text", height=6.6)
    rows = figure.subplots(len(SPECIES), 2, sharex=True, sharey=True)
    for number, (species, panels) in enumerate(zip(SPECIES, rows, strict=True)):
        of = selection[selection["species"] == species].sort_values("pt_low")
        n = int(of.loc[of["model"] == NSIGMA, "n_species"].sum())
        letter_panel(panels[0], "ace"[number], f"{species}s, n = {n}")
        letter_panel(panels[1], "bdf"[number], f"accepted as {species}")
        for axes, share in zip(panels, ("efficiency", "purity"), strict=True):
            for place, (model, mark) in enumerate(marks.items()):
                _draw_model(axes, of[of["model"] == model], share, mark, offset=place / max(len(marks) - 1, 1) - 0.5)
            axes.set_ylabel(share)
            axes.tick_params(labelleft=True)
    rows[0, 0].set_ylim(-0.03, 1.03)
    scale_axis(rows[0, 0], "x", selection[["pt_low", "pt_high"]])
    for axes in rows[-1]:
        axes.set_xlabel("transverse momentum [GeV/c]")
    handles, labels = rows[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4)
    return figure


def _draw_model(axes: "Axes", rows: pd.DataFrame, share: str, mark: Mark, *, offset: float) -> None:
    """Draw a share with its intervals; points of one bin lie beside each other."""
    low, high = (rows[f"pt_{end}"].to_numpy(dtype=np.float64) for end in ("low", "high"))
    share_of_bin = 0.5 + _SPREAD * offset
    # Evenly on a logarithmic axis; a bin from 0 has no place on one, and with it the axis is linear.
    places = np.where(low > 0, low ** (1 - share_of_bin) * high**share_of_bin, share_of_bin * high)
    values = rows[share].to_numpy(dtype=np.float64)
    ends = np.maximum([values - rows[f"{share}_low"], rows[f"{share}_high"] - values], 0)
    is_rule = mark.label == "n-sigma"
    axes.errorbar(
        places,
        values,
        ends,
        fmt=f"-{mark.marker}",
        color=mark.colour,
        label=mark.label,
        markersize=3.2 if is_rule else 2.4,
        linewidth=1.2 if is_rule else 0.6,
        elinewidth=0.6,
        markeredgewidth=0,
        zorder=3 if is_rule else 2,
    )
