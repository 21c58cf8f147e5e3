"""A pack of runs, from images to the states that train_vae makes models of without an epoch of its own."""

import numpy as np
import pytest
import torch
from tests.unit.lartpc.test_training import IMAGES, RUN, TRACKS, with_train
from torch.nn.modules.module import register_module_forward_hook

from rootline.core.errors import UserError
from rootline.core.runs import run_id
from rootline.lartpc.packing import PACK_COLUMNS, train_packed
from rootline.lartpc.packs import PackPlan
from rootline.lartpc.runs import RunConfig
from rootline.lartpc.training import train_vae
from rootline.lartpc.vae import BetaVAE


def with_model(**changes):
    return RunConfig.model_validate(RUN.model_dump() | {"model": RUN.model.model_dump() | changes})


RUNS = (
    RUN,
    with_train(seed=3, beta=2.0, epochs=4, batch_size=8, transform="sqrt", precision="bfloat16"),
    with_model(latent_dim=3, channels=(4, 6), activation="gelu"),
)


def train(folder, runs=RUNS, there=(), images=IMAGES):
    folders = {run_id(run): folder / run_id(run) for run in runs}
    return train_packed(images, TRACKS, PackPlan(tuple(runs), there), checkpoints=folders, label="pack")


@pytest.fixture
def n_passes():
    """Count the passes of single models."""
    passes = []
    hook = register_module_forward_hook(
        lambda module, inputs, output: passes.append(module) if isinstance(module, BetaVAE) else None
    )
    yield passes
    hook.remove()


def assert_same(model, expected):
    assert model.history.equals(expected.history)
    assert (model.scale, model.device) == (expected.scale, expected.device)
    assert sorted(model.weights) == sorted(expected.weights)
    for name, array in expected.weights.items():
        assert np.array_equal(model.weights[name].reshape(array.shape), array), name


def test_a_run_takes_its_model_from_the_pack_without_a_pass_of_its_own_and_it_is_the_one_trained_alone(
    tmp_path, n_passes
):
    table = train(tmp_path)
    assert list(table) == list(PACK_COLUMNS)
    assert list(table["run"]) == [run_id(run) for run in RUNS]
    assert list(table["outcome"]) == ["all epochs"] * 3
    assert list(table["epochs"]) == ["6", "4", "6"]
    models = []
    n_passes.clear()
    for run, row in zip(RUNS, table.itertuples(), strict=True):
        models.append(train_vae(IMAGES, TRACKS, run, checkpoints=tmp_path / run_id(run)))
        best = models[-1].history.loc[models[-1].history["epoch"] == int(row.best_epoch)].iloc[0]
        assert best["kept"] and float(row.val_loss) == best["val_loss"]
    assert n_passes == []
    for run, model in zip(RUNS, models, strict=True):
        assert_same(model, train_vae(IMAGES, TRACKS, run))


def test_a_finished_state_is_good_for_another_thread_count_and_an_unfinished_one_is_not(
    tmp_path, n_passes, monkeypatch, capsys
):
    monkeypatch.setattr("rootline.core.checkpoints.SHARE_OF_TIME", 1e9)  # save after each epoch
    train(tmp_path, runs=[RUN])
    monkeypatch.setattr(BetaVAE, "forward", stopping(BetaVAE.forward, after=9))
    with pytest.raises(InterruptedError):
        train(tmp_path, runs=RUNS[2:])
    monkeypatch.undo()
    n_threads = torch.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", str(n_threads + 1))
    torch.set_num_threads(n_threads + 1)
    try:
        n_passes.clear()
        assert len(train_vae(IMAGES, TRACKS, RUN, checkpoints=tmp_path / run_id(RUN)).history) == 6
        assert n_passes == []
        train_vae(IMAGES, TRACKS, RUNS[2], checkpoints=tmp_path / run_id(RUNS[2]))
        assert "of a training with other settings, data or code; starting anew" in capsys.readouterr().err
    finally:
        torch.set_num_threads(n_threads)


def stopping(forward, *, after):
    calls = iter(range(after))

    def stop(*arguments):
        if next(calls, None) is None:
            raise InterruptedError
        return forward(*arguments)

    return stop


def test_a_pack_goes_on_from_what_single_trainings_left(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("rootline.core.checkpoints.SHARE_OF_TIME", 1e9)
    train_vae(IMAGES, TRACKS, RUNS[1], checkpoints=tmp_path / run_id(RUNS[1]))  # its own training has finished
    before = (tmp_path / run_id(RUNS[1]) / "checkpoint.safetensors").read_bytes()
    monkeypatch.setattr(BetaVAE, "forward", stopping(BetaVAE.forward, after=9))
    with pytest.raises(InterruptedError):
        train_vae(IMAGES, TRACKS, RUN, checkpoints=tmp_path / run_id(RUN))
    monkeypatch.undo()
    capsys.readouterr()
    table = train(tmp_path)
    assert list(table["epochs"]) == ["6", "4", "6"]
    assert (tmp_path / run_id(RUNS[1]) / "checkpoint.safetensors").read_bytes() == before
    text = capsys.readouterr().err
    assert f"{run_id(RUNS[1])}: goes on after epoch 4" in text
    assert f"{run_id(RUN)}: goes on after epoch" in text
    for run in RUNS:
        assert_same(train_vae(IMAGES, TRACKS, run, checkpoints=tmp_path / run_id(run)), train_vae(IMAGES, TRACKS, run))


def test_a_state_of_other_images_is_left_aside(tmp_path, capsys):
    train(tmp_path, runs=RUNS[::2])
    train(tmp_path, runs=RUNS[::2], images=IMAGES * np.float32(1.01))
    assert capsys.readouterr().err.count("of a training with other settings, data or code; starting anew") == 2


def test_runs_that_are_there_are_named_and_nothing_is_trained(tmp_path):
    table = train(tmp_path, runs=(), there=("01234567",))
    assert table[["run", "outcome"]].to_numpy().tolist() == [["01234567", "model is there"]]
    assert table["epochs"].isna().all()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_diverges_is_named_and_leaves_its_history_and_the_others_go_on(tmp_path, capsys):
    bad = with_train(lr=1e5)
    table = train(tmp_path, runs=(RUN, bad))
    assert list(table["outcome"]) == ["all epochs", "diverged"]
    assert (tmp_path / run_id(bad) / "diverged.tsv").is_file()
    assert f"{run_id(bad)}: the training diverged in epoch" in capsys.readouterr().err
    assert_same(train_vae(IMAGES, TRACKS, RUN, checkpoints=tmp_path / run_id(RUN)), train_vae(IMAGES, TRACKS, RUN))


@pytest.mark.gpu
@pytest.mark.parametrize("graphs", ["0", "1"])
def test_the_models_of_a_pack_are_those_trained_alone_on_a_gpu(tmp_path, monkeypatch, graphs):
    monkeypatch.setenv("ROOTLINE_CUDA_GRAPHS", graphs)
    train(tmp_path)
    for run in RUNS:
        model = train_vae(IMAGES, TRACKS, run, checkpoints=tmp_path / run_id(run))
        assert model.device == "cuda"
        assert_same(model, train_vae(IMAGES, TRACKS, run))


@pytest.mark.gpu
def test_a_pack_that_does_not_fit_the_gpu_says_what_to_change(tmp_path):
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e-6)
    try:
        with pytest.raises(UserError, match=r"3 models do not fit the memory .* lower lartpc\.packing\.models"):
            train(tmp_path)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.gpu
def test_a_pack_of_a_gpu_serves_a_machine_without_one(tmp_path, n_passes, monkeypatch):
    train(tmp_path)
    monkeypatch.setenv("ROOTLINE_DEVICE", "cpu")
    n_passes.clear()
    for run in RUNS:
        model = train_vae(IMAGES, TRACKS, run, checkpoints=tmp_path / run_id(run))
        assert (model.device, len(model.history)) == ("cuda", run.train.epochs)
    assert n_passes == []
