"""What forests look at."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import FigureConfig, letter_panel, new_figure, particle_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE: Final = "What the forests look at"

LABELS: Final = {"parametrised": "given n-sigma", "raw": "given raw signals"}


def draw_importance(table: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw the loss of AUC of each group of inputs, the largest on top, for the forest of each set of inputs.

    Parameters
    ----------
    table : data frame
        As `rank_inputs` gives it.
    options : FigureConfig
        The style.
    """
    species = list(dict.fromkeys(table["species"]))
    colours = particle_colours(species, options)
    figure = new_figure(options, width="text", height=2.8)
    panels = figure.subplots(1, len(LABELS))
    for letter, axes, (inputs, label) in zip("ab", panels, LABELS.items(), strict=True):
        rows = table[table["inputs"] == inputs]
        order = rows.groupby("group")["loss"].max().sort_values(ascending=False, na_position="last").index
        for number, name in enumerate(species):
            of = rows[rows["species"] == name].set_index("group").loc[order]
            at = np.arange(len(order)) + 0.38 * (number - (len(species) - 1) / 2)
            text = f"{name}s, AUC {of['auc'].iloc[0]:.3f}, n = {of['n_species'].iloc[0]}"
            axes.barh(
                at, of["loss"], 0.36, xerr=of["spread"], color=colours[name], error_kw={"elinewidth": 0.8}, label=text
            )
        axes.set_yticks(range(len(order)), list(order))
        axes.invert_yaxis()
        axes.set_xlabel("loss of AUC where permuted")
        axes.legend(loc="lower right")
        letter_panel(axes, letter, f"{label}; n = {rows['n'].iloc[0]} tracks")
    return figure
