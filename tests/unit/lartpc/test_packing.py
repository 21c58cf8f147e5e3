"""A pack of runs, from images to the states that train_vae makes models of without an epoch of its own."""

import numpy as np
import pandas as pd
import pytest
import torch
from tests.unit.lartpc.test_training import IMAGES, RUN, TRACKS, with_train
from torch.nn.modules.module import register_module_forward_hook

from rootline.core.errors import UserError
from rootline.core.tensors import read_metadata, read_tensors, write_tensors
from rootline.lartpc.latents import encode_tracks
from rootline.lartpc.models import read_model, write_model
from rootline.lartpc.packing import PACK_COLUMNS, train_packed
from rootline.lartpc.packs import PackPlan
from rootline.lartpc.runs import RunConfig, run_id
from rootline.lartpc.training import train_vae
from rootline.lartpc.vae import BetaVAE

RUNS = (
    RUN,
    with_train(seed=3, beta=2.0, epochs=4),
    RUN.model_copy(update={"model": RUN.model.model_copy(update={"latent_dim": 3})}),
)


def train(folder, runs=RUNS, **plan):
    folders = {run_id(run): folder / run_id(run) for run in runs}
    whole = PackPlan(**{"train": tuple(runs), "there": (), "alone": (), **plan})
    return train_packed(IMAGES, TRACKS, whole, checkpoints=folders, label="pack")


@pytest.fixture
def n_passes():
    """Count the passes of single models."""
    passes = []
    hook = register_module_forward_hook(
        lambda module, inputs, output: passes.append(module) if isinstance(module, BetaVAE) else None
    )
    yield passes
    hook.remove()


def test_a_run_takes_its_model_from_the_pack_without_a_pass_of_its_own(tmp_path, n_passes):
    table = train(tmp_path)
    assert list(table) == list(PACK_COLUMNS)
    assert list(table["run"]) == [run_id(run) for run in RUNS]
    assert list(table["outcome"]) == ["all epochs"] * 3
    assert list(table["epochs"]) == ["6", "4", "6"]
    for run, row in zip(RUNS, table.itertuples(), strict=True):
        model = train_vae(IMAGES, TRACKS, run, checkpoints=tmp_path / run_id(run))
        assert n_passes == []
        assert model.device == "cpu"
        assert {key: model.packed[key] for key in ("models", "device", "epochs")} == {
            "models": 3, "device": "cpu", "epochs": run.train.epochs,
        }  # fmt: skip
        best = model.history.loc[model.history["epoch"] == int(row.best_epoch)].iloc[0]
        assert best["kept"] and float(row.val_loss) == best["val_loss"]


def test_its_files_are_those_of_a_single_training_up_to_rounding(tmp_path):
    train(tmp_path)
    for run in RUNS:
        alone = train_vae(IMAGES, TRACKS, run)
        packed = train_vae(IMAGES, TRACKS, run, checkpoints=tmp_path / run_id(run))
        assert alone.packed is None and alone.scale == packed.scale
        assert list(alone.history) == list(packed.history)
        np.testing.assert_allclose(packed.history["train_loss"], alone.history["train_loss"], rtol=1e-5)
        np.testing.assert_allclose(packed.history["val_loss"], alone.history["val_loss"], rtol=0.02)
        latents = []
        for name, trained in (("alone", alone), ("packed", packed)):
            write_model(tmp_path / f"{name}.safetensors", tmp_path / f"{name}.yaml", run, trained)
            latents.append(
                encode_tracks(IMAGES, TRACKS, read_model(tmp_path / f"{name}.safetensors", tmp_path / f"{name}.yaml"))
            )
        assert (tmp_path / "alone.yaml").read_bytes() == (tmp_path / "packed.yaml").read_bytes()
        assert read_metadata(tmp_path / "alone.safetensors") == read_metadata(tmp_path / "packed.safetensors")
        shapes = [
            {key: (array.shape, array.dtype) for key, array in read_tensors(tmp_path / f"{name}.safetensors").items()}
            for name in ("alone", "packed")
        ]
        assert shapes[0] == shapes[1]
        pd.testing.assert_frame_equal(latents[0], latents[1], rtol=0.05, atol=0.05)


def test_what_a_pack_left_is_good_for_another_thread_count_and_device(tmp_path, n_passes, monkeypatch):
    train(tmp_path)
    n_threads = torch.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", str(n_threads + 1))
    torch.set_num_threads(n_threads + 1)
    try:
        assert train_vae(IMAGES, TRACKS, RUN, checkpoints=tmp_path / run_id(RUN)).packed["epochs"] == 6
    finally:
        torch.set_num_threads(n_threads)
    assert n_passes == []


def test_a_finished_run_is_trained_no_more_and_an_unfinished_one_goes_on(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("rootline.core.checkpoints.SHARE_OF_TIME", 1e9)  # save after each epoch
    train_vae(IMAGES, TRACKS, RUNS[1], checkpoints=tmp_path / run_id(RUNS[1]))  # its own training has finished
    before = (tmp_path / run_id(RUNS[1]) / "checkpoint.safetensors").read_bytes()
    table = train(tmp_path)
    assert list(table["epochs"]) == ["6", "4", "6"]
    assert (tmp_path / run_id(RUNS[1]) / "checkpoint.safetensors").read_bytes() == before
    assert f"pack, {run_id(RUNS[1])}: goes on after epoch 4" in capsys.readouterr().err
    assert train_vae(IMAGES, TRACKS, RUNS[1], checkpoints=tmp_path / run_id(RUNS[1])).packed is None
    assert train_vae(IMAGES, TRACKS, RUN, checkpoints=tmp_path / run_id(RUN)).packed["models"] == 2


@pytest.mark.parametrize("change", ["images", "code of the pack"])
def test_a_state_of_other_images_or_another_pack_is_left_aside(tmp_path, capsys, change):
    train(tmp_path, runs=RUNS[::2])
    if change == "images":
        folders = {run_id(run): tmp_path / run_id(run) for run in RUNS}
        train_packed(IMAGES * np.float32(1.01), TRACKS, PackPlan(RUNS[::2], (), ()), checkpoints=folders)
        assert "of a training with other settings, data or code; starting anew" in capsys.readouterr().err
        return
    file = tmp_path / run_id(RUN) / "checkpoint.safetensors"
    note = read_metadata(file)["state"]
    assert note.count('"code": "') == 1
    write_tensors(file, read_tensors(file), {"state": note.replace('"code": "', '"code": "other')})
    train(tmp_path, runs=RUNS[::2])
    text = capsys.readouterr().err
    assert "holds the state of a pack with other code; starting anew" in text
    assert text.count("goes on after epoch 6") == 1


def test_runs_that_are_there_or_alone_are_named_and_nothing_is_trained(tmp_path):
    table = train(tmp_path, runs=(), there=("01234567",), alone=("89abcdef",))
    assert table[["run", "outcome"]].to_numpy().tolist() == [
        ["01234567", "model is there"], ["89abcdef", "left to train_model"],
    ]  # fmt: skip
    assert table["epochs"].isna().all()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_diverges_is_named_and_leaves_its_history(tmp_path):
    table = train(tmp_path, runs=(RUN, with_train(lr=1e5)))
    assert list(table["outcome"]) == ["all epochs", "diverged"]
    assert (tmp_path / run_id(with_train(lr=1e5)) / "diverged.tsv").is_file()


def test_runs_of_other_layers_are_refused(tmp_path):
    other = RunConfig.model_validate(RUN.model_dump() | {"model": {"channels": [8, 16], "activation": "gelu"}})
    with pytest.raises(ValueError, match="only models with the same layers"):
        train(tmp_path, runs=(RUN, other))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU; this machine has none")
def test_a_pack_that_does_not_fit_the_gpu_says_what_to_change(tmp_path):
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e-6)
    try:
        with pytest.raises(UserError, match=r"3 models do not fit the memory .* lower lartpc\.packing\.models"):
            train(tmp_path)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU; this machine has none")
def test_a_pack_of_a_gpu_serves_a_machine_without_one(tmp_path, n_passes, monkeypatch):
    train(tmp_path)
    monkeypatch.setenv("ROOTLINE_DEVICE", "cpu")
    for run in RUNS:
        model = train_vae(IMAGES, TRACKS, run, checkpoints=tmp_path / run_id(run))
        assert (model.device, len(model.history)) == ("cuda", run.train.epochs)
    assert n_passes == []
