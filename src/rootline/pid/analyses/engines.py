"""Models ready to be timed: by the library that made them and by ONNX Runtime, on one thread and on several."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from rootline.pid.analyses.throughput import LIBRARY, ONNX, Engine, Score
from rootline.pid.inputs import class_numbers, raw_inputs
from rootline.pid.models import Network, read_network
from rootline.pid.network_export import MeasuredNetwork
from rootline.pid.onnx_models import OnnxModel
from rootline.pid.runs import RunConfig, read_run
from rootline.pid.trees import fit_trees


def prepare_engines(
    folders: Mapping[str, Path], train: pd.DataFrame, *, threads: int
) -> dict[Engine, Callable[[], Score]]:
    """Give what `time_scoring` measures.

    Parameters
    ----------
    folders : mapping of paths
        Of each model, by its name.
    train : data frame
        Cleaned tracks of the train part: trees are fitted again, because only
        their ONNX is kept, which scikit-learn cannot read.
    threads : int
        Beside one.
    """
    engines: dict[Engine, Callable[[], Score]] = {}
    for name, folder in folders.items():
        run = read_run(folder / "config.yaml")
        if run.is_trees:
            use: Callable[[int], Score] = partial(use_trees, _fit(run, train, threads))
        else:
            use = partial(use_torch, read_network(folder / "model.safetensors", folder / "config.yaml"))
        for n in sorted({1, threads}):
            engines[Engine(name, LIBRARY, n)] = partial(use, n)
            engines[Engine(name, ONNX, n)] = partial(OnnxModel, folder / "model.onnx", threads=n)
    return engines


def _fit(run: RunConfig, train: pd.DataFrame, threads: int) -> Any:
    inputs, classes = raw_inputs(train), class_numbers(train)
    return fit_trees(inputs, classes, run.trees, kind=run.kind, seed=run.train.seed, threads=threads)  # type: ignore[arg-type]


def use_trees(estimator: Any, threads: int) -> Score:
    """Give the function by which scikit-learn scores with a model of `fit_trees`, on so many threads."""
    if "n_jobs" in estimator[-1].get_params():  # of a forest alone
        estimator[-1].set_params(n_jobs=threads)
    score: Score = estimator.predict_proba
    return score


def use_torch(network: Network, threads: int) -> Score:
    """Give the function by which torch scores with a network, on so many threads; they are set for the whole process."""
    torch.set_num_threads(threads)
    return MeasuredNetwork(network.module, network.scaling).score
