"""One model in training, a step at a time, so that several can take turns.

It knows no study: a model, two tensors and a function that gives the loss.
Nothing in an epoch waits for the GPU; losses are read at its end.
"""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rootline.core.adam import NamedAdam
from rootline.core.batches import BatchPass, capture_graphs, wants_graphs
from rootline.core.checkpoints import Checkpoints
from rootline.core.errors import UserError
from rootline.core.lanes import Lane
from rootline.core.model_state import copied, load_weights, to_host
from rootline.core.screen import tell
from rootline.core.seeds import generator, seed_for
from rootline.core.training_state import (
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


class Task(NamedTuple):
    """What to train.

    Attributes
    ----------
    model : nn.Module
        With the weights to begin with; it is moved to the device of the data.
    train, val : (n, ...) float32 tensors
        All samples, on the device where to train.
    loss : function
        See `LossFunction`.
    schedule : Schedule
        How long and in what steps.
    label : str
        How the lines on the screen call this training.
    advice : str
        What to do about a training that diverged.
    checkpoints : Checkpoints or None
        Where to keep the state after an epoch and look for it at the start.
    layout : torch.memory_format
        How samples of three axes and the weights of convolutions lie in memory; it decides the speed, and the last bits.
    """

    model: nn.Module
    train: Tensor
    val: Tensor
    loss: LossFunction
    schedule: Schedule
    label: str
    advice: str = "lower the learning rate"
    checkpoints: Checkpoints | None = None
    layout: torch.memory_format = torch.contiguous_format


class OneTraining:
    """A task, and where it stands: at its start, or at the state that its checkpoints hold.

    Attributes
    ----------
    task : Task
        What is trained.
    lane : Lane
        Where its work is to be done.

    Raises
    ------
    UserError
        If there is nothing to train on or to validate with.
    """

    def __init__(self, task: Task) -> None:
        if len(task.train) < 2 or len(task.val) < 1:
            raise UserError(
                f"{task.label}: {len(task.train)} samples to train on and {len(task.val)} to validate with; needs 2 and 1 "
                "at least. Give more input, looser cuts or other shares of the split"
            )
        self.task, self.lane = task, Lane(task.train.device)
        saved = None if task.checkpoints is None else task.checkpoints.find()
        # The arrays of the state are those of the start until `whole_state` fills in the tensors beside it.
        self._state = self._kept = start_state() if saved is None else unpack_state(*saved)
        self._weights: dict[str, Tensor] | None = None
        self._adam: dict[str, Tensor] = {}
        self._best: dict[str, Tensor] | None = None
        if self._state.history:
            tell(f"  {task.label}: goes on after epoch {self.n_epochs}")

    @property
    def n_epochs(self) -> int:
        """How many epochs are done."""
        return len(self._state.history)

    @property
    def n_left(self) -> int:
        """How many samples are still to be trained on, at most."""
        return 0 if self.is_finished else (self.task.schedule.epochs - self.n_epochs) * len(self.task.train)

    @property
    def is_finished(self) -> bool:
        """Whether no epoch follows."""
        schedule = self.task.schedule
        return is_finished(self._state, epochs=schedule.epochs, patience=schedule.patience)

    def steps(self) -> Generator[bool, None, None]:
        """Train, and yield before each step as `batches.Steps` does; in the lane, at each step.

        Raises
        ------
        UserError
            If the training diverges, see `why_diverged`. Its history is then
            kept beside its state.
        """
        if self.is_finished:
            return
        run_epoch = self._epochs()
        while not self.is_finished:
            yield from self._next_epoch(run_epoch)
            if self.task.checkpoints is not None and (self.is_finished or self.task.checkpoints.due):
                self.save()

    def save(self) -> None:
        """Save the state after the last whole epoch, if it is not saved yet; in the lane."""
        if self.task.checkpoints is not None and self._state is not self._kept:
            self.task.checkpoints.save(*pack_state(self.whole_state()), finished=self.is_finished)
            self._kept = self._state

    def whole_state(self) -> TrainingState:
        """Give the state after the last whole epoch; in the lane, as all that touches its tensors."""
        state = self._state
        if self._weights is not None:
            state = state._replace(weights=to_host(self._weights), adam=to_host(self._adam))
        if self._best is not None:
            return state._replace(best=to_host(self._best))
        # A file has its own order of names, and no scalars.
        own = self.task.model.state_dict().items() if state.best else ()
        return state._replace(best={name: state.best[name].reshape(tensor.shape) for name, tensor in own})

    def describe(self) -> str:
        """Say how far it is."""
        val = self._state.history[-1]["val_loss"]
        return f"epoch {self.n_epochs} of {self.task.schedule.epochs}, val {val:.5g}, best {self._state.best_loss:.5g}"

    def describe_end(self) -> str:
        """Say how it ended."""
        return (
            f"{self.n_epochs} of at most {self.task.schedule.epochs} epochs, "
            f"best validation loss {self._state.best_loss:.5g} in epoch {best_epoch(self._state)}"
        )

    def describe_kept(self) -> str:
        """Say what is left of it where it is interrupted."""
        if self.task.checkpoints is None or not self.n_epochs:
            return f"its {self.n_epochs} epochs are lost"
        return f"epoch {self.n_epochs} is saved in {self.task.checkpoints.folder}, the same command goes on from there"

    def _next_epoch(self, run_epoch: "Callable[[int], Epoch]") -> Generator[bool, None, None]:
        trained, validated, weights, adam = yield from run_epoch(self.n_epochs + 1)
        self._refuse_divergence(trained, validated)
        self._state = judge_epoch(
            self._state,
            trained,
            validated,
            weights={},
            adam={},
            min_delta=self.task.schedule.min_delta,
            device=self.task.train.device.type,
        )._replace(best=self._state.best)
        self._weights, self._adam = weights, adam
        if self._state.history[-1]["kept"]:
            self._best = weights

    def _epochs(self) -> "Callable[[int], Epoch]":
        """Put model and optimiser where the state is and give the function that does an epoch."""
        task, device = self.task, self.task.train.device
        model = task.model.to(device).to(memory_format=task.layout)  # type: ignore[call-overload]
        graphs = wants_graphs(device)
        if self._state.history:
            load_weights(model, self._state.weights)
        lr, weight_decay = task.schedule.lr, task.schedule.weight_decay
        optimiser = NamedAdam(model, lr=lr, weight_decay=weight_decay, state=self._state.adam)

        def batch_of(samples: Tensor, rows: Tensor) -> Tensor:
            batch = samples[rows]
            return batch.contiguous(memory_format=task.layout) if batch.dim() == 4 else batch

        def learn(rows: Tensor) -> dict[str, Tensor]:
            model.train()
            optimiser.forget_gradients()
            terms = task.loss(model, batch_of(task.train, rows))
            terms["loss"].backward()
            optimiser.step()
            return terms

        @torch.no_grad()
        def judge(rows: Tensor) -> dict[str, Tensor]:
            model.eval()
            return task.loss(model, batch_of(task.val, rows))

        sizes: dict[str, Any] = {"batch_size": task.schedule.batch_size, "device": device}
        training = BatchPass(learn, n_rows=len(task.train), **sizes)
        validation = BatchPass(judge, n_rows=len(task.val), **sizes)
        if graphs:
            changed = (*model.state_dict().values(), *optimiser.tensors().values())
            capture_graphs((training, validation), changed=changed, label=task.label)
        in_order, seed = torch.arange(len(task.val), device=device), task.schedule.seed

        def run_epoch(epoch: int) -> Epoch:
            # New seeds per epoch: a resumed training needs no state of any random generator.
            torch.manual_seed(seed_for(seed, "train", epoch))
            order = torch.from_numpy(generator(seed, "shuffle", epoch).permutation(len(task.train))).to(device)
            trained = yield from training.run(order)
            torch.manual_seed(seed_for(seed, "validate"))
            validated = yield from validation.run(in_order)
            means = _means(training.names, trained), _means(validation.names, validated)
            return *means, copied(model.state_dict()), copied(optimiser.tensors())

        return run_epoch

    def _refuse_divergence(self, trained: dict[str, float], validated: dict[str, float]) -> None:
        why = why_diverged(self._state, trained, validated)
        if why is None:
            return
        self.save()
        text = f"{self.task.label}: the training diverged in epoch {self.n_epochs + 1}: {why}"
        if self._state.history:
            text += f"; the best validation loss was {self._state.best_loss:.5g} in epoch {best_epoch(self._state)}"
        if self.task.checkpoints is not None:
            rows = [*self._state.history, history_row(self._state, trained, validated, kept=False)]
            text += f". Its losses up to there are in {self.task.checkpoints.save_history(rows)}"
        raise UserError(f"{text}. What to try: {self.task.advice}")


Epoch = Generator[bool, None, tuple[dict[str, float], dict[str, float], dict[str, Tensor], dict[str, Tensor]]]
"""Steps of an epoch; in the end the means of train and val part, and copies of model and optimiser."""


def _means(names: list[str], batches: Tensor) -> dict[str, float]:
    """Mean of the batch means of each term."""
    return dict(zip(names, batches.cpu().double().mean(dim=0).tolist(), strict=True))
