"""Epochs of a pack: several beta-VAEs in training together, each with the numbers that it has alone.

Each has its own seed, order of images, random numbers, epoch counter and
optimiser's step; only the order in which sums are taken is another.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rootline.core.batches import BatchPass, capture_graphs, rows_in_order, wait_for, wants_graphs
from rootline.core.checkpoints import Checkpoints
from rootline.core.model_state import load_weights, weights_of
from rootline.core.seeds import generator, seed_for
from rootline.core.training_state import (
    ADAM_TERMS,
    TrainingState,
    history_row,
    is_finished,
    judge_epoch,
    why_diverged,
)
from rootline.lartpc.packed_adam import AdamState, PackedAdam
from rootline.lartpc.packed_vae import PackedVAE
from rootline.lartpc.runs import TrainConfig
from rootline.lartpc.vae import BetaVAE

Means = dict[str, float]


class Member(NamedTuple):
    """One model of a pack.

    Attributes
    ----------
    name : str
        What lines on the screen call it.
    model : BetaVAE
        On the CPU, with the weights that a training begins with.
    train : TrainConfig
        How it is trained.
    state : TrainingState
        Where it stands.
    checkpoints : Checkpoints
        Where its states are saved, the last one too.
    """

    name: str
    model: BetaVAE
    train: TrainConfig
    state: TrainingState
    checkpoints: Checkpoints


class Ended(NamedTuple):
    """How the training of a model ended: its history and, if it diverged, why."""

    history: list[dict[str, Any]]
    diverged: str | None


class Pack:
    """Models in training, and beside them copies of each after its last good epoch and after its best one."""

    def __init__(
        self, members: Sequence[Member], train: Tensor, val: Tensor, *, origin: Mapping[str, Any], label: str
    ) -> None:
        self._members = [each._replace(state=each.state._replace(weights={}, adam={}, best={})) for each in members]
        self._train, self._val, self._origin = train, val, origin
        for member in members:
            if member.state.history:
                load_weights(member.model, member.state.weights)
        settings = [member.train for member in members]
        self._model = PackedVAE([member.model for member in members], settings, device=train.device)
        lr, weight_decay = [each.lr for each in settings], [each.weight_decay for each in settings]
        self._adam = PackedAdam(_stack_adam(self._model, members), lr=lr, weight_decay=weight_decay)
        self._best = self._model.stack([member.state.best or weights_of(member.model) for member in members])
        self._last = self._model.state.copied()
        self._last_adam = AdamState(*(each.clone() for each in self._adam.state))
        sizes: dict[str, Any] = {"batch_size": settings[0].batch_size, "device": train.device, "models": len(members)}
        self._batch_size = settings[0].batch_size
        self._learning = BatchPass(self._learn, n_rows=len(train), **sizes)
        self._validation = BatchPass(self._validate, n_rows=len(val), **sizes)
        if wants_graphs(train.device):
            changed = (self._model.state.rows, *self._model.state.buffers.values(), *self._adam.state)
            capture_graphs((self._learning, self._validation), changed=changed, label=label)

    def train_epoch(self, end_if_asked: Callable[[], None]) -> dict[str, Ended]:
        """Train all models for an epoch and give those that ended with it by name."""
        trained, validated = self._run_epoch(end_if_asked)
        ended: dict[str, Ended] = {}
        good, better = [], []
        for place, member in enumerate(self._members):
            state, means = member.state, (trained[place], validated[place])
            if why := why_diverged(state, *means):
                ended[member.name] = Ended([*state.history, history_row(state, *means, kept=False)], why)
                continue
            state = judge_epoch(state, *means, weights={}, adam={}, min_delta=member.train.min_delta)
            n_packed = 1 + (0 if state.packed is None else state.packed["epochs"])
            self._members[place] = member._replace(state=state._replace(packed={**self._origin, "epochs": n_packed}))
            good.append(place)
            if state.history[-1]["kept"]:
                better.append(place)
            if has_ended(self._members[place]):
                ended[member.name] = Ended(state.history, None)
        self._best.overwrite(self._index(better), self._model.state)
        index = self._index(good)
        self._last.overwrite(index, self._model.state)
        for last, current in zip(self._last_adam, self._adam.state, strict=True):
            last[index] = current[index]
        return ended

    @property
    def n_samples(self) -> int:
        """How many images all models together see in an epoch of training."""
        return len(self._members) * len(self._train)

    def describe(self) -> str:
        """Give how many models there are and the lowest validation loss so far, for a line on the screen."""
        best = min(member.state.best_loss for member in self._members)
        return f"{len(self._members)} models, best val {best:.5g}"

    def whole_members(self) -> list[Member]:
        """Give the members with their whole states after their last good epoch."""
        return [member._replace(state=self._whole_state(place)) for place, member in enumerate(self._members)]

    def _whole_state(self, place: int) -> TrainingState:
        state = self._members[place].state
        if not state.history:
            return state
        terms = {
            "exp_avg": self._model.parameters_of(place, self._last_adam.exp_avg),
            "exp_avg_sq": self._model.parameters_of(place, self._last_adam.exp_avg_sq),
        }
        step = np.asarray(self._last_adam.step[place, 0].cpu())
        terms["step"] = dict.fromkeys(terms["exp_avg"], step)
        return state._replace(
            weights=self._model.weights_of(place, self._last),
            adam={f"{term}.{name}": array for term in ADAM_TERMS for name, array in terms[term].items()},
            best=self._model.weights_of(place, self._best),
        )

    def _run_epoch(self, end_if_asked: Callable[[], None]) -> tuple[list[Means], list[Means]]:
        numbered = [(member.train.seed, len(member.state.history) + 1) for member in self._members]
        orders = [generator(seed, "shuffle", epoch).permutation(len(self._train)) for seed, epoch in numbered]
        order = torch.from_numpy(np.stack(orders, axis=1)).to(self._train.device)
        seeds = [seed_for(seed, "train", epoch) for seed, epoch in numbered]
        trained = self._learning.run(order, self._draw(seeds, order, end_if_asked, training=True))
        order = rows_in_order(len(self._val), device=self._val.device, models=len(self._members))
        seeds = [seed_for(seed, "validate") for seed, _ in numbered]
        validated = self._validation.run(order, self._draw(seeds, order, end_if_asked, training=False))
        wait_for(self._train.device, end_if_asked)
        return _means(self._learning.names, trained), _means(self._validation.names, validated)

    def _draw(
        self, seeds: Sequence[int], order: Tensor, end_if_asked: Callable[[], None], *, training: bool
    ) -> Callable[[], None]:
        """Give what draws the random numbers of one batch after the other."""
        generators = [torch.Generator(order.device).manual_seed(seed) for seed in seeds]
        lengths = iter([len(batch) for batch in order.split(self._batch_size)])

        def draw() -> None:
            end_if_asked()
            self._model.draw(generators, next(lengths), training=training)

        return draw

    def _learn(self, rows: Tensor) -> dict[str, Tensor]:
        model, noise = self._model, self._model.noise(len(rows), training=True)
        terms = model.loss(self._train[rows], noise, training=True)
        (gradient,) = torch.autograd.grad(terms["loss"].sum(), model.state.rows)
        self._adam.step(model.state.rows, gradient)
        return terms

    @torch.no_grad()
    def _validate(self, rows: Tensor) -> dict[str, Tensor]:
        return self._model.loss(self._val[rows], self._model.noise(len(rows), training=False), training=False)

    def _index(self, places: Sequence[int]) -> Tensor:
        return torch.tensor(places, dtype=torch.int64, device=self._train.device)


def has_ended(member: Member) -> bool:
    """Whether no epoch of a model follows."""
    return is_finished(member.state, epochs=member.train.epochs, patience=member.train.patience)


def _stack_adam(model: PackedVAE, members: Sequence[Member]) -> AdamState:
    rows = model.state.rows.detach()
    name = next(name for name, _ in members[0].model.named_parameters())
    steps = [float(member.state.adam[f"step.{name}"].item()) if member.state.adam else 0.0 for member in members]
    moments = [model.stack_parameters([_moments(each, term) for each in members]) for term in ADAM_TERMS[1:]]
    return AdamState(torch.tensor(steps, device=rows.device).unsqueeze(1), *moments)


def _moments(member: Member, term: str) -> dict[str, NDArray[Any]]:
    if member.state.adam:
        return {name: member.state.adam[f"{term}.{name}"] for name, _ in member.model.named_parameters()}
    return {name: np.zeros_like(array) for name, array in weights_of(member.model).items()}


def _means(names: Sequence[str], batches: Tensor) -> list[Means]:
    """Give the mean over the batches (n_batches, n_terms, K) of each term, of each model."""
    means = batches.cpu().double().mean(dim=0)
    return [dict(zip(names, each, strict=True)) for each in means.T.tolist()]
