"""Clusters of the two planes to tracks: the pairs of an event whose boxes look most alike.

The score of an induction and a collection cluster is the weighted sum of the
squared differences of the four sides of their boxes and of their heights. The
best pair of an event is taken first, then the best of what is left, each
cluster once; equal scores go by the induction, then by the collection cluster.
"""

from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from rootline.core.config import Section
from rootline.core.errors import UserError
from rootline.core.tables import CLUSTER_KEY, EVENT_KEY, describe_key
from rootline.lartpc.tracks import BOX_SIDES

PAIRS_AT_A_TIME: Final = 1_000_000
"""Bound of the memory that matching takes: about 100 MB."""


class MatchingConfig(Section):
    """Weights of the matching score."""

    weight_wire_min: float = Field(1.0, ge=0, description="Weight of the squared difference of the first wires.")
    weight_wire_max: float = Field(1.0, ge=0, description="Weight of the squared difference of the last wires.")
    weight_tick_min: float = Field(1.0, ge=0, description="Weight of the squared difference of the first ticks.")
    weight_tick_max: float = Field(1.0, ge=0, description="Weight of the squared difference of the last ticks.")
    weight_height: float = Field(1.0, ge=0, description="Weight of the squared difference of the heights [wires].")


def match_clusters(clusters: pd.DataFrame, options: MatchingConfig | None = None) -> pd.DataFrame:
    """Pair the clusters of both planes, event by event.

    Parameters
    ----------
    clusters : data frame
        One row per cluster that passed its cuts: the cluster key and the box
        (wire_min, wire_max, tick_min, tick_max). The order of rows is free.
    options : MatchingConfig
        Weights; all 1 by default.

    Returns
    -------
    data frame
        sample, run, subrun, event, track (0 is the best match of its event),
        cluster_collection, cluster_induction, match_score; in this order of
        the key.

    Raises
    ------
    UserError
        If two rows share a cluster key, a part of it is missing, or a plane
        has another name.
    """
    options = options or MatchingConfig()
    # Each is looked up once: a look-up takes as long as the sort of a small sample.
    columns = {name: clusters[name] for name in (*CLUSTER_KEY, *BOX_SIDES)}
    if missing := [name for name in CLUSTER_KEY if columns[name].array.isna().any()]:
        raise UserError(f"clusters to match: rows without {', '.join(missing)}")
    plane = np.asarray(columns["plane"], object)
    if unknown := set(plane) - {"collection", "induction"}:
        raise UserError(f"clusters to match: plane must be collection or induction, found {sorted(unknown)}")
    is_induction = plane == "induction"
    # In NumPy: pandas takes longer to prepare a sort by six columns than all of it takes for a small sample.
    # Of names, numbers that sort as they do.
    numbers = columns | {"sample": pd.factorize(columns["sample"], sort=True)[0], "plane": is_induction}
    key = np.stack([np.asarray(numbers[name], np.int64) for name in CLUSTER_KEY])
    order = np.lexsort(key[::-1])
    is_new = np.ones(key.shape, bool)
    is_new[:, 1:] = key[:, order[1:]] != key[:, order[:-1]]
    if not is_new.any(axis=0).all():
        doubled = order[~is_new.any(axis=0)]
        row = clusters[list(CLUSTER_KEY)].iloc[int(doubled[0])].to_dict()
        raise UserError(f"clusters to match: {len(doubled)} duplicate keys, the first is {describe_key(row)}")
    event = np.cumsum(is_new[: len(EVENT_KEY)].any(axis=0)) - 1
    boxes = np.stack([np.asarray(columns[name], np.int64)[order] for name in BOX_SIDES], axis=1)
    induction: NDArray[np.int64] = np.flatnonzero(is_induction[order])
    collection: NDArray[np.int64] = np.flatnonzero(~is_induction[order])
    n_events = int(event[-1]) + 1 if len(event) else 0
    n_pairs = np.bincount(event[induction], minlength=n_events) * np.bincount(event[collection], minlength=n_events)

    parts = []
    for first, last in _blocks(n_pairs):
        mine = [_rows_of_events(side, event[side], first, last) for side in (induction, collection)]
        parts.append(_match_block(event, boxes, induction=mine[0], collection=mine[1], options=options))
    one, other, score = (np.concatenate(of_blocks) for of_blocks in zip(*parts, strict=True)) if parts else _no_pairs()
    cluster = np.asarray(columns["cluster"], np.int32)[order]
    return pd.DataFrame(
        {
            # As indexes, whose types are kept: pandas makes text of an array of objects.
            **{name: pd.Index(columns[name].array.take(order[one]), dtype=columns[name].dtype) for name in EVENT_KEY},
            "track": _count_within(event[one]).astype(np.int32),
            "cluster_collection": cluster[other],
            "cluster_induction": cluster[one],
            "match_score": score,
        }
    )


def _no_pairs() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)


def _rows_of_events(rows: NDArray[np.int64], events: NDArray[np.int64], first: int, last: int) -> NDArray[np.int64]:
    begin, end = np.searchsorted(events, [first, last]).tolist()
    return rows[begin:end]


def _blocks(n_pairs: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Cut the events into ranges [first, last) of about `PAIRS_AT_A_TIME` pairs."""
    block = np.cumsum(n_pairs) // PAIRS_AT_A_TIME
    edges = np.concatenate([[0], np.flatnonzero(np.diff(block)) + 1, [len(n_pairs)]]).tolist()
    return [(first, last) for first, last in pairwise(edges) if last > first]


def _match_block(
    event: NDArray[np.int64],
    boxes: NDArray[np.int64],
    *,
    induction: NDArray[np.int64],
    collection: NDArray[np.int64],
    options: MatchingConfig,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Give row numbers of the pairs' induction and collection clusters, and scores, by event and rising score."""
    low = np.searchsorted(event[collection], event[induction], side="left")
    n_partners = np.searchsorted(event[collection], event[induction], side="right") - low
    one = np.repeat(induction, n_partners)
    other = collection[np.repeat(low, n_partners) + _count_within(np.repeat(np.arange(len(induction)), n_partners))]
    score = _scores(boxes[one] - boxes[other], options)
    order = np.lexsort((other, one, score, event[one]))  # rows of an event are in the order of plane and cluster
    one, other, score = one[order], other[order], score[order]

    # Greedy choice in rounds: a pair that is the best of both its clusters is taken, whatever the others do.
    taken = []
    left = np.arange(len(one))
    used = np.zeros(len(event), bool)
    first_place = np.empty(len(event), np.int64)
    while len(left):
        best = np.ones(len(left), bool)
        for side in (one[left], other[left]):
            first_place[side[::-1]] = np.arange(len(left))[::-1]  # the first of equal ones is written last
            best &= first_place[side] == np.arange(len(left))
        taken.append(left[best])
        used[one[left[best]]] = used[other[left[best]]] = True
        left = left[~(used[one[left]] | used[other[left]])]
    chosen = np.sort(np.concatenate(taken)) if taken else np.zeros(0, np.int64)
    return one[chosen], other[chosen], score[chosen]


def _scores(difference: NDArray[np.int64], options: MatchingConfig) -> NDArray[np.float64]:
    sides = (options.weight_wire_min, options.weight_wire_max, options.weight_tick_min, options.weight_tick_max)
    height = difference[:, 1] - difference[:, 0]
    score: NDArray[np.float64] = options.weight_height * height.astype(np.float64) ** 2
    for column, weight in enumerate(sides):
        score = score + weight * difference[:, column].astype(np.float64) ** 2
    return score


def _count_within(groups: NDArray[Any]) -> NDArray[np.int64]:
    """Count 0, 1, 2, ... within each stretch of equal values."""
    if len(groups) == 0:
        return np.zeros(0, np.int64)
    begins = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]]))
    lengths = np.diff(np.concatenate([begins, [len(groups)]]))
    return np.arange(len(groups)) - np.repeat(begins, lengths)
