"""The runs of a sweep side by side: one row of numbers per run, taken from the tables of its analyses."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from rootline.core.errors import UserError
from rootline.core.runs import run_id
from rootline.core.sweeps import SEED_KEY, differing_keys, flatten
from rootline.lartpc.analyses.sweep_metrics import ANOMALY_SCORES, CALORIMETRIC, LABEL_FREE
from rootline.lartpc.runs import RunConfig

RUNS_KEY: Final = ("place",)

Level = int | float | str


def swept_keys(runs: Sequence[RunConfig]) -> list[str]:
    """Name the keys, other than the seed, that are not the same in all runs, in the order of the config."""
    return [key for key in differing_keys([flatten(run.model_dump(mode="json")) for run in runs]) if key != SEED_KEY]


def levels(run: RunConfig, keys: Sequence[str]) -> dict[str, Level]:
    """Give the values of some dotted keys, lists written as ``32-64``."""
    flat = flatten(run.model_dump(mode="json"))
    found: dict[str, Level] = {}
    for key in keys:
        value = flat[key]
        if isinstance(value, list):
            found[key] = "-".join(map(str, value))
        else:
            found[key] = value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
    return found


def tabulate_runs(
    runs: Sequence[RunConfig],
    histories: Mapping[str, pd.DataFrame],
    parameters: Mapping[str, int],
    tables: Mapping[str, Mapping[str, pd.DataFrame]],
) -> pd.DataFrame:
    """Give one row per run with what was swept and what came of it.

    Parameters
    ----------
    runs : sequence of RunConfig
        The runs of one sweep.
    histories, parameters : mapping
        Run id to the history of its training, and to its number of trained parameters.
    tables : mapping
        Run id to the tables of its analyses: reconstruction, probes,
        regression, clustering; one that is not there gives no columns.

    Returns
    -------
    data frame
        place (in the sweep as its file says it), run, the swept keys, train.seed, n_parameters, n_epochs, val_loss (of
        the weights that were kept), and per table, each with ``_low``, ``_high``
        and ``_n`` where the analysis has them: error_<particle> and
        error_weighted_<particle> (mean over tracks not trained on),
        auc_<anomaly score>, auc_<probe>, r2_<category>_<model> (mean over the
        features of a category, all tracks; ``_n`` counts features), ari_<method> (of clusters that know no
        species, all tracks).

    Raises
    ------
    UserError
        If there is no run.
    """
    if not runs:
        raise UserError("the sweep has no runs; give its file a grid, rows or seeds, or exclude less")
    keys = swept_keys(runs)
    readers = {"reconstruction": _errors, "probes": _probes, "regression": _regressions, "clustering": _clusterings}
    rows = []
    for place, run in enumerate(runs):
        name = run_id(run)
        history = histories[name]
        row: dict[str, Any] = {"place": place, "run": name, **levels(run, keys), SEED_KEY: run.train.seed}
        row |= {"n_parameters": parameters[name], "n_epochs": len(history), "val_loss": _kept_loss(history)}
        for table, read in readers.items():
            if table in tables[name]:
                row |= read(tables[name][table])
        rows.append(row)
    return pd.DataFrame.from_records(rows)


def metric_names(runs: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Name the columns of `tabulate_runs` that are results."""
    settings = {"place", "run", SEED_KEY, *keys}
    ends = ("_low", "_high", "_n")
    return [str(name) for name in runs.columns if name not in settings and not str(name).endswith(ends)]


def _kept_loss(history: pd.DataFrame) -> float:
    kept = history.loc[history["kept"].astype(bool), "val_loss"]
    return float(kept.iloc[-1]) if len(kept) else np.nan


def _number(name: str, row: Mapping[Hashable, Any], value: str, n: str | None) -> dict[str, float]:
    ends = {f"{name}{end}": float(row[f"{value}{end}"]) for end in ("", "_low", "_high")}
    return ends | ({} if n is None else {f"{name}_n": float(row[n])})


def _errors(table: pd.DataFrame) -> dict[str, float]:
    found: dict[str, float] = {}
    unseen = table[~table["trained_on"].astype(bool)]
    for row in unseen.to_dict("records"):
        if row["quantity"] in ANOMALY_SCORES[:2]:
            name = "error" + str(row["quantity"]).removeprefix("reconstruction_error")
            found |= _number(f"{name}_{row['particle']}", row, "mean", "n")
        if np.isfinite(row["auc"]):
            found |= _number(f"auc_{row['quantity']}_{row['particle']}", row, "auc", "n")
    return found


def _probes(table: pd.DataFrame) -> dict[str, float]:
    of_all = table[(table["selection"] == "all") & table["kind"].isin(["all", "baseline"])]
    found: dict[str, float] = {}
    for row in of_all.to_dict("records"):
        row["n"] = row["n_negative"] + row["n_positive"]
        found |= _number(f"auc_{row['method']}", row, "auc", "n")
    return found


def _regressions(table: pd.DataFrame) -> dict[str, float]:
    of_all = table[(table["group"] == "all") & table["category"].isin(CALORIMETRIC) & table["r2"].notna()]
    found: dict[str, float] = {}
    for (category, model), rows in of_all.groupby(["category", "model"], sort=True):
        found |= {f"r2_{category}_{model}": float(rows["r2"].mean()), f"r2_{category}_{model}_n": float(len(rows))}
    return found


def _clusterings(table: pd.DataFrame) -> dict[str, float]:
    of_all = (table["score"] == "ari") & (table["selection"] == "all") & (table["particle"] == "all")
    chosen = table[of_all & table["method"].isin(LABEL_FREE)]
    found: dict[str, float] = {}
    for row in chosen.to_dict("records"):
        name = f"ari_{row['method']}"
        found |= {name: row["value"], f"{name}_low": row["low"], f"{name}_high": row["high"], f"{name}_n": row["n"]}
    return found
