"""Figures with one row per feature: their order, their labels, and the lines between categories."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rootline.core.figures import GREY, FigureConfig, new_figure
from rootline.lartpc.analyses.statistics import Bools
from rootline.lartpc.analyses.tables import ALL
from rootline.lartpc.figures.labels import FEATURE_LABELS, label_count, label_feature

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_HEIGHT: Final = 0.155
"""Height of a row [inch], enough for labels of 7 pt."""

NO_NUMBER: Final = "#dddddd"
"""Colour of a cell without a number."""


def order_features(features: Iterable[str]) -> list[str]:
    """Sort features by category, as they are labelled; unknown ones come last."""
    order = list(FEATURE_LABELS)
    return sorted(set(features), key=lambda name: (order.index(name) if name in order else len(order), name))


def order_groups(groups: Iterable[str]) -> list[str]:
    """Put the group of all tracks first, the particles after it."""
    return sorted(set(groups), key=lambda group: (group != ALL, group))


def label_rows(axes: "Axes", features: Sequence[str], categories: Mapping[str, str] | None = None) -> None:
    """Write the features down the left side, first at the top, with a line where the category changes."""
    axes.set_yticks(range(len(features)), [label_feature(name, unit=False) for name in features])
    axes.set_ylim(len(features) - 0.5, -0.5)
    if categories is not None:
        separate_categories(axes, features, categories)


def panels_of_groups(table: pd.DataFrame, options: FigureConfig, *, label: str) -> "tuple[Figure, dict[str, Axes]]":
    """Give a figure with a panel for each group of a table, features down the side, and its panels by group.

    Parameters
    ----------
    table : data frame
        group, feature, category and n.
    options : FigureConfig
        The style.
    label : str
        What the panels show along x.
    """
    features, groups = order_features(table["feature"]), order_groups(table["group"])
    categories = dict(zip(table["feature"], table["category"], strict=True))
    figure = new_figure(options, width="text", height=1.1 + ROW_HEIGHT * len(features))
    panels = figure.subplots(1, len(groups), sharex=True, sharey=True, squeeze=False)[0]
    for axes, group in zip(panels, groups, strict=True):
        label_rows(axes, features, categories)
        axes.tick_params(axis="y", left=group == groups[0])
        axes.set_title(f"{group}\n{label_count(table.loc[table['group'] == group, 'n'])}")
        axes.set_xlabel(label)
    return figure, dict(zip(groups, panels, strict=True))


def separate_categories(axes: "Axes", features: Sequence[str], categories: Mapping[str, str]) -> None:
    """Draw a thin line between the rows of different categories."""
    kinds = [categories[name] for name in features]
    for row in np.flatnonzero(np.array(kinds[1:]) != np.array(kinds[:-1])):
        axes.axhline(row + 0.5, color=GREY, linewidth=0.5)


def shade_missing(axes: "Axes", missing: Bools) -> None:
    """Paint the cells of a map that have no number, (rows, columns); the others stay as they are."""
    from matplotlib.colors import to_rgba

    shades = np.zeros((*missing.shape, 4))
    shades[missing] = to_rgba(NO_NUMBER)
    axes.imshow(shades, aspect="auto", interpolation="nearest")
