"""Runs of a sweep side by side."""

import pandas as pd

from rootline.core.runs import run_id
from rootline.pid.runs import RunConfig
from rootline.pid.sweep import points_of, tabulate_sweep

RUNS = {
    run_id(run): run
    for depth in (5, 10)
    for seed in (0, 1)
    for run in [RunConfig.model_validate({"trees": {"max_depth": depth}, "train": {"seed": seed}})]
}


def models(**more):
    rows = [
        {"model": run, "species": name, "f1": 0.5, "n_species": 10}
        for run in [*RUNS, "nsigma"]
        for name in ("kaon", "proton")
    ]
    return pd.DataFrame(rows).assign(**more, run=[row["model"] for row in rows])


def test_what_differs_stands_beside_the_numbers_of_each_run():
    table = tabulate_sweep(models(), RUNS)
    assert list(table.columns) == ["run", "train.seed", "trees.max_depth", "species", "f1", "n_species"]
    assert len(table) == 8 and set(table["run"]) == set(RUNS)
    for row in table.to_dict("records"):
        assert row["trees.max_depth"] == str(RUNS[row["run"]].trees.max_depth)
    assert points_of(table) == ["trees.max_depth"]
