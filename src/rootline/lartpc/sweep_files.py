"""The files of the runs of one sweep, read side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from safetensors import SafetensorError, safe_open

from rootline.core.refusals import unreadable
from rootline.core.sweeps import flatten
from rootline.core.tables import read_frame
from rootline.lartpc.analyses.sweep_runs import tabulate_runs
from rootline.lartpc.runs import read_run

TABLE_KEYS = {
    "reconstruction": ("quantity", "particle", "trained_on"),
    "probes": ("selection", "kind", "method", "inputs"),
    "regression": ("group", "feature", "model"),
    "clustering": ("method", "selection", "particle", "component", "score"),
}
"""Tables of a run that a sweep is summarised from, with their keys."""

_OF_MODELS = ("config.yaml", "history.parquet")
_BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


def read_runs(models: Path, analysis: Path, runs: Sequence[str], tables: Sequence[str]) -> pd.DataFrame:
    """Read the runs of a sweep to one row each, as `tabulate_runs` describes it.

    Parameters
    ----------
    models, analysis : path
        The folders that hold a folder of each run.
    runs : sequence of str
        Run ids; the order of the rows.
    tables : sequence of str
        Those of TABLE_KEYS to read.

    Raises
    ------
    UserError
        If a file is missing or damaged.
    """
    return tabulate_runs(
        [read_run(models / run / "config.yaml") for run in runs],
        {run: read_frame(models / run / "history.parquet", key=("epoch",)) for run in runs},
        {run: count_parameters(models / run / "model.safetensors") for run in runs},
        {
            run: {name: read_frame(analysis / run / f"{name}.parquet", key=TABLE_KEYS[name]) for name in tables}
            for run in runs
        },
    )


def files_of_runs(models: Path, analysis: Path, runs: Sequence[str], tables: Sequence[str]) -> dict[str, list[Path]]:
    """Name what `read_runs` takes numbers from, by kind and in the order of the runs: thousands of runs have few kinds.

    Weights are left out: they are counted alone, and to hash those of
    thousands of runs would take longer than the summary.
    """
    of_models = {f"models/*/{name}": [models / run / name for run in runs] for name in _OF_MODELS}
    return of_models | {
        f"analysis/*/{name}.parquet": [analysis / run / f"{name}.parquet" for run in runs] for name in tables
    }


def read_settings(models: Path, found: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Read the values of the swept keys of the best point, as a config has them; nothing where there is none.

    Parameters
    ----------
    models : path
        The folder that holds a folder of each run.
    found : mapping
        As `choose_best` gives it.
    keys : sequence of str
        The swept keys.
    """
    runs = (found["chosen"] or {"runs": {}})["runs"]
    flat: dict[str, Any] = {}
    for run in runs.values():  # they differ in the seed alone
        flat = flatten(read_run(models / run / "config.yaml").model_dump(mode="json"))
    return {key: flat[key] for key in keys if key in flat}


def count_parameters(model: Path) -> int:
    """Count the trained parameters of a model file from its header; the statistics of batch normalisation are none."""
    try:
        with safe_open(model, framework="np") as stream:
            names = [name for name in stream.keys() if not name.endswith(_BUFFERS)]  # noqa: SIM118 (no mapping)
            shapes = [stream.get_slice(name).get_shape() for name in names]
    except (SafetensorError, OSError) as error:
        raise unreadable(model, "safetensors", error) from error
    total = 0
    for shape in shapes:
        size = 1
        for side in shape:
            size *= side
        total += size
    return total
