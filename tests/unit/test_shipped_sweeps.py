"""The sweeps that are shipped: how many runs they are, and that they mean what their comments say."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rootline.core.config import parse_config, read_yaml
from rootline.core.runs import run_id
from rootline.core.splits import assign_parts
from rootline.core.sweeps import SweepConfig, expand_sweep
from rootline.lartpc.runs import RunConfig, TrainConfig

FOLDER = Path(__file__).resolve().parents[2] / "config" / "sweeps"
SHORT = RunConfig(train=TrainConfig(epochs=50, patience=10))


def runs_of(name):
    sweep = parse_config(read_yaml(FOLDER / f"{name}.yaml"), SweepConfig, source=name)
    return expand_sweep(sweep, SHORT, source=name)


@pytest.mark.parametrize(
    ("name", "number"),
    [("architecture", 192), ("latent_size", 96), ("training_fraction", 27), ("transforms", 6), ("resampling", 6)],
)
def test_a_sweep_is_as_many_different_runs_as_it_says(name, number):
    runs = runs_of(name)
    assert len(runs) == number == len({run_id(run) for run in runs})
    assert all(run.images.size == 48 and run.train.epochs <= 200 for run in runs)


def test_the_large_sweeps_do_not_depend_on_how_long_the_config_trains():
    for name in ("architecture", "latent_size", "training_fraction"):
        assert {run.train.epochs for run in runs_of(name)} == {200}


def test_the_latent_sizes_go_to_128_in_steps_of_4():
    assert sorted({run.model.latent_dim for run in runs_of("latent_size")}) == list(range(4, 132, 4))


def test_a_smaller_training_part_lies_within_each_larger_one_and_all_stop_on_the_same_tracks():
    events = pd.DataFrame({"run": 1, "subrun": 1, "event": np.arange(3000)})
    splits = {run.split.train: run.split for run in runs_of("training_fraction")}
    assert sorted(splits) == pytest.approx(np.arange(0.5, 0.91, 0.05))
    parts = [assign_parts(events, splits[train]).to_numpy() for train in sorted(splits)]
    for smaller, larger in pairwise(parts):
        assert set(np.flatnonzero(smaller == "train")) < set(np.flatnonzero(larger == "train"))
        np.testing.assert_array_equal(smaller == "val", larger == "val")
    assert (parts[-1] == "test").sum() == 0
