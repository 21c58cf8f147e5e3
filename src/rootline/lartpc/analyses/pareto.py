"""The points of a sweep by two numbers and their size at once: which are beaten in everything by another."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from rootline.lartpc.analyses.statistics import Floats, Ints
from rootline.lartpc.analyses.sweep_metrics import goal_of, incomparable_keys

PARETO_KEY: Final = ("point",)
PARETO_COLUMNS: Final = (
    "point", "n_parameters", "error_metric", "error", "error_std", "error_n",
    "score_metric", "score", "score_std", "score_n", "rank", "rank_with_size",
)  # fmt: skip
"""Beside the swept keys."""

UNRANKED: Final = 0


def rank_points(summary: pd.DataFrame, keys: Sequence[str], *, error: str, score: str) -> pd.DataFrame:
    """Rank the points of a sweep by two numbers, and by these and the model's size.

    A point beats another one if it is no worse in any number and better in
    one; the means over seeds are compared, their spread is not. Rank 1 is
    beaten by no point, rank 2 by points of rank 1 alone, and so on.

    Parameters
    ----------
    summary : data frame
        As `summarise_points` gives it.
    keys : sequence of str
        The swept keys.
    error, score : str
        The two numbers, names of `summary`'s metrics; which of them is to be
        small, `goal_of` says. Where the error does not compare between the
        points (`incomparable_keys`), the number of parameters takes its place.

    Returns
    -------
    data frame
        A row per point in the order of the sweep: the swept keys and
        PARETO_COLUMNS; error_metric is what stands in error, with the spread
        over seeds and their number. Rank is 0 (`UNRANKED`) for a point without one of the numbers.
    """
    shown = "n_parameters" if incomparable_keys(error, keys) else error
    points = list(dict.fromkeys(summary["point"]))
    table = summary.drop_duplicates("point")[["point", *keys]].reset_index(drop=True)
    table["n_parameters"] = _column(summary, "n_parameters", "mean", points).astype(np.int64)
    for name, metric in (("error", shown), ("score", score)):
        table[f"{name}_metric"] = metric
        table[name] = _column(summary, metric, "mean", points)
        table[f"{name}_std"] = _column(summary, metric, "std", points)
        table[f"{name}_n"] = np.nan_to_num(_column(summary, metric, "n_seeds", points)).astype(np.int64)
    costs = np.stack([_cost(table["error"], shown), _cost(table["score"], score)], axis=1)
    size = table["n_parameters"].to_numpy(dtype=np.float64)[:, None]
    table["rank"] = pareto_ranks(costs)
    table["rank_with_size"] = pareto_ranks(np.concatenate([costs, size], axis=1))
    return table


def pareto_ranks(costs: Floats) -> Ints:
    """Rank rows of numbers that are all to be small; a row with a NaN has rank `UNRANKED`."""
    ranks = np.full(len(costs), UNRANKED, dtype=np.int64)
    left = np.flatnonzero(np.isfinite(costs).all(axis=1))
    rank = 1
    while len(left):
        there = costs[left]
        beaten = np.array([((there <= row).all(axis=1) & (there < row).any(axis=1)).any() for row in there])
        ranks[left[~beaten]] = rank
        left, rank = left[beaten], rank + 1
    return ranks


def _column(summary: pd.DataFrame, metric: str, column: str, points: Sequence[str]) -> Floats:
    of_metric = summary[summary["metric"] == metric].set_index("point")[column]
    return np.asarray(of_metric.reindex(list(points)), dtype=np.float64)


def _cost(values: pd.Series, metric: str) -> Floats:
    numbers = values.to_numpy(dtype=np.float64)
    return numbers if goal_of(metric) == "min" else -numbers
