"""Engines give the probabilities of their model on any number of threads."""

import numpy as np
import pytest
from tests.unit.pid.table_fakes import fake_tracks, with_parts

from rootline.core.runs import write_run
from rootline.pid.analyses.engines import prepare_engines, use_torch
from rootline.pid.analyses.throughput import Engine
from rootline.pid.inputs import class_numbers, raw_inputs
from rootline.pid.models import read_network, write_network
from rootline.pid.runs import RunConfig
from rootline.pid.training import train_network
from rootline.pid.tree_export import export_trees
from rootline.pid.trees import fit_trees

TABLE = with_parts(fake_tracks(300))
TRAIN = TABLE[TABLE["part"] == "train"]


@pytest.mark.parametrize("kind", ["forest", "boosting"])
def test_trees_that_are_fitted_again_are_those_that_were_exported(kind, tmp_path):
    run = RunConfig.model_validate({"kind": kind, "trees": {"n": 5, "max_depth": 4}})
    write_run(tmp_path / "config.yaml", run)
    export_trees(
        tmp_path / "model.onnx", fit_trees(raw_inputs(TRAIN), class_numbers(TRAIN), run.trees, kind=kind, seed=0)
    )
    engines = prepare_engines({"trees": tmp_path}, TRAIN, threads=2)
    assert set(engines) == {Engine("trees", engine, n) for engine in ("library", "onnx") for n in (1, 2)}
    inputs = raw_inputs(TABLE)
    scores = {engine: prepare()(inputs) for engine, prepare in engines.items()}
    for engine, found in scores.items():
        np.testing.assert_allclose(found, scores[Engine("trees", "library", 1)], atol=1e-5, err_msg=str(engine))


def test_torch_gives_the_scores_of_the_network(tmp_path):
    run = RunConfig.model_validate({"kind": "mlp", "train": {"epochs": 1, "batch_size": 64}})
    write_network(tmp_path / "model.safetensors", tmp_path / "config.yaml", run, train_network(TABLE, run))
    network = read_network(tmp_path / "model.safetensors", tmp_path / "config.yaml")
    inputs = raw_inputs(TABLE)
    np.testing.assert_allclose(use_torch(network, 1)(inputs), network.score(inputs), atol=1e-6)
    assert len(prepare_engines({"mlp": tmp_path}, TRAIN, threads=1)) == 2
