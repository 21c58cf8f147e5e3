"""What networks map tracks to, in a plane, by domain and by species."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import BLUE, GREY, VERMILLION, FigureConfig, letter_panel, new_figure
from rootline.pid.analyses.embedding import FIRST, SECOND

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE: Final = "What networks map the tracks of both domains to"

_DOMAINS: Final = {FIRST: ("first domain", BLUE), SECOND: ("second domain", VERMILLION)}
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def draw_mapped(mapped: pd.DataFrame, options: FigureConfig) -> "Figure":
    """Draw a row of panels per model: the tracks by domain, and by species.

    Parameters
    ----------
    mapped : data frame
        As `embed_tracks` gives it.
    options : FigureConfig
        The style.
    """
    models = sorted(mapped["model"].unique())
    figure = new_figure(options, width="text", height=3.3 * len(models))
    rows = figure.subplots(len(models), 2, squeeze=False)
    colours = {name: options.colours.get(name, GREY) for name in sorted(mapped["species"].unique())}
    for number, (model, (by_domain, by_species)) in enumerate(zip(models, rows, strict=True)):
        # in random order, so that no group covers another
        points = mapped[mapped["model"] == model]
        points = points.iloc[np.random.default_rng(0).permutation(len(points))]
        _draw(by_domain, points, points["domain"].map({name: colour for name, (_, colour) in _DOMAINS.items()}))
        _draw(by_species, points, points["species"].map(colours))
        share = points["other_domain_share"].mean()
        letter_panel(by_domain, _LETTERS[2 * number], f"{model}: neighbours of the other domain {share:.2f}")
        letter_panel(by_species, _LETTERS[2 * number + 1], model)
        counts = points["domain"].value_counts()
        _explain(by_domain, [(label, colour, counts.get(name, 0)) for name, (label, colour) in _DOMAINS.items()])
        counts = points["species"].value_counts()
        _explain(by_species, [(name, colours[name], counts[name]) for name in counts.index])
    return figure


def _draw(axes: "Axes", points: pd.DataFrame, colours: pd.Series) -> None:
    axes.scatter(points["x"], points["y"], s=2, c=colours.tolist(), alpha=0.6, linewidths=0, rasterized=True)
    axes.set(xticks=[], yticks=[])
    axes.set_xlabel("UMAP, first axis")
    axes.set_ylabel("UMAP, second axis")


def _explain(axes: "Axes", groups: list[tuple[str, str, int]]) -> None:
    """Put what the colours mean below the axes, with how many tracks there are."""
    for label, colour, n in groups:
        axes.plot([], [], "o", color=colour, markersize=3.5, label=f"{label}, n = {n}")
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=min(len(groups), 3), columnspacing=0.8, handletextpad=0.1
    )
