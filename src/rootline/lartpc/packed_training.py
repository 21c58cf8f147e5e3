"""The training loop of a pack: that of `core.training.fit`, for several beta-VAEs at once.

Each model has its own seed, order of images, random numbers, epoch counter,
patience and optimiser's step, so that its numbers are those that it has
alone, but for the order in which sums are taken. A model that has ended
leaves the pack, which goes on with the others.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rootline.core import checkpoints as saving
from rootline.core.batches import BatchPass, capture_graphs, rows_in_order, wait_for, wants_graphs
from rootline.core.checkpoints import Checkpoints
from rootline.core.errors import UserError
from rootline.core.model_state import load_weights, weights_of
from rootline.core.screen import Progress, tell
from rootline.core.seeds import generator, seed_for
from rootline.core.signals import hold_signals, signal_name
from rootline.core.training_state import (
    ADAM_TERMS,
    TrainingState,
    best_epoch,
    history_row,
    is_finished,
    judge_epoch,
    pack_state,
    why_diverged,
)
from rootline.lartpc.packed_adam import AdamState, PackedAdam
from rootline.lartpc.packed_vae import PackedVAE
from rootline.lartpc.runs import TrainConfig
from rootline.lartpc.vae import BetaVAE


class Member(NamedTuple):
    """One model of a pack.

    Attributes
    ----------
    name : str
        What lines on the screen call it.
    model : BetaVAE
        On the CPU, with the weights that its training begins with.
    train : TrainConfig
        How it is trained.
    state : TrainingState
        Where it stands; `packed` says what of it was trained in packs.
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


def fit_pack(
    members: Sequence[Member],
    train: Tensor,
    val: Tensor,
    *,
    label: str,
    code: str,
    checkpoint_minutes: float = 0.0,
) -> list[Ended]:
    """Train several models as one and save the last state of each, from which `core.training.fit` takes its result.

    Whatever ends the pack early, an error or a signal that `hold_signals`
    holds, finds the state of each model after its last whole epoch saved. A
    model that diverges ends alone, with its history beside its last good state.

    Parameters
    ----------
    members : sequence of Member
        Models with the same layers and batch size.
    train, val : (n, plane, wires, ticks) tensors
        Transformed images, on the device where to train.
    label : str
        How the progress lines call the pack.
    code : str
        Stands for the code of the pack in the states.
    checkpoint_minutes : float
        How far apart the states are that are saved on the way.

    Returns
    -------
    list of Ended
        In the order of the members.

    Raises
    ------
    UserError
        If there is too little to train on or to validate with.
    """
    if len(train) < 2 or len(val) < 1:
        raise UserError(
            f"{label}: {len(train)} samples to train on and {len(val)} to validate with; needs 2 and 1 at least. "
            "Give more input, looser cuts or other shares of the split"
        )
    for member in members:
        if member.state.history:
            tell(f"  {label}, {member.name}: goes on after epoch {len(member.state.history)}")
    ended = {member.name: Ended(member.state.history, None) for member in members}
    if waiting := [member for member in members if not _is_finished(member)]:
        pack = _Pack(waiting, train, val, label=label, code=code, every_s=60 * checkpoint_minutes)
        with hold_signals() as end_if_asked:
            try:
                while pack.members:
                    ended |= pack.train_epoch(end_if_asked)
            except BaseException as error:
                pack.save_all()
                if name := signal_name(error):
                    tell(f"  {label}: ended by {name}; the same command goes on from what is saved")
                raise
    return [ended[member.name] for member in members]


class _Pack:
    """The models that are still in training; what is saved of them are copies made after the last whole epoch."""

    def __init__(
        self, members: Sequence[Member], train: Tensor, val: Tensor, *, label: str, code: str, every_s: float
    ) -> None:
        self.members = [member._replace(state=_without_arrays(member.state)) for member in members]
        self._train, self._val, self._label, self._every_s = train, val, label, every_s
        self._origin = {"models": len(members), "device": train.device.type, "code": code}
        for member in members:
            if member.state.history:
                load_weights(member.model, member.state.weights)
        settings = [member.train for member in members]
        self._model = PackedVAE([member.model for member in members], settings, device=train.device)
        self._adam = PackedAdam(
            _stack_adam(self._model, members),
            lr=[each.lr for each in settings],
            weight_decay=[each.weight_decay for each in settings],
        )
        self._best = self._model.stack([member.state.best or weights_of(member.model) for member in members])
        self._n_saved = {member.name: len(member.state.history) for member in members}
        self._next_save = 0.0
        left = sum(member.train.epochs - len(member.state.history) for member in members)
        self._counter = Progress(label, total=left * len(train), unit="samples")
        self._take_stock()
        self._make_passes()

    def train_epoch(self, end_if_asked: Callable[[], None]) -> dict[str, Ended]:
        """Train all models for an epoch and give those that ended with it by name."""
        trained, validated = self._run_epoch(end_if_asked)
        ended: dict[str, Ended] = {}
        for place, member in enumerate(self.members):
            if why := why_diverged(member.state, trained[place], validated[place]):
                ended[member.name] = self._end_diverged(place, trained[place], validated[place], why)
        better = []
        for place, member in enumerate(self.members):
            if member.name not in ended:
                state = judge_epoch(
                    member.state,
                    trained[place],
                    validated[place],
                    weights={},
                    adam={},
                    min_delta=member.train.min_delta,
                )
                n_packed = (member.state.packed or {}).get("epochs", 0) + 1
                self.members[place] = member._replace(state=state._replace(packed={**self._origin, "epochs": n_packed}))
                if state.history[-1]["kept"]:
                    better.append(place)
        self._best.overwrite(self._index(better), self._model.state)
        self._take_stock()
        for place, member in enumerate(self.members):
            if member.name not in ended and _is_finished(member):
                ended[member.name] = self._end_finished(place)
        best = min((member.state.best_loss for member in self.members), default=np.inf)
        self._counter.advance(len(self._train) * len(self.members), f"{len(self.members)} models, best val {best:.5g}")
        if ended:
            self._drop(ended)
        if self.members and time.monotonic() >= self._next_save:
            self.save_all()
        return ended

    def save_all(self) -> None:
        """Save the state of each model after its last whole epoch."""
        started = time.monotonic()
        for place in range(len(self.members)):
            self._save(place)
        finished = time.monotonic()
        # All of them together may take the share of time that a training alone may take.
        self._next_save = finished + max(self._every_s, (finished - started) / saving.SHARE_OF_TIME)

    def _run_epoch(self, end_if_asked: Callable[[], None]) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
        seeds = [member.train.seed for member in self.members]
        epochs = [len(member.state.history) + 1 for member in self.members]
        orders = [
            generator(seed, "shuffle", epoch).permutation(len(self._train))
            for seed, epoch in zip(seeds, epochs, strict=True)
        ]
        order = torch.from_numpy(np.stack(orders, axis=1)).to(self._train.device)
        drawn = [seed_for(seed, "train", epoch) for seed, epoch in zip(seeds, epochs, strict=True)]
        trained = self._run(self._learning, order, drawn, end_if_asked, training=True)
        order = rows_in_order(len(self._val), device=self._val.device, models=len(self.members))
        drawn = [seed_for(seed, "validate") for seed in seeds]
        validated = self._run(self._validation, order, drawn, end_if_asked, training=False)
        wait_for(self._train.device, end_if_asked)
        return _means(self._learning.names, trained), _means(self._validation.names, validated)

    def _run(
        self,
        batches: BatchPass,
        order: Tensor,
        seeds: Sequence[int],
        end_if_asked: Callable[[], None],
        *,
        training: bool,
    ) -> Tensor:
        generators = [torch.Generator(order.device).manual_seed(seed) for seed in seeds]
        lengths = iter([len(batch) for batch in order.split(self._batch_size)])

        def draw() -> None:
            end_if_asked()
            self._model.draw(generators, next(lengths), training=training)

        return batches.run(order, draw)

    def _make_passes(self) -> None:
        """Make the passes over the data for as many models as there are."""
        model, adam = self._model, self._adam

        def learn(rows: Tensor) -> dict[str, Tensor]:
            terms = model.loss(self._train[rows], model.noise(len(rows), training=True), training=True)
            (gradient,) = torch.autograd.grad(terms["loss"].sum(), model.state.rows)
            adam.step(model.state.rows, gradient)
            return terms

        @torch.no_grad()
        def judge(rows: Tensor) -> dict[str, Tensor]:
            return model.loss(self._val[rows], model.noise(len(rows), training=False), training=False)

        sizes: dict[str, Any] = {"batch_size": self._batch_size, "device": self._train.device}
        sizes["models"] = len(self.members)
        self._learning = BatchPass(learn, n_rows=len(self._train), **sizes)
        self._validation = BatchPass(judge, n_rows=len(self._val), **sizes)
        if wants_graphs(self._train.device):
            changed = (model.state.rows, *model.state.buffers.values(), *adam.state)
            capture_graphs((self._learning, self._validation), changed=changed, label=self._label)

    @property
    def _batch_size(self) -> int:
        return self.members[0].train.batch_size

    def _take_stock(self) -> None:
        self._last = self._model.state.copied()
        self._last_adam = AdamState(*(each.clone() for each in self._adam.state))

    def _end_finished(self, place: int) -> Ended:
        self._save(place)
        member = self.members[place]
        tell(
            f"  {self._label}, {member.name}: {len(member.state.history)} of at most {member.train.epochs} epochs, "
            f"best validation loss {member.state.best_loss:.5g} in epoch {best_epoch(member.state)}"
        )
        return Ended(member.state.history, None)

    def _end_diverged(
        self, place: int, trained: Mapping[str, float], validated: Mapping[str, float], why: str
    ) -> Ended:
        self._save(place)  # as it was before this epoch
        member = self.members[place]
        history = [*member.state.history, history_row(member.state, trained, validated, kept=False)]
        file = member.checkpoints.save_history(history)
        tell(f"  {self._label}, {member.name}: diverged in epoch {len(history)}: {why}; its losses are in {file}")
        return Ended(history, why)

    def _save(self, place: int) -> None:
        member = self.members[place]
        if len(member.state.history) == self._n_saved[member.name]:
            return
        step = np.asarray(self._last_adam.step[place, 0].cpu())
        moments = {
            term: self._model.parameters_of(place, rows)
            for term, rows in (("exp_avg", self._last_adam.exp_avg), ("exp_avg_sq", self._last_adam.exp_avg_sq))
        }
        moments["step"] = dict.fromkeys(moments["exp_avg"], step)
        state = member.state._replace(
            weights=self._model.weights_of(place, self._last),
            adam={f"{term}.{name}": array for term in ADAM_TERMS for name, array in moments[term].items()},
            best=self._model.weights_of(place, self._best),
        )
        member.checkpoints.save(*pack_state(state))
        self._n_saved[member.name] = len(state.history)

    def _drop(self, ended: Mapping[str, Ended]) -> None:
        places = [place for place, member in enumerate(self.members) if member.name not in ended]
        self.members = [self.members[place] for place in places]
        if self.members:
            index = self._index(places)
            self._model.keep(places)
            self._adam.keep(index)
            self._best = self._best.chosen(index)
            self._take_stock()
            self._make_passes()

    def _index(self, places: Sequence[int]) -> Tensor:
        return torch.tensor(places, dtype=torch.int64, device=self._train.device)


def _is_finished(member: Member) -> bool:
    return is_finished(member.state, epochs=member.train.epochs, patience=member.train.patience)


def _without_arrays(state: TrainingState) -> TrainingState:
    return state._replace(weights={}, adam={}, best={})


def _stack_adam(model: PackedVAE, members: Sequence[Member]) -> AdamState:
    def of_term(member: Member, term: str) -> dict[str, NDArray[Any]]:
        weights = weights_of(member.model)
        return {name: member.state.adam.get(f"{term}.{name}", np.zeros_like(weights[name])) for name in weights}

    rows = model.state.rows.detach()
    name = next(iter(dict(members[0].model.named_parameters())))
    steps = [float(member.state.adam.get(f"step.{name}", np.zeros(1)).reshape(-1)[0]) for member in members]
    moments = [
        model.stack_parameters([of_term(member, term) for member in members]) for term in ("exp_avg", "exp_avg_sq")
    ]
    return AdamState(torch.tensor(steps, device=rows.device).unsqueeze(1), *moments)


def _means(names: Sequence[str], batches: Tensor) -> list[dict[str, float]]:
    """Give the mean over the batches (n_batches, n_terms, K) of each term, of each model."""
    means = batches.cpu().double().mean(dim=0)
    return [dict(zip(names, each, strict=True)) for each in means.T.tolist()]
