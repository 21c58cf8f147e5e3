"""One training loop: seeded, deterministic, resumable, with early stopping and the best weights kept.

It knows no study: a model, two tensors and a function that gives the loss.
Nothing in an epoch waits for the GPU; losses are read once at its end.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rootline.core.checkpoints import Checkpoints
from rootline.core.errors import UserError
from rootline.core.screen import Progress, tell
from rootline.core.seeds import generator, seed_for
from rootline.core.training_state import (
    ADAM_TERMS,
    Arrays,
    TrainingState,
    best_epoch,
    is_finished,
    judge_epoch,
    pack_state,
    start_state,
    unpack_state,
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
    """

    weights: Arrays
    history: list[dict[str, Any]]


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
    checkpoints: Checkpoints | None = None,
) -> Fit:
    """Train `model` in place and give the weights of its best epoch.

    The same seed, data, device and thread count give the same bytes, whether
    or not the training was interrupted and went on from a checkpoint.
    Validation draws the same random numbers in every epoch, so that epochs
    are compared on equal terms. A mean over an epoch is the mean of its batch
    means.

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
    checkpoints : Checkpoints, optional
        Where to keep the state after an epoch and look for it at the start.

    Raises
    ------
    UserError
        If there is nothing to train on or to validate with, or the loss
        stops being a number.
    """
    if len(train) < 2 or len(val) < 1:
        raise UserError(
            f"{label}: {len(train)} samples to train on and {len(val)} to validate with; needs 2 and 1 at least. "
            "Give more input, looser cuts or other shares of the split"
        )
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.Adam(model.parameters(), lr=schedule.lr, weight_decay=schedule.weight_decay, fused=True)
    state = _resume(model, optimiser, checkpoints, label)
    counter = Progress(label, total=(schedule.epochs - len(state.history)) * len(train), unit="samples")
    while not is_finished(state, epochs=schedule.epochs, patience=schedule.patience):
        epoch = len(state.history) + 1
        trained = _train_epoch(model, optimiser, train, loss, schedule, epoch)
        validated = _validate(model, val, loss, schedule)
        if not np.isfinite([trained["loss"], validated["loss"]]).all():
            raise UserError(
                f"{label}: the loss is {trained['loss']:g} (train) and {validated['loss']:g} (val) in epoch {epoch}; "
                "lower the learning rate, or choose a transform with smaller values"
            )
        weights, adam = weights_of(model), _adam_of(model, optimiser)
        state = judge_epoch(state, trained, validated, weights=weights, adam=adam, min_delta=schedule.min_delta)
        if checkpoints is not None and checkpoints.due:
            checkpoints.save(*pack_state(state))
        counter.advance(
            len(train),
            f"epoch {epoch} of {schedule.epochs}, val {validated['loss']:.5g}, best {state.best_loss:.5g}",
        )
    tell(
        f"  {label}: {len(state.history)} of at most {schedule.epochs} epochs, "
        f"best validation loss {state.best_loss:.5g} in epoch {best_epoch(state)}"
    )
    return Fit(state.best, state.history)


def _train_epoch(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    train: Tensor,
    loss: LossFunction,
    schedule: Schedule,
    epoch: int,
) -> dict[str, float]:
    # New seeds per epoch: a resumed training needs no state of any random generator.
    torch.manual_seed(seed_for(schedule.seed, "train", epoch))
    order = torch.from_numpy(generator(schedule.seed, "shuffle", epoch).permutation(len(train))).to(train.device)
    model.train()
    batches = []
    for rows in order.split(schedule.batch_size):
        optimiser.zero_grad(set_to_none=True)
        terms = loss(model, _channels_last(train[rows]))
        terms["loss"].backward()
        optimiser.step()
        batches.append({name: term.detach() for name, term in terms.items()})
    return _means(batches)


@torch.no_grad()
def _validate(model: nn.Module, val: Tensor, loss: LossFunction, schedule: Schedule) -> dict[str, float]:
    torch.manual_seed(seed_for(schedule.seed, "validate"))
    model.eval()
    return _means([loss(model, _channels_last(batch)) for batch in val.split(schedule.batch_size)])


def _channels_last(batch: Tensor) -> Tensor:
    return batch.contiguous(memory_format=torch.channels_last) if batch.dim() == 4 else batch


def _means(batches: list[dict[str, Tensor]]) -> dict[str, float]:
    """Mean of the batch means of each term; the one place where an epoch waits for its device."""
    names = list(batches[0])
    values = torch.stack([torch.stack([batch[name] for name in names]) for batch in batches]).cpu().double()
    return dict(zip(names, values.mean(dim=0).tolist(), strict=True))


def weights_of(model: nn.Module) -> Arrays:
    """Copy the model's state, buffers included, to NumPy arrays by name."""
    return {name: tensor.detach().cpu().contiguous().numpy().copy() for name, tensor in model.state_dict().items()}


def load_weights(model: nn.Module, weights: Mapping[str, NDArray[Any]]) -> None:
    """Put weights by name into a model that has the very same names and shapes.

    Raises
    ------
    ValueError
        Naming the first name that is missing, unknown, or of another shape.
    """
    own = model.state_dict()
    for name in sorted(own.keys() | weights.keys()):
        if name not in weights or name not in own:
            raise ValueError(f"the weights {'lack' if name in own else 'have an unknown'} {name}")
        shape = tuple(own[name].shape)
        if weights[name].shape not in (shape, shape or (1,)):  # a file may hold a single number as a list of one
            raise ValueError(f"{name} has shape {weights[name].shape}, the model's is {shape}")
    model.load_state_dict({name: torch.from_numpy(weights[name]).reshape(own[name].shape) for name in own})


def _adam_of(model: nn.Module, optimiser: torch.optim.Optimizer) -> Arrays:
    return {
        f"{term}.{name}": optimiser.state[parameter][term].detach().cpu().contiguous().numpy().copy()
        for name, parameter in model.named_parameters()
        for term in ADAM_TERMS
    }


def _resume(
    model: nn.Module, optimiser: torch.optim.Optimizer, checkpoints: Checkpoints | None, label: str
) -> TrainingState:
    saved = None if checkpoints is None else checkpoints.find()
    if saved is None:
        return start_state()
    state = unpack_state(*saved)
    load_weights(model, state.weights)
    for name, parameter in model.named_parameters():
        for term in ADAM_TERMS:
            # The fused step walks through memory: each moment needs the memory layout of its parameter.
            like = torch.empty((), device=parameter.device) if term == "step" else torch.empty_like(parameter)
            array = torch.from_numpy(state.adam[f"{term}.{name}"]).reshape(like.shape)
            optimiser.state[parameter][term] = like.detach().copy_(array)
    tell(f"  {label}: goes on after epoch {len(state.history)}")
    return state
