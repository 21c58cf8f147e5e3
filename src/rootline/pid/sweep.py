"""The runs of a sweep side by side: what differs, and how well each selects."""

from collections.abc import Mapping

import pandas as pd

from rootline.core.sweeps import SEED_KEY, differing_keys, flatten
from rootline.pid.runs import RunConfig

SWEEP_KEY = ("run", "species")


def tabulate_sweep(models: pd.DataFrame, runs: Mapping[str, RunConfig]) -> pd.DataFrame:
    """Put what differs between the runs beside the numbers of each.

    Parameters
    ----------
    models : data frame
        As `compare_models` gives it, with run ids for the names of models; n-sigma may be among them.
    runs : mapping
        Run id to its config.

    Returns
    -------
    data frame
        ``run``, ``train.seed``, every further key that differs, as text, and the columns of `models`.
    """
    flat = {run: flatten(config.model_dump(mode="json")) for run, config in runs.items()}
    keys = list(dict.fromkeys([SEED_KEY, *differing_keys(list(flat.values()))]))
    settings = pd.DataFrame([{"run": run, **{key: str(values[key]) for key in keys}} for run, values in flat.items()])
    of_runs = models[models["model"].isin(list(runs))].drop(columns="run").rename(columns={"model": "run"})
    return settings.merge(of_runs, on="run", validate="one_to_many")


def points_of(table: pd.DataFrame) -> list[str]:
    """Name the columns that tell the points of a sweep apart: its settings but the seed."""
    return [name for name in table.columns[1 : list(table.columns).index("species")] if name != SEED_KEY]
