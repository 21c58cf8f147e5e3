"""How kaon-like the chosen reference tracks are beside the candidates that were not chosen."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import GREY, FigureConfig, format_interval, letter_panel, new_figure, particle_colours
from rootline.core.tables import EVENT_KEY, TRACK_KEY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "Reference tracks"

_BINS = np.linspace(0, 1, 21)
_MARKERS = ("o", "s", "D", "^")


def draw_reference(
    choices: pd.DataFrame, scores: pd.DataFrame, numbers: pd.DataFrame, particle: str, options: FigureConfig
) -> "Figure":
    """Draw the scores of all candidates, and each event's choice against the best of its others.

    Parameters
    ----------
    choices, scores : data frames
        As `choice_table` and `score_candidates` give them, of one or more samples.
    numbers : data frame
        As `summarise_choice` gives them, of any of the samples: its row of the
        forest's AUC is the same for all.
    particle : str
        What the score is the likeness of; gives the colour.
    options : FigureConfig
        The style.
    """
    figure = new_figure(options, width="text", height=2.6)
    left, right = figure.subplots(1, 2, width_ratios=[1.15, 1.0])
    colour = particle_colours([particle], options)[particle]
    keys = choices[[*TRACK_KEY, "chosen_by"]]
    table = scores.merge(keys, on=list(TRACK_KEY), how="left", validate="one_to_one")
    _draw_scores(left, table, particle, colour)
    _draw_events(right, table, particle, colour)
    forest = numbers[numbers["quantity"] == "forest_auc"].iloc[0]
    area = f"forest: AUC {format_interval(forest['value'], forest['low'], forest['high'])}, n = {forest['n']}"
    letter_panel(left, "a", area if np.isfinite(forest["value"]) else "no forest")
    letter_panel(right, "b", "one point per event")
    return figure


def _draw_scores(axes: "Axes", table: pd.DataFrame, particle: str, colour: str) -> None:
    chosen = table["chosen_by"].notna().to_numpy()
    for rows, label, shade in ((~chosen, "other candidates", GREY), (chosen, "chosen", colour)):
        values = table.loc[rows, "kaon_score"].dropna()
        counts, _ = np.histogram(values, _BINS)
        axes.stairs(counts, _BINS, color=shade, linewidth=1.2, label=f"{label}, n = {len(values)}")
        axes.stairs(counts, _BINS, color=shade, fill=True, alpha=0.25)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.25)
    axes.set_xlabel(f"{particle} score of the forest")
    axes.set_ylabel("tracks per bin")
    axes.legend(loc="upper right")


def _draw_events(axes: "Axes", table: pd.DataFrame, particle: str, colour: str) -> None:
    chosen = table[table["chosen_by"].notna()].set_index(list(EVENT_KEY))
    others = table[table["chosen_by"].isna()].groupby(list(EVENT_KEY))["kaon_score"].max()
    best_other = others.reindex(chosen.index)
    alone = best_other.isna().to_numpy()
    for number, (by, rows) in enumerate(chosen.groupby("chosen_by", sort=True)):
        label = f"chosen by {by}, n = {len(rows)}"
        axes.plot(
            rows["kaon_score"],
            best_other.reindex(rows.index),
            _MARKERS[number],
            color=colour,
            markersize=3,
            label=label,
        )
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.7, linestyle=":")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    axes.set_xlabel(f"{particle} score of the chosen track")
    axes.set_ylabel("highest score of the others")
    if len(chosen):
        axes.legend(loc="lower right", title=f"{int(alone.sum())} events have no other" if alone.any() else None)
