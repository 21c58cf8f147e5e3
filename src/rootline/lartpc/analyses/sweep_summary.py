"""What a sweep says: means over seeds, margins, trends along each axis, and differences with all else equal."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rootline.core.sweeps import SEED_KEY
from rootline.lartpc.analyses.statistics import UNKNOWN, Floats, Interval, mean_interval, spearman_interval
from rootline.lartpc.analyses.sweep_runs import metric_names

SUMMARY_KEY = ("point", "metric")
EFFECTS_KEY = ("kind", "axis", "level", "metric")
EFFECTS_COLUMNS = (*EFFECTS_KEY, "reference", "value", "std", "low", "high", "n")

MARGIN, TREND, DIFFERENCE = "margin", "trend", "difference"

POINT = "point"
"""Axis of a sweep whose points are no full grid."""

FIRST = "first point"
"""Name of the point that the others are described by."""

SEEDS_FOR_INTERVAL = 3
"""Fewer values give no interval: with two, Student's would be 13 standard errors wide."""


def summarise_points(runs: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Average over the seeds of each point of the sweep.

    Parameters
    ----------
    runs : data frame
        As `tabulate_runs` gives it.
    keys : sequence of str
        The swept keys.

    Returns
    -------
    data frame
        point (its keys and values as text), the swept keys, metric, n_seeds
        (those with a value), mean, std (seed spread, ddof 1), low, high
        (Student's 95 % interval of the mean; NaN below `SEEDS_FOR_INTERVAL`), and change, change_low, change_high: the
        same of the difference to the first point, run by run of one seed.
    """
    points = list(_by_levels(runs, keys))
    first = points[0][1].set_index(SEED_KEY)
    records = []
    for point, rows in points:
        for metric in metric_names(runs, keys):
            values = _defined(rows[metric])
            record = {"point": ", ".join(f"{key}={value}" for key, value in point.items()) or "base", **point}
            low, high = _interval(values)
            record |= {"metric": metric, "n_seeds": len(values), "mean": _mean(values), "std": _std(values)}
            changes = _defined(rows.set_index(SEED_KEY)[metric] - first[metric])
            change_low, change_high = _interval(changes)
            record |= {"low": low, "high": high, "change": _mean(changes)}
            records.append(record | {"change_low": change_low, "change_high": change_high})
    return pd.DataFrame.from_records(records)


def with_points(runs: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Give the runs and the axes along which they can be compared.

    Where the points of a sweep are all combinations of some levels, these are
    its keys. A list of single points has no such axes: means along one of
    its keys would mix points that differ in others. Its axis is the column
    `POINT`, which names each point by what is not as in the first one.
    """
    n_points = len(runs[list(keys)].drop_duplicates()) if keys else 1
    if n_points == np.prod([runs[key].nunique() for key in keys], dtype=np.int64):
        return runs, list(keys)
    base = runs.iloc[0]
    changed = [
        [f"{key.rpartition('.')[2]} {run[key]}" for key in keys if run[key] != base[key]]
        for run in runs.to_dict("records")
    ]
    return runs.assign(**{POINT: [", ".join(words) or FIRST for words in changed]}), [POINT]


def measure_effects(runs: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Say what each axis of the sweep does to each number.

    Returns
    -------
    data frame
        EFFECTS_COLUMNS, per axis and metric three kinds of rows. `margin`: mean
        over all runs at a level, std over them (the seeds, and the other axes
        where there are any). `trend`, numeric axes with more than two levels:
        Spearman's rho over the runs. `difference`: of a level to the first
        one, `reference`, mean over the pairs of runs that agree in all else,
        the seed too. n counts runs or pairs; low, high are Student's 95 %
        interval, Fisher's for a trend, NaN where n is too small. Where only
        seeds differ, each of them has a margin. A sweep that is no full grid
        has the single axis `POINT`, as `with_points` says.
    """
    records: list[dict[str, Any]] = []
    metrics = metric_names(runs, keys)
    runs, axes = with_points(runs, keys)
    for axis in axes or [SEED_KEY]:
        others = [key for key in (*axes, SEED_KEY) if key != axis]
        found = ordered_levels(runs[axis])
        for metric in metrics:
            for level in found:
                values = _defined(runs.loc[runs[axis] == level, metric])
                low, high = _interval(values)
                numbers = {"value": _mean(values), "std": _std(values), "low": low, "high": high, "n": len(values)}
                records.append({"kind": MARGIN, "axis": axis, "level": str(level), "metric": metric, **numbers})
            if axis == SEED_KEY:
                continue
            if is_numeric(runs[axis]) and len(found) > 2:
                records.append(
                    {"kind": TREND, "axis": axis, "level": "", "metric": metric, **_trend(runs, axis, metric)}
                )
            records += _differences(runs, axis, metric, found, others)
    table = pd.DataFrame.from_records(records, columns=list(EFFECTS_COLUMNS))
    table["reference"] = table["reference"].astype(object).where(table["reference"].notna(), "")
    return table.astype(dict.fromkeys(["value", "std", "low", "high"], "float64") | {"n": "int64"})


def ordered_levels(values: pd.Series) -> list[Any]:
    """Give the levels of an axis: numbers by size, words in the order of the runs."""
    found = list(dict.fromkeys(values))
    return sorted(found) if is_numeric(values) else found


def is_numeric(values: pd.Series) -> bool:
    """Say whether an axis has numbers."""
    return bool(pd.api.types.is_numeric_dtype(values))


def _differences(
    runs: pd.DataFrame, axis: str, metric: str, found: Sequence[Any], others: Sequence[str]
) -> Iterator[dict[str, Any]]:
    reference = runs[runs[axis] == found[0]].set_index(list(others))[metric]
    for level in found[1:]:
        paired = runs[runs[axis] == level].set_index(list(others))[metric] - reference
        values = _defined(paired)
        low, high = _interval(values)
        yield {
            "kind": DIFFERENCE, "axis": axis, "level": str(level), "metric": metric, "reference": str(found[0]),
            "value": _mean(values), "std": _std(values), "low": low, "high": high, "n": len(values),
        }  # fmt: skip


def _trend(runs: pd.DataFrame, axis: str, metric: str) -> dict[str, float]:
    from scipy.stats import spearmanr

    known = runs[[axis, metric]].dropna()
    rho = np.nan
    if len(known) > 2 and np.ptp(known[axis].to_numpy()) > 0 and np.ptp(known[metric].to_numpy()) > 0:
        rho = float(spearmanr(known[axis], known[metric]).statistic)
    low, high = spearman_interval(rho, len(known))
    return {"value": rho, "low": float(low), "high": float(high), "n": len(known)}


def _by_levels(runs: pd.DataFrame, keys: Sequence[str]) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    if not keys:
        yield {}, runs
        return
    for point in runs[list(keys)].drop_duplicates().to_dict("records"):
        same = np.logical_and.reduce([(runs[key] == value).to_numpy() for key, value in point.items()])
        yield {str(key): value for key, value in point.items()}, runs[same]


def _defined(values: pd.Series) -> Floats:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(numbers[np.isfinite(numbers)], dtype=np.float64)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else np.nan


def _std(values: Floats) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else np.nan


def _interval(values: Floats) -> Interval:
    return mean_interval(values) if len(values) >= SEEDS_FOR_INTERVAL else UNKNOWN
