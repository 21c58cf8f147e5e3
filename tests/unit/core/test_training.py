"""The training loop on small models whose right answer is known."""

import signal

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from rootline.core.batches import GRAPHS_VARIABLE
from rootline.core.checkpoints import Checkpoints
from rootline.core.errors import UserError
from rootline.core.model_state import load_weights, to_host
from rootline.core.one_training import Schedule, Task
from rootline.core.training import deterministic, fit, fit_together
from rootline.core.training_state import unpack_state

CPU = torch.device("cpu")
SCHEDULE = Schedule(epochs=12, batch_size=8, lr=1e-2, weight_decay=1e-4, patience=50, min_delta=0.0, seed=3)


class StoppedError(Exception):
    """Ends a training from inside, as a killed job ends."""


class Network(nn.Module):
    """Everything whose state a checkpoint could lose: convolutions, running means, dropout, sampling."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(2, 6, 3, padding=1),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Dropout2d(0.2),
            nn.Conv2d(6, 2, 3, padding=1),
        )

    def forward(self, images):
        return self.layers(images + 0.01 * torch.randn_like(images))


def images(n, seed):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, 2, 8, 8)).astype(np.float32))


def squared(model, batch):
    error = ((model(batch) - batch) ** 2).mean()
    return {"loss": error, "twice": 2 * error}


def train(schedule=SCHEDULE, *, loss=squared, checkpoints=None, train_images=None):
    train_images = images(37, 0) if train_images is None else train_images
    with deterministic(5, CPU):
        return fit(Task(Network(), train_images, images(11, 1), loss, schedule, label="test", checkpoints=checkpoints))


def stopping_after(n_calls):
    calls = iter(range(n_calls))

    def loss(model, batch):
        if next(calls, None) is None:
            raise StoppedError
        return squared(model, batch)

    return loss


def assert_same(fitted, other):
    assert fitted.history == other.history
    assert list(fitted.weights) == list(other.weights)
    for name, array in fitted.weights.items():
        assert array.tobytes() == other.weights[name].tobytes(), name


@pytest.fixture(scope="module")
def undisturbed():
    return train()


def test_training_lowers_the_loss(undisturbed):
    losses = [row["val_loss"] for row in undisturbed.history]
    assert min(losses) < 0.8 * losses[0]


def test_the_same_seed_gives_the_same_bytes(undisturbed):
    assert_same(train(), undisturbed)


def test_another_seed_gives_other_weights(undisturbed):
    other = train(SCHEDULE._replace(seed=4))
    assert any((array != undisturbed.weights[name]).any() for name, array in other.weights.items())


# One epoch is 5 train batches and 2 of validation.
@pytest.mark.parametrize("n_calls", [3, 7, 8, 40, 7 * 12 - 1])
def test_a_killed_training_resumes_to_the_same_bytes(tmp_path, n_calls, undisturbed, monkeypatch):
    monkeypatch.setattr("rootline.core.checkpoints.SHARE_OF_TIME", 1e9)  # save after each epoch
    checkpoints = Checkpoints(tmp_path / "run", digest="a")
    with pytest.raises(StoppedError):
        train(loss=stopping_after(n_calls), checkpoints=checkpoints)
    assert (tmp_path / "run" / "checkpoint.safetensors").exists() == (n_calls >= 7)
    resumed_calls = []

    def counting(model, batch):
        resumed_calls.append(len(batch))
        return squared(model, batch)

    assert_same(train(loss=counting, checkpoints=Checkpoints(tmp_path / "run", digest="a")), undisturbed)
    n_epochs_done = n_calls // 7
    assert len(resumed_calls) == 7 * (12 - n_epochs_done)


def test_the_last_whole_epoch_is_saved_at_the_end_whatever_the_interval(tmp_path, undisturbed):
    folder = tmp_path / "run"
    with pytest.raises(StoppedError):
        train(loss=stopping_after(40), checkpoints=Checkpoints(folder, digest="a", every_minutes=60))
    state = unpack_state(*Checkpoints(folder, digest="a").find())
    assert len(state.history) == 40 // 7
    assert_same(train(checkpoints=Checkpoints(folder, digest="a")), undisturbed)


def test_a_checkpoint_of_another_config_is_left_aside(tmp_path, undisturbed, capsys):
    with pytest.raises(StoppedError):
        train(SCHEDULE._replace(lr=0.5), loss=stopping_after(30), checkpoints=Checkpoints(tmp_path, digest="other"))
    assert_same(train(checkpoints=Checkpoints(tmp_path, digest="this")), undisturbed)
    assert "of a training with other settings, data or code; starting anew" in capsys.readouterr().err


def test_it_stops_when_validation_does_not_improve_and_keeps_the_best_epoch():
    schedule = SCHEDULE._replace(epochs=500, patience=3, min_delta=0.02)
    fitted = train(schedule)
    losses = [row["val_loss"] for row in fitted.history]
    best, since, kept = np.inf, 0, []
    for loss in losses:  # the rule, spelt out
        better = loss < best - 0.02
        kept.append(better)
        best, since = (loss, 0) if better else (best, since + 1)
    assert len(losses) < 500
    assert since == 3
    assert [row["kept"] for row in fitted.history] == kept
    n_best = max(i for i, is_kept in enumerate(kept) if is_kept) + 1
    assert_same(train(schedule._replace(epochs=n_best)), fitted._replace(history=fitted.history[:n_best]))


def test_history_has_the_mean_of_the_batch_means_of_each_term():
    seen = []

    def loss(model, batch):
        terms = squared(model, batch)
        seen.append((model.training, terms["loss"].item()))
        return terms

    row = train(SCHEDULE._replace(epochs=1), loss=loss).history[0]
    assert row["epoch"] == 1
    assert row["train_loss"] == pytest.approx(np.mean([value for training, value in seen if training]))
    assert row["val_loss"] == pytest.approx(np.mean([value for training, value in seen if not training]))
    assert row["val_twice"] == pytest.approx(2 * row["val_loss"])
    assert [training for training, _ in seen] == [True] * 5 + [False] * 2


def test_every_image_is_seen_once_per_epoch_in_another_order():
    data, seen = images(37, 0), []

    def loss(model, batch):
        if model.training:
            seen.append(batch[:, 0, 0, 0].clone())
        return squared(model, batch)

    train(SCHEDULE._replace(epochs=2), loss=loss, train_images=data)
    first, second = torch.cat(seen[:5]), torch.cat(seen[5:])
    assert not torch.equal(first, second)
    for order in (first, second):
        torch.testing.assert_close(order.sort().values, data[:, 0, 0, 0].sort().values)


def test_the_optimiser_is_adam_with_an_l2_penalty():
    """Against torch's plain implementation, batch by batch, on a model without any randomness."""

    def loss(model, batch):
        return {"loss": ((model(batch) - 1) ** 2).mean()}

    data = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    schedule = Schedule(epochs=5, batch_size=8, lr=0.1, weight_decay=0.3, patience=9, min_delta=-1e9, seed=0)
    torch.manual_seed(0)
    model, reference = nn.Linear(3, 1), nn.Linear(3, 1)
    reference.load_state_dict(model.state_dict())
    fitted = fit(Task(model, data, data, loss, schedule, label="test"))
    adam = torch.optim.Adam(reference.parameters(), lr=0.1, weight_decay=0.3, foreach=False, fused=False)
    for _ in range(5):
        adam.zero_grad()
        loss(reference, data)["loss"].backward()
        adam.step()
    np.testing.assert_allclose(fitted.weights["weight"], reference.weight.detach(), rtol=1e-5)


def poisoned(n_calls, factor):
    """The loss, multiplied by `factor` from the call `n_calls` on."""
    calls = iter(range(n_calls))

    def loss(model, batch):
        terms = squared(model, batch)
        return terms if next(calls, None) is not None else {name: term * factor for name, term in terms.items()}

    return loss


@pytest.mark.parametrize(
    ("factor", "message"),
    [
        (
            float("nan"),
            r"test: the training diverged in epoch 1: train_loss is nan, train_twice is nan, val_loss is nan",
        ),
        (float("inf"), r"train_loss is (inf|nan)"),
    ],
)
def test_a_loss_that_is_no_number_ends_the_training_with_advice(factor, message):
    with pytest.raises(UserError, match=message + r".*What to try: lower the learning rate"):
        train(loss=poisoned(0, factor))


def test_a_loss_a_thousand_times_that_of_the_first_epoch_ends_the_training():
    assert len(train(loss=poisoned(14, 1e2)).history) == SCHEDULE.epochs
    message = r"in epoch 3: train_loss is .*, over 1000 times the .* of the first epoch; the best .* in epoch 2"
    with pytest.raises(UserError, match=message):
        train(loss=poisoned(14, 1e5))


def test_a_diverged_training_leaves_its_history_and_fails_at_once_when_tried_again(tmp_path, undisturbed):
    def fail(n_calls):
        loss = poisoned(n_calls, float("nan"))
        calls = []

        def counting(model, batch):
            calls.append(len(batch))
            return loss(model, batch)

        with pytest.raises(UserError, match="diverged in epoch 9") as caught:
            train(loss=counting, checkpoints=Checkpoints(tmp_path, digest="a", every_minutes=60))
        return str(caught.value), len(calls)

    text, n_calls = fail(8 * 7)
    assert n_calls == 9 * 7
    assert str(tmp_path / "diverged.tsv") in text
    kept = pd.read_csv(tmp_path / "diverged.tsv", sep="\t")
    pd.testing.assert_frame_equal(kept[:8], pd.DataFrame(undisturbed.history[:8]), check_exact=True)
    assert kept["epoch"][8] == 9
    assert np.isnan(kept["val_loss"][8])
    assert fail(0) == (text, 7)


SCHEDULES = [SCHEDULE, SCHEDULE._replace(seed=4, epochs=5), SCHEDULE._replace(batch_size=16, lr=3e-3)]


def train_together(schedules=SCHEDULES, *, losses=(squared,) * 3, checkpoints=(None,) * 3):
    with deterministic(0, CPU):
        tasks = []
        for place, schedule in enumerate(schedules):
            torch.manual_seed(5)
            data, loss, saved = (images(37, 0), images(11, 1)), losses[place], checkpoints[place]
            tasks.append(Task(Network(), *data, loss, schedule, label=f"run{place}", checkpoints=saved))
        return fit_together(tasks, label="all")


def checkpoints_in(folder):
    return [Checkpoints(folder / str(place), digest="a", every_minutes=60) for place in range(3)]


def test_models_trained_side_by_side_have_the_bytes_that_they_have_alone():
    for schedule, fitted in zip(SCHEDULES, train_together(), strict=True):
        assert_same(fitted, train(schedule))


@pytest.mark.parametrize("n_calls", [20, 40])  # in the third epoch of the second one, and after its end
def test_trainings_that_are_stopped_together_go_on_to_the_same_bytes(tmp_path, n_calls):
    with pytest.raises(StoppedError):
        train_together(losses=(squared, squared, stopping_after(n_calls)), checkpoints=checkpoints_in(tmp_path))
    lengths = [len(unpack_state(*saved.find()).history) for saved in checkpoints_in(tmp_path)]
    assert lengths[1] == min(n_calls // 7 + 1, 5)
    fitted = train_together(checkpoints=checkpoints_in(tmp_path))
    for schedule, one in zip(SCHEDULES, fitted, strict=True):
        assert_same(one, train(schedule))


def test_one_that_diverges_ends_alone(tmp_path):
    losses = (squared, poisoned(8, float("nan")), squared)
    fitted = train_together(losses=losses, checkpoints=checkpoints_in(tmp_path))
    assert isinstance(fitted[1], UserError)
    assert "run1: the training diverged in epoch 2" in str(fitted[1])
    for place in (0, 2):
        assert_same(fitted[place], train(SCHEDULES[place]))


def test_a_finished_training_is_taken_from_its_checkpoint_without_a_step(tmp_path):
    first = train(checkpoints=Checkpoints(tmp_path, digest="a", finished="b", every_minutes=60))
    again = train(loss=stopping_after(0), checkpoints=Checkpoints(tmp_path, digest="other machine", finished="b"))
    assert_same(again, first)
    assert again.device == "cpu"


def test_a_signal_ends_all_of_them_with_their_states_saved(tmp_path, capsys):
    calls = iter(range(20))

    def interrupted(model, batch):
        if next(calls, None) is None:
            signal.raise_signal(signal.SIGUSR1)
        return squared(model, batch)

    with pytest.raises(SystemExit) as ended:
        train_together(losses=(squared, interrupted, squared), checkpoints=checkpoints_in(tmp_path))
    assert ended.value.code == 128 + signal.SIGUSR1
    text = capsys.readouterr().err
    for place, saved in enumerate(checkpoints_in(tmp_path)):
        n_epochs = len(unpack_state(*saved.find()).history)
        assert n_epochs >= 2
        assert f"run{place}: ended by SIGUSR1; epoch {n_epochs} is saved in {tmp_path / str(place)}" in text


def test_too_few_samples_are_an_error():
    with pytest.raises(UserError, match=r"test: 1 samples to train on and 11 to validate with"):
        train(train_images=images(1, 0))


def test_torch_is_left_as_it_was():
    torch.manual_seed(11)
    before = torch.get_rng_state()
    train(SCHEDULE._replace(epochs=1))
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.are_deterministic_algorithms_enabled()


def test_weights_come_back_as_they_were():
    model, other = Network(), Network()
    weights = to_host(model.state_dict())
    load_weights(other, weights)
    for name, array in to_host(other.state_dict()).items():
        np.testing.assert_array_equal(array, weights[name])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda weights: weights.pop("layers.0.bias"), r"lack layers\.0\.bias"),
        (lambda weights: weights.update(more=np.zeros(2)), r"have an unknown more"),
        (lambda weights: weights.update({"layers.0.bias": np.zeros(7)}), r"layers\.0\.bias has shape \(7,\).* \(6,\)"),
    ],
)
def test_weights_of_another_model_are_refused(change, message):
    weights = to_host(Network().state_dict())
    change(weights)
    with pytest.raises(ValueError, match=message):
        load_weights(Network(), weights)


def train_on_gpu(*, loss=squared, checkpoints=None, schedule=SCHEDULE):
    device = torch.device("cuda")
    with deterministic(5, device):
        data = images(37, 0).to(device), images(11, 1).to(device)
        return fit(Task(Network(), *data, loss, schedule, label="test", checkpoints=checkpoints))


@pytest.mark.gpu
@pytest.mark.parametrize("graphs", ["0", "1"])
def test_the_same_seed_gives_the_same_bytes_on_a_gpu(monkeypatch, capsys, graphs):
    monkeypatch.setenv(GRAPHS_VARIABLE, graphs)
    assert_same(train_on_gpu(), train_on_gpu())
    assert "without CUDA graphs" not in capsys.readouterr().err


@pytest.mark.gpu
def test_cuda_graphs_train_as_single_steps_do(monkeypatch):
    """With the same random numbers; the libraries may choose other kernels while a graph is recorded."""
    calls = []

    def counting(model, batch):
        calls.append(model.training)
        return squared(model, batch)

    replayed = train_on_gpu(loss=counting)
    assert len(calls) == 4 * (3 + 1)  # full and last batch, train and val: each warmed up three times, recorded once
    monkeypatch.setenv(GRAPHS_VARIABLE, "0")
    stepped = train_on_gpu()
    assert len(replayed.history) == len(stepped.history) == SCHEDULE.epochs
    for name in ("train_loss", "val_loss", "train_twice", "val_twice"):
        losses = [[row[name] for row in fitted.history] for fitted in (replayed, stepped)]
        np.testing.assert_allclose(*losses, rtol=1e-4, err_msg=name)
    for name, array in stepped.weights.items():
        np.testing.assert_allclose(replayed.weights[name], array, rtol=1e-3, atol=1e-4, err_msg=name)


@pytest.mark.gpu
@pytest.mark.parametrize("graphs", ["0", "1"])
def test_models_trained_side_by_side_on_a_gpu_have_the_bytes_that_they_have_alone(monkeypatch, graphs):
    monkeypatch.setenv(GRAPHS_VARIABLE, graphs)
    device = torch.device("cuda")
    with deterministic(5, device):
        tasks = []
        for schedule in SCHEDULES:
            torch.manual_seed(5)
            data = images(37, 0).to(device), images(11, 1).to(device)
            tasks.append(Task(Network(), *data, squared, schedule, label="test"))
        fitted = fit_together(tasks, label="all")
    for schedule, one in zip(SCHEDULES, fitted, strict=True):
        assert_same(one, train_on_gpu(schedule=schedule))


@pytest.mark.gpu
@pytest.mark.parametrize("n_epochs", [1, 7])
def test_a_training_by_cuda_graphs_resumes_to_the_same_bytes(tmp_path, n_epochs):
    train_on_gpu(schedule=SCHEDULE._replace(epochs=n_epochs), checkpoints=Checkpoints(tmp_path, digest="a"))
    assert Checkpoints(tmp_path, digest="a").find() is not None
    assert_same(train_on_gpu(checkpoints=Checkpoints(tmp_path, digest="a")), train_on_gpu())


@pytest.mark.gpu
def test_a_step_that_no_graph_can_record_is_trained_without(monkeypatch, capsys):
    def waiting(model, batch):
        terms = squared(model, batch)
        assert np.isfinite(terms["loss"].item())  # waits for the GPU
        return terms

    found = train_on_gpu(loss=waiting)
    assert "test: trains without CUDA graphs, which cannot record it" in capsys.readouterr().err
    monkeypatch.setenv(GRAPHS_VARIABLE, "0")
    assert_same(found, train_on_gpu())
