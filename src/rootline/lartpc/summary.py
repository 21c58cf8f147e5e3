"""The study in tables: what was run, what each cut left, and what failed or could not be computed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from rootline.core.counted import interval_ends
from rootline.core.readable import plain, with_interval
from rootline.core.tables import EVENT_KEY, TRACK_KEY
from rootline.lartpc.analyses.statistics import wilson_interval

NAMES: Final = {
    "logistic": "logistic regression",
    "mlp": "MLP",
    "chi2": "chi2 log-ratio",
    "chi2_log_ratio": "chi2 log-ratio",
    "mahalanobis": "Mahalanobis distance",
    "reconstruction_error_weighted": "weighted reconstruction error",
}
"""What probes and anomaly scores are called."""


def all_steps(cutflows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Give unit and name of the steps of all samples, unit by unit, in the order of the sample that has most."""
    steps_of: dict[str, list[str]] = {}
    for flow in sorted(cutflows, key=lambda flow: -len(flow["steps"])):
        before: dict[str, int] = {}
        for step in flow["steps"]:
            names, name = steps_of.setdefault(step["unit"], []), step["step"]
            if name not in names:  # of one sample alone: it goes after the step that it follows there
                names.insert(before.get(step["unit"], -1) + 1, name)
            before[step["unit"]] = names.index(name)
    return [(unit, name) for unit, names in steps_of.items() for name in names]


def cutflow_table(
    cutflows: Sequence[Mapping[str, Any]], checks: Sequence[Mapping[str, Any]], latents: pd.DataFrame
) -> pd.DataFrame:
    """Give what each step left of events, clusters and pairs, a column per sample.

    Parameters
    ----------
    cutflows, checks : sequences of mappings
        As `build_tracks` and `join_checks` give them; the latter say how many events were read.
    latents : data frame
        The key of every track.

    Returns
    -------
    data frame of str
        of (events, clusters, pairs), step, and per sample the number that is
        left with its share of the step before and the 95 % interval of that.
    """
    flows = [_with_events(flow, checks, latents) for flow in cutflows]
    steps = all_steps(flows)
    columns: dict[str, list[str]] = {
        "of": [unit if place == 0 or steps[place - 1][0] != unit else "" for place, (unit, _) in enumerate(steps)],
        "step": [name.replace("_", " ") for _, name in steps],
    }
    for flow in flows:
        left: dict[tuple[str, str], str] = {}
        before: dict[str, int] = {}
        for step in flow["steps"]:
            unit, count = step["unit"], int(step["count"])
            left[unit, step["step"]] = str(count) + _share(count, before.get(unit))
            before[unit] = count
        role = str(flow["role"]).replace("_", " ")
        columns[f"{flow['sample']} ({flow['particle']}, {role})"] = [left.get(step, "") for step in steps]
    return pd.DataFrame(columns)


def _with_events(flow: Mapping[str, Any], checks: Sequence[Mapping[str, Any]], latents: pd.DataFrame) -> dict[str, Any]:
    """Put the events that were read before the steps of a sample, and those that have a track after them."""
    mine = [check for check in checks if check["sample"] == flow["sample"]]
    read, bad = (sum(int(check[name]) for check in mine) for name in ("entries", "bad_events"))
    tracked = latents.loc[latents["sample"] == flow["sample"], list(EVENT_KEY)].drop_duplicates()
    steps = [{"unit": "events", "step": "read", "count": read}]
    if bad:
        steps.append({"unit": "events", "step": "well formed", "count": read - bad})
    last = {"unit": "events", "step": "with a track", "count": len(tracked)}
    return {**flow, "steps": [*steps, *flow["steps"], last]}


def _share(count: int, before: int | None) -> str:
    if not before:
        return ""
    low, high = wilson_interval(count, before)
    return f" ({with_interval(100 * count / before, 100 * low, 100 * high)} %)"


def parts_table(latents: pd.DataFrame) -> pd.DataFrame:
    """Count the tracks of each sample and particle in the parts train, val and test."""
    counts = pd.crosstab([latents["sample"], latents["particle"]], latents["part"])
    counts = counts.reindex(columns=["train", "val", "test"], fill_value=0)
    return counts.assign(all=counts.sum(axis=1)).reset_index().rename_axis(columns=None)


def input_table(checks: Sequence[Mapping[str, Any]], cutflows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Count what is malformed, doubled or without partner in the side files, a column per sample.

    Parameters
    ----------
    checks : sequence of mappings
        Reports of the samples as `join_checks` gives them.
    cutflows : sequence of mappings
        As `build_tracks` gives them; their counts of the side files are shown too.
    """
    rows = []
    counted = {flow["sample"]: flow["side_files"] for flow in cutflows}
    for check in checks:
        entries = int(check["entries"])
        row: dict[str, object] = {
            "sample": check["sample"],
            "files": len(check["files"]),
            "events read": entries,
            "malformed, skipped": int(check["bad_events"]),
            "doubled": sum(int(file["duplicate_events"]) for file in check["files"]),
        }
        for side in ("beamline", "reco"):
            found = check.get(side)
            row[f"without {side}"] = entries - int(found["events_with_partner"]) if found else "no such file"
        for name, count in counted.get(check["sample"], {}).items():
            row[str(name).replace("_", " ")] = count
        rows.append(row)
    names = dict.fromkeys(name for row in rows for name in row if name != "sample")
    return pd.DataFrame({"": list(names)} | {str(row["sample"]): [row.get(name, "") for name in names] for row in rows})


def bad_events(checks: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """List the malformed events that were skipped: sample, file, entry, run, subrun, event and reason."""
    return pd.DataFrame(
        [
            {"sample": check["sample"], "file": file["path"], **bad}
            for check in checks
            for file in check["files"]
            for bad in file["bad_events"]
        ]
    )


def undefined_features(features: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Count per particle the tracks on which a feature is not defined; features defined on all are left out."""
    sizes = features["particle"].value_counts().sort_index()
    is_undefined = pd.DataFrame(~np.isfinite(features[list(names)].to_numpy(np.float64)), columns=list(names))
    undefined: pd.DataFrame = is_undefined.groupby(features["particle"].to_numpy()).sum().T
    undefined = undefined[(undefined > 0).any(axis=1)]
    undefined.columns = pd.Index([f"{particle}, of {sizes[particle]}" for particle in undefined.columns])
    return undefined.rename_axis("feature").reset_index()


def undefined_numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count the rows of the analyses in which not one number could be computed.

    Parameters
    ----------
    tables : mapping
        Tables of the analyses by name. A number is what has an interval
        beside it; tables without any, and those with a row per track, are
        left out.

    Returns
    -------
    data frame
        analysis, numbers, rows without any of them, and rows of the table.
    """
    rows = []
    for name, table in tables.items():
        numbers = list(interval_ends(table.columns))
        if not numbers or set(TRACK_KEY) <= set(table.columns):
            continue
        empty = int(table[numbers].isna().all(axis=1).sum())
        if empty:
            rows.append({"analysis": name, "numbers": ", ".join(numbers), "undefined rows": empty, "of": len(table)})
    return pd.DataFrame(rows, columns=["analysis", "numbers", "undefined rows", "of"])


def training_faults(history: pd.DataFrame, epochs: int) -> list[str]:
    """Say in words what is wrong with one training; nothing where nothing is.

    Parameters
    ----------
    history : data frame
        One row per epoch, with the losses and kept.
    epochs : int
        How many it might have had.
    """
    faults = []
    losses = [name for name in history.columns if name.endswith("_loss")]
    broken = history[~np.isfinite(history[losses]).all(axis=1)]
    if len(broken):
        faults.append(f"The loss was not finite in {len(broken)} epochs, first in epoch {broken['epoch'].iloc[0]}.")
    kept = history.loc[history["kept"].astype(bool), "epoch"]
    if kept.empty:
        faults.append("No epoch improved the loss of the validation part.")
    elif int(kept.iloc[-1]) == int(history["epoch"].max()) == epochs:
        faults.append(
            f"The last of {epochs} epochs was the best: the loss was still falling; allow more in lartpc.train.epochs."
        )
    return faults


def key_numbers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Choose the few numbers that a reader looks for first; tables that are not there give no rows."""
    rows = []
    if "probes" in tables:
        probes = tables["probes"]
        for _, row in probes[probes["kind"].isin(["all", "baseline"])].iterrows():
            n = f"{plain(row['n_negative'])} + {plain(row['n_positive'])}"
            rows.append((f"species from latents, {row['selection']} tracks", _name(row["method"]), row, n))
    if "reconstruction" in tables:
        errors = tables["reconstruction"]
        seen = errors["auc"].notna() & ~errors["trained_on"].astype(bool)
        for _, row in errors[seen].sort_values(["particle", "quantity"]).iterrows():
            n = f"{plain(row['n_reference'])} + {plain(row['n'])}"
            rows.append((f"{row['particle']} as an anomaly", _name(row["quantity"]), row, n))
    return pd.DataFrame(
        [
            {
                "question": what,
                "score": name,
                "AUC [95 %]": with_interval(r["auc"], r["auc_low"], r["auc_high"]),
                "n": n,
            }
            for what, name, r, n in rows
        ],
        columns=["question", "score", "AUC [95 %]", "n"],
    )


def _name(method: str) -> str:
    return NAMES.get(method, method.replace("_", " "))
