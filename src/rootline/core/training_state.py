"""Where a training stands after an epoch: plain dicts of NumPy arrays that know no model and no device.

Array conventions:
    weights  name of a parameter or buffer -> its values
    adam     "<term>.<name of a parameter>" -> Adam's step (a scalar), exp_avg and exp_avg_sq (as the parameter)
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

ADAM_TERMS: Final = ("step", "exp_avg", "exp_avg_sq")

DIVERGED: Final = 1000.0
"""A training has diverged when its train loss is this many times that of its first epoch.

The first epoch begins with random weights, whose loss is about the spread of
the data, so there is no way up for a training that works: in 48 small
trainings with learning rates of 0.003 to 3, 35 stayed below 1.03 times their
first epoch and 13 became infinite. A factor of 1000 leaves room for a rough
start of an unlike loss; what is merely bad is ended by the patience.
"""


class TrainingState(NamedTuple):
    """All that a training needs to go on after an epoch; its arrays are never written to again.

    Attributes
    ----------
    history : list of dict
        One row per epoch: epoch (from 1), ``train_*`` and ``val_*`` for each
        term of the loss, and kept (True where the weights became the best).
    weights, adam : dict
        The model and its optimiser after the last epoch; empty before the first.
    best : dict
        The weights of the best epoch.
    best_loss : float
        The validation loss of that epoch; infinite before the first.
    epochs_since_best : int
        How many epochs ago that was.
    device : str
        The type of the device that did the last epoch; empty before the first.
    """

    history: list[dict[str, Any]]
    weights: Arrays
    adam: Arrays
    best: Arrays
    best_loss: float
    epochs_since_best: int
    device: str = ""


def start_state() -> TrainingState:
    """Give the state before the first epoch."""
    return TrainingState(history=[], weights={}, adam={}, best={}, best_loss=np.inf, epochs_since_best=0)


def judge_epoch(
    state: TrainingState,
    trained: Mapping[str, float],
    validated: Mapping[str, float],
    *,
    weights: Arrays,
    adam: Arrays,
    min_delta: float,
    device: str = "cpu",
) -> TrainingState:
    """Give the state after one more epoch.

    The epoch is the best one if its validation loss is lower than the best
    so far by more than `min_delta`.

    Parameters
    ----------
    state : TrainingState
        After the epoch before.
    trained, validated : dict
        Mean of each term of the loss over the epoch; ``loss`` of `validated` decides.
    weights, adam : dict
        The model and its optimiser after this epoch, which nobody may write to afterwards.
    min_delta : float
        In units of the loss.
    device : str
        The type of the device that did it.
    """
    better = validated["loss"] < state.best_loss - min_delta
    return TrainingState(
        history=[*state.history, history_row(state, trained, validated, kept=better)],
        weights=weights,
        adam=adam,
        best=weights if better else state.best,
        best_loss=validated["loss"] if better else state.best_loss,
        epochs_since_best=0 if better else state.epochs_since_best + 1,
        device=device,
    )


def why_diverged(state: TrainingState, trained: Mapping[str, float], validated: Mapping[str, float]) -> str | None:
    """Say what is wrong with the epoch that follows `state`, None if nothing is.

    It has diverged if any term of the loss is not finite, or if the train
    loss is above `DIVERGED` times that of the first epoch, where that is
    positive.
    """
    terms = _named(trained, validated)
    if broken := [f"{name} is {value:g}" for name, value in terms.items() if not np.isfinite(value)]:
        return ", ".join(broken)
    first = state.history[0]["train_loss"] if state.history else 0.0
    if 0 < DIVERGED * first < trained["loss"]:
        return f"train_loss is {trained['loss']:.5g}, over {DIVERGED:g} times the {first:.5g} of the first epoch"
    return None


def history_row(
    state: TrainingState, trained: Mapping[str, float], validated: Mapping[str, float], *, kept: bool
) -> dict[str, Any]:
    """Give the row of the epoch that follows `state`."""
    return {"epoch": len(state.history) + 1, **_named(trained, validated), "kept": kept}


def _named(trained: Mapping[str, float], validated: Mapping[str, float]) -> dict[str, float]:
    names = {f"train_{name}": value for name, value in trained.items()}
    return names | {f"val_{name}": value for name, value in validated.items()}


def is_finished(state: TrainingState, *, epochs: int, patience: int) -> bool:
    """Whether no epoch follows: `epochs` are done, or the last `patience` of them brought nothing better."""
    return len(state.history) >= epochs or state.epochs_since_best >= patience


def best_epoch(state: TrainingState) -> int:
    """Give the number, from 1, of the epoch whose weights are the best."""
    return max(int(row["epoch"]) for row in state.history if row["kept"])


def pack_state(state: TrainingState) -> tuple[Arrays, dict[str, Any]]:
    """Give arrays and note of `state` as `rootline.core.checkpoints.Checkpoints` saves them."""
    arrays = {f"model.{name}": array for name, array in state.weights.items()}
    arrays |= {f"best.{name}": array for name, array in state.best.items()}
    arrays |= {f"adam.{name}": array for name, array in state.adam.items()}
    note = {
        "history": state.history,
        "best_loss": state.best_loss,
        "epochs_since_best": state.epochs_since_best,
        "device": state.device,
    }
    return arrays, note


def unpack_state(arrays: Mapping[str, NDArray[Any]], note: Mapping[str, Any]) -> TrainingState:
    """Give the state that `pack_state` packed; a scalar may come back as an array of one."""
    return TrainingState(
        weights=_below(arrays, "model."), best=_below(arrays, "best."), adam=_below(arrays, "adam."), **note
    )


def _below(arrays: Mapping[str, NDArray[Any]], prefix: str) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
