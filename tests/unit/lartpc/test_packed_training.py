"""A pack trains each of its models as it is trained alone: seeds, order, patience, resuming, diverging.

In double precision both agree to far below what any slip would change. In
single precision the last bits differ; what they grow to is measured by a
single training whose first weights are moved by one bit.
"""

import signal
from functools import partial

import numpy as np
import pytest
import torch
from torch.nn.modules.module import register_module_forward_hook

from rootline.core.checkpoints import Checkpoints
from rootline.core.errors import UserError
from rootline.core.seeds import seed_for
from rootline.core.training import Schedule, deterministic, fit
from rootline.core.training_state import start_state, unpack_state
from rootline.lartpc.packed_epochs import Member
from rootline.lartpc.packed_training import fit_pack
from rootline.lartpc.packed_vae import PackedVAE
from rootline.lartpc.runs import ModelConfig, TrainConfig
from rootline.lartpc.vae import BetaVAE, vae_loss

CPU = torch.device("cpu")
SIZE = 8
ARCHITECTURE = {"channels": (6, 8)}
# Latents and training of three runs: all in which the runs of a pack may differ.
RUNS = [
    (2, {"seed": 0, "beta": 0.5, "lr": 5e-3, "epochs": 9}),
    (5, {"seed": 1, "beta": 4, "signal_weight": 2, "signal_threshold": 0.5, "weight_decay": 1e-2, "epochs": 7}),
    (3, {"seed": 0, "beta": 1, "lr": 2e-3, "weight_decay": 1e-3, "epochs": 9}),
]


class StoppedError(Exception):
    """Ends a training from inside, as a killed job ends."""


def images(n, seed):
    """A vertical track per image whose position and charge vary."""
    rng = np.random.default_rng(seed)
    drawn = np.zeros((n, 2, SIZE, SIZE))
    for image in drawn:
        image[:, :, rng.integers(0, SIZE)] = rng.uniform(3, 6)
    return torch.from_numpy(drawn)


TRAIN, VAL = images(70, 0), images(19, 1)  # batches of 16: 5 and 2, the last ones not full


def setting(changes):
    return TrainConfig(batch_size=16, **changes)


def first_model(latents, train, architecture, dtype):
    torch.manual_seed(seed_for(train.seed, "weights"))
    return BetaVAE(ModelConfig(latent_dim=latents, **architecture), size=SIZE).to(dtype)


def alone(run, *, architecture=None, dtype=torch.float64, nudge=False, checkpoints=None, device=CPU):
    latents, train = run[0], setting(run[1])
    with deterministic(0, device):
        model = first_model(latents, train, architecture or ARCHITECTURE, dtype)
        if nudge:
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.copy_(torch.nextafter(parameter, torch.full_like(parameter, 9)))
        names = ("beta", "signal_weight", "signal_threshold")
        return fit(
            model.to(device),
            TRAIN.to(device, dtype),
            VAL.to(device, dtype),
            partial(vae_loss, **{name: getattr(train, name) for name in names}),
            Schedule(**{name: getattr(train, name) for name in Schedule._fields}),
            label="alone",
            checkpoints=checkpoints,
        )


def checkpoints_in(folder, place):
    return Checkpoints(folder / str(place), digest="same")


def together(runs, folder, *, architecture=None, dtype=torch.float64, device=CPU):
    """Train a pack and give how each model ended and the state that it left."""
    with deterministic(0, device):
        members = []
        for place, (latents, changes) in enumerate(runs):
            saved = checkpoints_in(folder, place)
            found = saved.find()
            state = start_state() if found is None else unpack_state(*found)
            train = setting(changes)
            model = first_model(latents, train, architecture or ARCHITECTURE, dtype)
            members.append(Member(f"run{place}", model, train, state, saved))
        ended = fit_pack(members, TRAIN.to(device, dtype), VAL.to(device, dtype), label="pack", code="c")
    return ended, states_in(folder, len(runs))


def states_in(folder, n):
    found = [checkpoints_in(folder, place).find() for place in range(n)]
    return [None if each is None else unpack_state(*each) for each in found]


def assert_agrees(state, fitted, *, atol=1e-6):
    assert [list(row) for row in state.history] == [list(row) for row in fitted.history]
    for row, expected in zip(state.history, fitted.history, strict=True):
        assert row == pytest.approx(expected, rel=1e-8)
        assert row["train_loss"] == pytest.approx(expected["train_loss"], rel=1e-12)
    assert sorted(state.best) == sorted(fitted.weights)
    for name, array in fitted.weights.items():
        assert state.best[name].dtype == array.dtype
        np.testing.assert_allclose(state.best[name].reshape(array.shape), array, atol=atol, err_msg=name)


@pytest.mark.parametrize(
    "architecture",
    [
        ARCHITECTURE,
        {"channels": (6,), "kernel": 3, "padding": 1, "activation": "leaky_relu"},
        {"channels": (4, 4, 6), "kernel": 4, "padding": 1, "activation": "gelu"},
        {"channels": (6, 8), "activation": "softplus", "dropout": 0.3},
    ],
    ids=str,
)
def test_the_models_of_a_pack_are_those_of_single_trainings(architecture, tmp_path):
    ended, states = together(RUNS, tmp_path, architecture=architecture)
    for run, end, state in zip(RUNS, ended, states, strict=True):
        fitted = alone(run, architecture=architecture)
        assert_agrees(state, fitted)
        assert end.diverged is None and end.history == state.history
        assert state.packed == {"models": 3, "device": "cpu", "code": "c", "epochs": run[1]["epochs"]}
    encoded = [BetaVAE(ModelConfig(latent_dim=2, **architecture), size=SIZE).double().eval() for _ in range(2)]
    for model, weights in zip(
        encoded, (states[0].best, alone(RUNS[0], architecture=architecture).weights), strict=True
    ):
        own = model.state_dict()
        model.load_state_dict({name: torch.from_numpy(weights[name]).reshape(own[name].shape) for name in own})
    with torch.no_grad():
        torch.testing.assert_close(encoded[0].encode(VAL), encoded[1].encode(VAL), rtol=1e-4, atol=1e-5)


def test_single_precision_differs_no_more_than_one_bit_in_the_first_weights_makes(tmp_path):
    runs = [(latents, {**changes, "epochs": 12}) for latents, changes in RUNS]
    _, states = together(runs, tmp_path, dtype=torch.float32)
    for run, state in zip(runs, states, strict=True):
        fitted, nudged = alone(run, dtype=torch.float32), alone(run, dtype=torch.float32, nudge=True)

        def distance(history, of, fitted=fitted):
            return max(abs(row[of] / other[of] - 1) for row, other in zip(history, fitted.history, strict=True))

        assert 0 < distance(state.history, "train_loss") < 1e-5
        # Validation also sees the biases before a normalisation, which rounding alone moves.
        assert distance(state.history, "val_loss") < 10 * distance(nudged.history, "val_loss") + 1e-5
        assert distance(state.history, "val_loss") < 0.05


def test_models_stop_early_at_epochs_of_their_own_and_keep_their_best(tmp_path):
    runs = [
        (2, {"seed": 0, "lr": 3e-2, "epochs": 40, "patience": 2, "min_delta": 3.0}),
        (2, {"seed": 5, "lr": 3e-2, "epochs": 40, "patience": 5, "min_delta": 1.0}),
        (4, {"seed": 0, "lr": 5e-3, "epochs": 6}),
    ]
    _, states = together(runs, tmp_path)
    lengths = [len(state.history) for state in states]
    assert lengths[0] < 40 and lengths[1] < 40 and lengths[2] == 6 and len(set(lengths)) == 3
    for run, state in zip(runs, states, strict=True):
        assert_agrees(state, alone(run))


def test_a_pack_goes_on_from_runs_that_stand_at_different_epochs(tmp_path, monkeypatch):
    monkeypatch.setattr("rootline.core.checkpoints.SHARE_OF_TIME", 1e9)  # save after each epoch
    for place, n_epochs in ((0, 4), (2, 1)):  # run 1 has not begun
        calls = iter(range(7 * n_epochs))

        def stop(module, inputs, output, calls=calls):
            if isinstance(module, BetaVAE) and next(calls, None) is None:
                raise StoppedError

        hook = register_module_forward_hook(stop)
        with pytest.raises(StoppedError):
            alone(RUNS[place], checkpoints=checkpoints_in(tmp_path, place))
        hook.remove()
    assert [0 if state is None else len(state.history) for state in states_in(tmp_path, 3)] == [4, 0, 1]
    _, states = together(RUNS, tmp_path)
    for run, state, n_packed in zip(RUNS, states, (5, 7, 8), strict=True):
        assert_agrees(state, alone(run))
        assert state.packed["epochs"] == n_packed


@pytest.mark.parametrize("share", [1e9, 1e-9])  # states after each epoch, and none but those at the end
def test_a_pack_that_is_killed_goes_on_after_the_last_whole_epoch(tmp_path, monkeypatch, share):
    monkeypatch.setattr("rootline.core.checkpoints.SHARE_OF_TIME", share)
    undisturbed = together(RUNS, tmp_path / "undisturbed")[1]
    calls = iter(range(7 * 8 + 3))  # in the ninth epoch, when the second model is out
    loss = PackedVAE.loss

    def stop(*arguments, **options):
        if next(calls, None) is None:
            raise StoppedError
        return loss(*arguments, **options)

    monkeypatch.setattr(PackedVAE, "loss", stop)
    with pytest.raises(StoppedError):
        together(RUNS, tmp_path)
    assert [len(state.history) for state in states_in(tmp_path, 3)] == [8, 7, 8]
    monkeypatch.setattr(PackedVAE, "loss", loss)
    _, states = together(RUNS, tmp_path)
    for state, expected in zip(states, undisturbed, strict=True):
        assert state.history == expected.history
        for name, array in expected.best.items():
            assert state.best[name].tobytes() == array.tobytes(), name
    assert [state.packed["models"] for state in states] == [2, 3, 2]


def test_a_signal_ends_a_pack_with_its_states_saved(tmp_path, monkeypatch, capsys):
    calls = iter(range(7 * 2 + 3))  # in the third epoch
    loss = PackedVAE.loss

    def interrupted(*arguments, **options):
        if next(calls, None) is None:
            signal.raise_signal(signal.SIGUSR1)
        return loss(*arguments, **options)

    monkeypatch.setattr("rootline.core.checkpoints.SHARE_OF_TIME", 1e-9)
    monkeypatch.setattr(PackedVAE, "loss", interrupted)
    with pytest.raises(SystemExit) as ended:
        together(RUNS, tmp_path)
    assert ended.value.code == 128 + signal.SIGUSR1
    assert [len(state.history) for state in states_in(tmp_path, 3)] == [2, 2, 2]
    assert "pack: ended by SIGUSR1; the same command goes on from what is saved" in capsys.readouterr().err


def test_a_single_training_goes_on_from_what_a_pack_left(tmp_path):
    short = [(latents, {**changes, "epochs": 3}) for latents, changes in RUNS]
    together(short, tmp_path)
    for place, run in enumerate(RUNS):
        fitted = alone(run, checkpoints=checkpoints_in(tmp_path, place))
        assert fitted.packed["epochs"] == 3
        expected = alone(run)
        assert_agrees(states_in(tmp_path, 3)[place]._replace(best=fitted.weights, history=fitted.history), expected)


def test_a_model_that_diverges_ends_alone_and_is_named(tmp_path, capsys):
    runs = [RUNS[0], (5, {"seed": 1, "lr": 1e4, "epochs": 9}), RUNS[2]]
    ended, states = together(runs, tmp_path)
    with pytest.raises(UserError, match="diverged in epoch"):
        alone(runs[1])
    assert ended[1].diverged and 1 <= len(ended[1].history) < 9
    assert f"pack, run1: diverged in epoch {len(ended[1].history)}: " in capsys.readouterr().err
    table = (tmp_path / "1" / "diverged.tsv").read_text().splitlines()
    assert len(table) == 1 + len(ended[1].history)
    if states[1] is not None:  # as it was before that epoch
        assert states[1].history == ended[1].history[:-1]
    for place in (0, 2):
        assert_agrees(states[place], alone(runs[place]))


def test_too_little_to_train_on_is_an_error(tmp_path):
    train = setting(RUNS[0][1])
    member = Member(
        "run", first_model(2, train, ARCHITECTURE, torch.float64), train, start_state(), checkpoints_in(tmp_path, 0)
    )
    with pytest.raises(UserError, match="pack: 1 samples to train on and 19 to validate with"):
        fit_pack([member], TRAIN[:1], VAL, label="pack", code="c")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU; this machine has none")
@pytest.mark.parametrize("graphs", ["0", "1"])
def test_the_models_of_a_pack_are_those_of_single_trainings_on_a_gpu(tmp_path, monkeypatch, graphs):
    monkeypatch.setenv("ROOTLINE_CUDA_GRAPHS", graphs)
    device = torch.device("cuda")
    _, states = together(RUNS, tmp_path, device=device)
    for run, state in zip(RUNS, states, strict=True):
        assert_agrees(state, alone(run, device=device))
