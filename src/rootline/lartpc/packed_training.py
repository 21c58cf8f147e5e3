"""The training of a pack: that of `core.training.fit`, for several beta-VAEs at once.

Each has its own patience. A model that has ended leaves the pack, which goes
on with the others.
"""

import time
from collections.abc import Callable, Sequence

from torch import Tensor

from rootline.core import checkpoints as saving
from rootline.core.errors import UserError
from rootline.core.screen import Progress, tell
from rootline.core.signals import hold_signals, signal_name
from rootline.core.training_state import best_epoch, pack_state
from rootline.lartpc.packed_epochs import Ended, Member, Pack, has_ended


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
    waiting = [member for member in members if not has_ended(member)]
    origin = {"models": len(waiting), "device": train.device.type, "code": code}
    left = sum(member.train.epochs - len(member.state.history) for member in waiting)
    counter = Progress(label, total=left * len(train), unit="samples")
    saver = _Saver(members, every_s=60 * checkpoint_minutes)
    with hold_signals() as end_if_asked:
        while waiting:
            # A new pack when a model has left: a pack that goes on from saved states cannot tell the difference.
            pack = Pack(waiting, train, val, origin=origin, label=label)
            try:
                just_ended = _train_until_one_ends(pack, end_if_asked, counter, saver)
            except BaseException as error:
                if name := signal_name(error):
                    tell(f"  {label}: ended by {name}; the same command goes on from what is saved")
                raise
            finally:
                waiting = pack.whole_members()
                saver.save(waiting)
            for member in waiting:
                if member.name in just_ended:
                    _tell_end(label, member, just_ended[member.name])
            waiting = [member for member in waiting if member.name not in just_ended]
            ended |= just_ended
    return [ended[member.name] for member in members]


def _train_until_one_ends(
    pack: Pack, end_if_asked: Callable[[], None], counter: Progress, saver: "_Saver"
) -> dict[str, Ended]:
    while True:
        ended = pack.train_epoch(end_if_asked)
        counter.advance(pack.n_samples, pack.describe())
        if ended:
            return ended
        if saver.due:
            saver.save(pack.whole_members())


class _Saver:
    """Save states now and then; all of a pack may take the share of time that those of one training may take."""

    def __init__(self, members: Sequence[Member], *, every_s: float) -> None:
        self._every_s = every_s
        self._n_saved = {member.name: len(member.state.history) for member in members}
        self._next_save = 0.0

    @property
    def due(self) -> bool:
        return time.monotonic() >= self._next_save

    def save(self, members: Sequence[Member]) -> None:
        """Save those that have had an epoch since they were saved."""
        started = time.monotonic()
        for member in members:
            if len(member.state.history) > self._n_saved[member.name]:
                member.checkpoints.save(*pack_state(member.state))
                self._n_saved[member.name] = len(member.state.history)
        finished = time.monotonic()
        self._next_save = finished + max(self._every_s, (finished - started) / saving.SHARE_OF_TIME)


def _tell_end(label: str, member: Member, end: Ended) -> None:
    if end.diverged is not None:
        file = member.checkpoints.save_history(end.history)
        text = f"diverged in epoch {len(end.history)}: {end.diverged}; its losses are in {file}"
    else:
        text = f"{len(end.history)} of at most {member.train.epochs} epochs, best validation loss "
        text += f"{member.state.best_loss:.5g} in epoch {best_epoch(member.state)}"
    tell(f"  {label}, {member.name}: {text}")
