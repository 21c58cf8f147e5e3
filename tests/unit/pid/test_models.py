"""Networks on disk, and their training."""

import numpy as np
import pytest
import torch
from tests.unit.pid.table_fakes import fake_tracks, with_parts

from rootline.core.batches import wants_graphs
from rootline.core.errors import UserError
from rootline.core.runs import write_run
from rootline.pid.inputs import raw_inputs
from rootline.pid.models import read_network, write_network
from rootline.pid.runs import RunConfig
from rootline.pid.training import train_network

TABLE = with_parts(fake_tracks(500))
SECOND = with_parts(fake_tracks(300, sample="data", seed=1, shift=15))
SHORT = {"epochs": 2, "batch_size": 64}


def run_of(**values):
    return RunConfig.model_validate({"train": SHORT, **values})


def saved(folder, run, **others):
    write_network(folder / "model.safetensors", folder / "config.yaml", run, train_network(TABLE, run, **others))
    return read_network(folder / "model.safetensors", folder / "config.yaml")


@pytest.mark.parametrize("kind", ["mlp", "ensemble", "mapper", "attention"])
def test_a_network_is_read_back_as_it_was_trained(kind, tmp_path):
    run = run_of(kind=kind)
    trained = train_network(TABLE, run)
    read = saved(tmp_path, run)
    assert read.run == run and len(trained.history) == 2
    for name, values in read.module.state_dict().items():
        np.testing.assert_array_equal(values.numpy(), trained.weights[name].reshape(values.shape))
    inputs = raw_inputs(TABLE)
    found = read.score(inputs)
    assert found.shape == (500, 6) and ((found > 0) & (found < 1)).all()


def test_an_adversary_is_trained_with_tracks_of_the_second_domain_whose_species_it_never_sees(tmp_path):
    run = run_of(kind="mapper", network={"adversary": True, "domain": "data"})
    network = saved(tmp_path, run, second=SECOND)
    other = train_network(TABLE, run, second=SECOND.assign(species="proton"))
    unshifted = train_network(TABLE, run, second=with_parts(fake_tracks(300, sample="data", seed=1)))
    weights = network.module.state_dict()["head.0.weight"].numpy()
    np.testing.assert_array_equal(weights, other.weights["head.0.weight"])
    assert not np.array_equal(weights, unshifted.weights["head.0.weight"])
    assert network.mapped(raw_inputs(TABLE)).shape == (500, 32)
    assert set(other.history.columns) >= {"train_targets", "train_domain", "val_domain"}


@pytest.mark.parametrize("part", ["train", "val"])
def test_an_adversary_without_a_track_of_the_second_domain_is_refused(part):
    run = run_of(kind="mapper", network={"adversary": True, "domain": "data"})
    message = f"the second domain data has no track in its {part} part: give it more files or loosen pid.cleaning"
    with pytest.raises(UserError, match=message):
        train_network(TABLE, run, second=SECOND[SECOND["part"] != part])


def test_a_training_goes_on_where_it_was_interrupted_and_ends_the_same(tmp_path):
    run = run_of(kind="mlp", train=SHORT | {"epochs": 4})
    whole = train_network(TABLE, run)
    train_network(TABLE, run, checkpoints=tmp_path)
    assert any(tmp_path.iterdir())
    again = train_network(TABLE, run, checkpoints=tmp_path)
    assert again.history.drop(columns="seconds", errors="ignore").equals(
        whole.history.drop(columns="seconds", errors="ignore")
    )
    for name, values in whole.weights.items():
        np.testing.assert_array_equal(again.weights[name].reshape(values.shape), values)


def test_files_of_different_runs_and_trees_are_refused(tmp_path):
    saved(tmp_path, run_of(kind="mlp"))
    write_run(tmp_path / "config.yaml", run_of(kind="mlp", train=SHORT | {"seed": 1}))
    with pytest.raises(UserError, match="keep the two files together"):
        read_network(tmp_path / "model.safetensors", tmp_path / "config.yaml")
    write_run(tmp_path / "config.yaml", run_of(kind="forest"))
    with pytest.raises(UserError, match="is of a forest, which is no network"):
        read_network(tmp_path / "model.safetensors", tmp_path / "config.yaml")


def test_too_few_tracks_are_refused():
    with pytest.raises(UserError, match="needs 2 and 1"):
        train_network(TABLE[TABLE["part"] != "val"], run_of(kind="mlp"))


NETWORKS = {
    **{kind: {"kind": kind} for kind in ("mlp", "ensemble", "mapper", "attention")},
    "adversary": {"kind": "mapper", "network": {"adversary": True, "domain": "data"}},
}


def trained(name, **network):
    """Train one of the networks, with this in its config."""
    values = NETWORKS[name]
    run = run_of(**values | {"network": values.get("network", {}) | network})
    return train_network(TABLE, run, second=SECOND if name == "adversary" else None)


@pytest.mark.gpu
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_trained_on_a_gpu_by_cuda_graphs_to_the_same_bytes(name, capsys):
    first, second = trained(name), trained(name)
    assert first.device == "cuda" and wants_graphs(torch.device("cuda"))
    assert "without CUDA graphs" not in capsys.readouterr().err
    for layer, weights in first.weights.items():
        np.testing.assert_array_equal(weights, second.weights[layer])


@pytest.mark.gpu
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_learns_on_a_gpu_what_it_learns_on_the_cpu(name, monkeypatch):
    on_gpu = trained(name, dropout=0.0)  # which draws other numbers on the other device
    monkeypatch.setenv("ROOTLINE_DEVICE", "cpu")
    on_cpu = trained(name, dropout=0.0)
    losses = [column for column in on_cpu.history if column.startswith(("train_", "val_"))]
    assert len(losses) >= 2
    np.testing.assert_allclose(on_gpu.history[losses], on_cpu.history[losses], rtol=1e-3)
