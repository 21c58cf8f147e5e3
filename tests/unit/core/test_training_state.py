"""Early stopping and the state that a checkpoint keeps, without a model."""

import numpy as np
import pytest

from rootline.core.checkpoints import Checkpoints
from rootline.core.training_state import (
    best_epoch,
    is_finished,
    judge_epoch,
    pack_state,
    start_state,
    unpack_state,
    why_diverged,
)


def after(*losses, min_delta=0.0):
    """The state after epochs with these validation losses; the weights of an epoch are its number."""
    state = start_state()
    for epoch, loss in enumerate(losses, start=1):
        terms = {"loss": loss, "kl": 0.1 * loss}
        arrays = {"w": np.full(3, epoch, np.float32)}
        adam = {"step.w": np.array(epoch, np.float32), "exp_avg.w": -arrays["w"], "exp_avg_sq.w": arrays["w"] ** 2}
        state = judge_epoch(state, terms, terms, weights=arrays, adam=adam, min_delta=min_delta)
    return state


def test_the_best_epoch_keeps_its_weights_while_the_last_ones_are_trained_on():
    state = after(3.0, 1.0, 2.0)
    assert state.best["w"][0] == 2
    assert state.weights["w"][0] == 3
    assert (best_epoch(state), state.best_loss, state.epochs_since_best) == (2, 1.0, 1)
    assert [row["kept"] for row in state.history] == [True, True, False]


def test_an_epoch_that_is_better_by_no_more_than_min_delta_is_not_the_best():
    state = after(3.0, 2.5, 2.25, 1.75, min_delta=0.5)
    assert [row["kept"] for row in state.history] == [True, False, True, False]  # 3 -> 2.25 -> 1.75 falls by just 0.5


def test_a_state_is_not_changed_by_the_epoch_that_follows():
    first = after(3.0)
    judge_epoch(first, {"loss": 1.0}, {"loss": 1.0}, weights={}, adam={}, min_delta=0.0)
    assert len(first.history) == 1
    assert first.best_loss == 3.0


@pytest.mark.parametrize(
    ("losses", "epochs", "patience", "finished"),
    [
        ((), 5, 2, False),
        ((3.0, 2.0), 2, 2, True),
        ((3.0, 4.0), 5, 2, False),
        ((3.0, 4.0, 5.0), 5, 2, True),
        ((3.0, 4.0, 2.0), 5, 2, False),
    ],
)
def test_a_training_ends_with_its_epochs_or_its_patience(losses, epochs, patience, finished):
    assert is_finished(after(*losses), epochs=epochs, patience=patience) == finished


def test_a_state_comes_back_from_a_checkpoint_as_it_was(tmp_path):
    state = after(3.0, 0.1 + 0.2, 2.0)
    Checkpoints(tmp_path, digest="a").save(*pack_state(state))
    found = unpack_state(*Checkpoints(tmp_path, digest="a").find())
    assert found.history == state.history
    assert [list(row) for row in found.history] == [list(row) for row in state.history]
    assert (found.best_loss, found.epochs_since_best) == (state.best_loss, state.epochs_since_best)
    for mine, theirs in ((state.weights, found.weights), (state.best, found.best), (state.adam, found.adam)):
        assert sorted(mine) == sorted(theirs)
        assert all(array.tobytes() == theirs[name].tobytes() for name, array in mine.items())


@pytest.mark.parametrize(
    ("first", "now", "why"),
    [
        (2.0, {"loss": 2000.0}, None),
        (2.0, {"loss": 2001.0}, "train_loss is 2001, over 1000 times the 2 of the first epoch"),
        (2.0, {"loss": 1.0, "kl": np.inf}, "train_kl is inf, val_kl is inf"),
        (0.0, {"loss": 5.0}, None),  # no multiple of nothing, nor of a log likelihood
        (-3.0, {"loss": 5.0}, None),
    ],
)
def test_divergence_is_a_term_that_is_no_number_or_a_loss_far_above_the_first(first, now, why):
    assert why_diverged(after(first), now, now) == why


def test_only_what_is_no_number_makes_the_first_epoch_diverge():
    assert why_diverged(start_state(), {"loss": 1e30}, {"loss": 1.0}) is None
    assert why_diverged(start_state(), {"loss": np.nan}, {"loss": 1.0}) == "train_loss is nan"
