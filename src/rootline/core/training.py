"""One training loop: seeded, deterministic, resumable, with early stopping and the best weights kept.

It knows no study: a model, two tensors and a function that gives the loss.
Nothing in an epoch waits for the GPU; losses and weights are read at its end.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rootline.core.batches import BatchPass, capture_graphs, rows_in_order, wait_for, wants_graphs
from rootline.core.checkpoints import Checkpoints
from rootline.core.errors import UserError
from rootline.core.model_state import adam_tensors, load_weights, start_adam, to_host, weights_of
from rootline.core.screen import Progress, tell
from rootline.core.seeds import generator, seed_for
from rootline.core.signals import hold_signals, signal_name
from rootline.core.training_state import (
    Arrays,
    TrainingState,
    best_epoch,
    history_row,
    is_finished,
    judge_epoch,
    pack_state,
    start_state,
    unpack_state,
    why_diverged,
)

LossFunction = Callable[[Any, Tensor], dict[str, Tensor]]
"""From the model and a batch to named scalars, each a mean over the batch; ``loss`` is minimised, the others are recorded."""


class Schedule(NamedTuple):
    """How long and in what steps to train; `weight_decay` is Adam's L2 penalty.

    Training stops after `patience` epochs in which the validation loss did
    not fall by more than `min_delta` below the best one.
    """

    epochs: int
    batch_size: int
    lr: float
    weight_decay: float
    patience: int
    min_delta: float
    seed: int


class Fit(NamedTuple):
    """What a training leaves.

    Attributes
    ----------
    weights : dict
        The state of the best epoch by name, as NumPy arrays.
    history : list of dict
        One row per epoch, see `TrainingState`.
    packed : dict or None
        As in `TrainingState`.
    """

    weights: Arrays
    history: list[dict[str, Any]]
    packed: dict[str, Any] | None


@contextmanager
def deterministic(seed: int, device: torch.device) -> Iterator[None]:
    """Compute deterministically inside; torch's seeds and switches are put back as they were afterwards."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic with this alone
    if (n_threads := os.environ.get("OMP_NUM_THREADS", "")).isdigit() and int(n_threads) > 0:
        torch.set_num_threads(int(n_threads))
    memory: Any = torch.utils.deterministic
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.backends.cudnn.benchmark,
        memory.fill_uninitialized_memory,
    )
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        # Some operations have no deterministic form on Apple's GPUs: there, warn.
        torch.use_deterministic_algorithms(True, warn_only=device.type == "mps")
        torch.backends.cudnn.benchmark = False
        memory.fill_uninitialized_memory = False  # one kernel more per tensor, and nothing here reads such memory
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before[0])
            torch.backends.cudnn.benchmark, memory.fill_uninitialized_memory = before[1:]


def fit(
    model: nn.Module,
    train: Tensor,
    val: Tensor,
    loss: LossFunction,
    schedule: Schedule,
    *,
    label: str,
    advice: str = "lower the learning rate",
    checkpoints: Checkpoints | None = None,
) -> Fit:
    """Train `model` in place and give the weights of its best epoch.

    The same seed, data, device and thread count give the same bytes, whether
    or not the training was interrupted and went on from a checkpoint.
    Validation draws the same random numbers in every epoch, so that epochs
    are compared on equal terms. A mean over an epoch is the mean of its batch
    means.

    Whatever ends the training early, the state after the last whole epoch is
    saved first: an error, or a signal that `hold_signals` holds, which ends
    the program at the next batch.

    Parameters
    ----------
    model : nn.Module
        On the device where it shall be trained.
    train, val : (n, ...) float32 tensors
        All samples, on the same device.
    loss : function
        See `LossFunction`.
    schedule : Schedule
        How long and in what steps.
    label : str
        How the progress lines call this training.
    advice : str
        What to do about a training that diverged.
    checkpoints : Checkpoints, optional
        Where to keep the state after an epoch and look for it at the start.

    Raises
    ------
    UserError
        If there is nothing to train on or to validate with, or the training
        diverges, see `why_diverged`. Its history is then kept beside its
        state; another try goes on from that state and ends the same way.
    """
    if len(train) < 2 or len(val) < 1:
        raise UserError(
            f"{label}: {len(train)} samples to train on and {len(val)} to validate with; needs 2 and 1 at least. "
            "Give more input, looser cuts or other shares of the split"
        )
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    saved = None if checkpoints is None else checkpoints.find()
    state = kept = start_state() if saved is None else unpack_state(*saved)
    if state.history:
        tell(f"  {label}: goes on after epoch {len(state.history)}")
    if is_finished(state, epochs=schedule.epochs, patience=schedule.patience):
        return _conclude(label, state, schedule)
    run_epoch = _epochs(model, train, val, loss, schedule, state, label)
    counter = Progress(label, total=(schedule.epochs - len(state.history)) * len(train), unit="samples")
    with hold_signals() as end_if_asked:
        try:
            while not is_finished(state, epochs=schedule.epochs, patience=schedule.patience):
                epoch = len(state.history) + 1
                done = run_epoch(epoch, end_if_asked)
                _refuse_divergence(label, state, done, checkpoints, advice)
                state = judge_epoch(
                    state,
                    done.trained,
                    done.validated,
                    weights=done.weights,
                    adam=done.adam,
                    min_delta=schedule.min_delta,
                )
                if checkpoints is not None and checkpoints.due:
                    checkpoints.save(*pack_state(state))
                    kept = state
                counter.advance(
                    len(train),
                    f"epoch {epoch} of {schedule.epochs}, val {done.validated['loss']:.5g}, best {state.best_loss:.5g}",
                )
            end_if_asked()
        except BaseException as error:
            if checkpoints is not None and state is not kept:
                checkpoints.save(*pack_state(state))
            if name := signal_name(error):
                tell(f"  {label}: ended by {name}; {_describe_kept(state, checkpoints)}")
            raise
    return _conclude(label, state, schedule)


def _conclude(label: str, state: TrainingState, schedule: Schedule) -> Fit:
    tell(
        f"  {label}: {len(state.history)} of at most {schedule.epochs} epochs, "
        f"best validation loss {state.best_loss:.5g} in epoch {best_epoch(state)}"
    )
    return Fit(state.best, state.history, state.packed)


def _describe_kept(state: TrainingState, checkpoints: Checkpoints | None) -> str:
    if checkpoints is None or not state.history:
        return f"its {len(state.history)} epochs are lost"
    return f"epoch {len(state.history)} is saved in {checkpoints.folder}, the same command goes on from there"


def _refuse_divergence(
    label: str, state: TrainingState, done: "_Epoch", checkpoints: Checkpoints | None, advice: str
) -> None:
    why = why_diverged(state, done.trained, done.validated)
    if why is None:
        return
    text = f"{label}: the training diverged in epoch {len(state.history) + 1}: {why}"
    if state.history:
        text += f"; the best validation loss was {state.best_loss:.5g} in epoch {best_epoch(state)}"
    if checkpoints is not None:
        file = checkpoints.save_history([*state.history, history_row(state, done.trained, done.validated, kept=False)])
        text += f". Its losses up to there are in {file}"
    raise UserError(f"{text}. What to try: {advice}")


class _Epoch(NamedTuple):
    """The means of an epoch, and model and optimiser after it."""

    trained: dict[str, float]
    validated: dict[str, float]
    weights: Arrays
    adam: Arrays


def _epochs(
    model: nn.Module,
    train: Tensor,
    val: Tensor,
    loss: LossFunction,
    schedule: Schedule,
    state: TrainingState,
    label: str,
) -> Callable[[int, Callable[[], None]], _Epoch]:
    """Put model and optimiser in `state` and give the function that does the next epoch."""
    graphs = wants_graphs(train.device)
    optimiser = torch.optim.Adam(
        model.parameters(), lr=schedule.lr, weight_decay=schedule.weight_decay, fused=True, capturable=graphs
    )
    if state.history:
        load_weights(model, state.weights)
    start_adam(model, optimiser, state.adam)

    def learn(rows: Tensor) -> dict[str, Tensor]:
        model.train()
        optimiser.zero_grad(set_to_none=True)
        terms = loss(model, _channels_last(train[rows]))
        terms["loss"].backward()
        optimiser.step()
        return terms

    @torch.no_grad()
    def judge(rows: Tensor) -> dict[str, Tensor]:
        model.eval()
        return loss(model, _channels_last(val[rows]))

    sizes: dict[str, Any] = {"batch_size": schedule.batch_size, "device": train.device}
    training = BatchPass(learn, n_rows=len(train), **sizes)
    validation = BatchPass(judge, n_rows=len(val), **sizes)
    if graphs:
        changed = (*model.state_dict().values(), *adam_tensors(model, optimiser).values())
        capture_graphs((training, validation), changed=changed, label=label)
    in_order = rows_in_order(len(val), device=val.device)

    def run_epoch(epoch: int, end_if_asked: Callable[[], None]) -> _Epoch:
        # New seeds per epoch: a resumed training needs no state of any random generator.
        torch.manual_seed(seed_for(schedule.seed, "train", epoch))
        order = torch.from_numpy(generator(schedule.seed, "shuffle", epoch).permutation(len(train))).to(train.device)
        trained = training.run(order, end_if_asked)
        torch.manual_seed(seed_for(schedule.seed, "validate"))
        validated = validation.run(in_order, end_if_asked)
        wait_for(train.device, end_if_asked)
        return _Epoch(
            _means(training.names, trained),
            _means(validation.names, validated),
            weights_of(model),
            to_host(adam_tensors(model, optimiser)),
        )

    return run_epoch


def _channels_last(batch: Tensor) -> Tensor:
    return batch.contiguous(memory_format=torch.channels_last) if batch.dim() == 4 else batch


def _means(names: list[str], batches: Tensor) -> dict[str, float]:
    """Mean of the batch means of each term."""
    return dict(zip(names, batches.cpu().double().mean(dim=0).tolist(), strict=True))
