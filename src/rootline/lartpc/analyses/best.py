"""The best point of a sweep by a criterion that is stated with it."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import yaml

from rootline.core.sweeps import SEED_KEY
from rootline.lartpc.analyses.settings.best import BestConfig
from rootline.lartpc.analyses.sweep_metrics import goal_of, incomparable_keys, needs_labels
from rootline.lartpc.analyses.sweep_summary import SEEDS_FOR_INTERVAL

RUNNERS_UP: Final = 3

WITH_LABELS: Final = "The labels of the tracks went into the choice: on the same tracks its scores are too good; quote those of other tracks"
WITHOUT_LABELS: Final = (
    "No label of a particle went into the choice; its value is still the best of several, hence a little too good"
)


def choose_best(
    summary: pd.DataFrame, runs: pd.DataFrame, keys: Sequence[str], options: BestConfig, *, species: Sequence[str]
) -> dict[str, Any]:
    """Choose the best point of a sweep: by default the smallest model within one standard error of the best value.

    The standard error is that of the best point over its seeds; with fewer
    than `SEEDS_FOR_INTERVAL` of them it is not known, and the best value is
    taken.

    Parameters
    ----------
    summary, runs : data frame
        As `summarise_points` and `tabulate_runs` give them.
    keys : sequence of str
        The swept keys.
    options : BestConfig
        The criterion.
    species : sequence of str
        What the models were trained on.

    Returns
    -------
    dict
        Ready for JSON: criterion (in words), metric, goal, labels (whether
        they went into it), caution, n_points (that have the number), and
        chosen, best_value, runners_up, each a point with its runs by seed,
        n_parameters, value, std, low, high, n_seeds. Where nothing can be
        chosen, chosen is null and reason says why.
    """
    goal = options.goal or goal_of(options.metric)
    labels = needs_labels(options.metric, species)
    found: dict[str, Any] = {
        "criterion": _criterion(options, goal),
        "metric": options.metric,
        "goal": goal,
        "labels": labels,
        "caution": WITH_LABELS if labels else WITHOUT_LABELS,
    }
    if different := incomparable_keys(options.metric, keys):
        return found | _nothing(
            f"{options.metric} has other units where {', '.join(different)} differs; name another number in "
            "lartpc.analyses.best.metric, such as r2_bragg_ridge"
        )
    points = _points(summary, runs, keys, options.metric)
    if not points:
        return found | _nothing(f"no run has {options.metric}; there may be too few tracks for it")
    sign = 1.0 if goal == "min" else -1.0
    ranked = sorted(points, key=lambda point: (sign * point["value"], point["n_parameters"]))
    best = ranked[0]
    known = best["n_seeds"] >= SEEDS_FOR_INTERVAL
    error = best["std"] / np.sqrt(best["n_seeds"]) if known else 0.0
    close = [point for point in ranked if sign * (point["value"] - best["value"]) <= options.within * error]
    chosen = min(close, key=lambda point: point["n_parameters"])
    return found | {
        "n_points": len(points),
        "standard_error": error if known else None,
        "chosen": chosen,
        "best_value": best,
        "runners_up": [point for point in ranked if point is not chosen][:RUNNERS_UP],
    }


def describe_best(found: Mapping[str, Any]) -> list[str]:
    """Say in sentences what was chosen and why, or why nothing."""
    if found["chosen"] is None:
        return [f"No best point: {found['reason']}."]
    chosen = found["chosen"]
    seeds = "1 run" if chosen["n_seeds"] == 1 else f"{chosen['n_seeds']} runs"
    criterion = f"Criterion: {found['criterion']}."
    if found["standard_error"] is None:
        criterion += (
            f" With fewer than {SEEDS_FOR_INTERVAL} seeds no standard error is known, and the best value counts."
        )
    return [
        f"Best of {found['n_points']}: {chosen['point']}.",
        f"{found['metric']} = {describe_value(chosen)}, {seeds}, {chosen['n_parameters']:,} parameters.",
        criterion,
        f"{found['caution']}.",
    ]


def describe_value(point: Mapping[str, Any]) -> str:
    """Write the value of a point with its interval, or its spread, or alone."""
    if point["low"] is not None:
        return f"{point['value']:.4g} [{point['low']:.4g}, {point['high']:.4g}]"
    return f"{point['value']:.4g}" + (f" +- {point['std']:.2g}" if point["std"] is not None else "")


def write_config(found: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Give the chosen point as part of a config, YAML with what it is as comments.

    Parameters
    ----------
    found : dict
        As `choose_best` gives it.
    settings : mapping
        Dotted keys of a run and their values, those that were swept.
    """
    lines = [f"# {line}" for text in describe_best(found) for line in textwrap.wrap(text, 110)]
    if found["chosen"] is None:
        return "\n".join([*lines, ""])
    lines += [f"# run {run}: {SEED_KEY} {seed}" for seed, run in found["chosen"]["runs"].items()]
    nested: dict[str, Any] = {}
    for key, value in settings.items():
        *sections, name = key.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    if not nested:
        return "\n".join([*lines, "# Only seeds differ: the config stays as it is.", ""])
    return "\n".join([*lines, yaml.safe_dump({"lartpc": nested}, sort_keys=False, default_flow_style=None)])


def _criterion(options: BestConfig, goal: str) -> str:
    extreme = f"the {'largest' if goal == 'max' else 'smallest'} mean {options.metric} over seeds"
    if options.within == 0:
        return extreme
    reach = "one standard error" if options.within == 1 else f"{options.within:g} standard errors"
    return f"the fewest parameters within {reach} of {extreme}"


def _nothing(reason: str) -> dict[str, Any]:
    return {
        "n_points": 0,
        "standard_error": None,
        "chosen": None,
        "reason": reason,
        "best_value": None,
        "runners_up": [],
    }


def _points(summary: pd.DataFrame, runs: pd.DataFrame, keys: Sequence[str], metric: str) -> list[dict[str, Any]]:
    sizes = summary[summary["metric"] == "n_parameters"].set_index("point")["mean"]
    of_metric = summary[(summary["metric"] == metric) & summary["mean"].notna()]
    points = []
    for row in of_metric.to_dict("records"):
        same = runs[
            np.logical_and.reduce([np.ones(len(runs), bool), *((runs[key] == row[key]).to_numpy() for key in keys)])
        ]
        points.append(
            {
                "point": row["point"],
                "runs": {str(seed): str(run) for seed, run in zip(same[SEED_KEY], same["run"], strict=True)},
                "n_parameters": int(sizes[row["point"]]),
                "value": float(row["mean"]),
                **{name: float(row[name]) if np.isfinite(row[name]) else None for name in ("std", "low", "high")},
                "n_seeds": int(row["n_seeds"]),
            }
        )
    return points
