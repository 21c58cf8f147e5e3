"""Parts of a data set: which tracks a model may learn from, which stop it, which it never sees."""

from collections.abc import Sequence
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from rootline.core.config import Section
from rootline.core.errors import UserError
from rootline.core.seeds import seed_for

PARTS: Final = ("train", "val", "test")
"""What a part may be called."""

PHYSICAL_EVENT: Final = ("run", "subrun", "event")
"""Columns that decide the part. The sample is left out: two samples may be cut from one file, and an event
that is in both must not be learnt from in one and tested on in the other."""

_REMEDY: Final = "The file of the split was changed or is of another run: delete it and give the same command again"


class SplitConfig(Section):
    """How tracks are shared out among train, val and test."""

    train: float = Field(0.8, gt=0, lt=1, description="Share of the events that models learn from.")
    val: float = Field(
        0.1, gt=0, lt=1, description="Share of the events that stop the training; the rest is the test part."
    )
    seed: int = Field(0, ge=0, description="Another seed shares the events out differently.")
    balanced: bool = Field(
        False,
        description="Equal numbers of every particle in the train part of the samples that are trained on: as many as "
        "the rarest has; what is over goes to the test part.",
    )

    @model_validator(mode="after")
    def _parts_fit_in_one(self) -> Self:
        if self.train + self.val > 1 + 1e-9:
            raise ValueError(
                f"split.train={self.train:g} and split.val={self.val:g} add up to more than 1; lower one of them"
            )
        return self


def assign_parts(
    keys: pd.DataFrame,
    fractions: SplitConfig,
    species: pd.Series | None = None,
    *,
    event: Sequence[str] = PHYSICAL_EVENT,
) -> pd.Series:
    """Give each row its part, which depends on its own event and the seed alone.

    All tracks of an event share a part, and no event changes its part when
    others are added or removed. The shares hold in expectation for every
    species; in n events they scatter by sqrt(n p (1 - p)). With `val` fixed,
    the train part at a smaller fraction lies within that at a larger one and
    the val part stays as it is.

    With `species` the train part is balanced. Each event keeps its place in
    the order of the hash, and the train part of each species is cut in that
    order where it would exceed the rarest one's. So it is still nested over
    the train share, and val is untouched. What depends on the others is the
    place of the cut alone: further events of the rarest species move surplus
    of the others from test to train, further events of another species move
    as many of its own from train to test; nothing moves to or from val.

    Parameters
    ----------
    keys : data frame
        With the columns of `event`, whole numbers.
    fractions : SplitConfig
        Shares and seed.
    species : series of str, optional
        Particle of each row, null for rows that nothing is trained on; their
        events are not counted. The numbers of rows are then equal up to the
        rows of one event, which is never torn apart.
    event : sequence of str
        Columns that say which rows belong together.

    Returns
    -------
    series of strings
        ``train``, ``val`` or ``test``, with the index of `keys`.
    """
    events, row_event = np.unique(keys[list(event)].to_numpy(dtype=np.int64), axis=0, return_inverse=True)
    row_event = row_event.reshape(-1)
    positions = (
        np.array([seed_for(fractions.seed, "split", *one) for one in events.tolist()], dtype=np.float64) / 2.0**63
    )
    parts = np.full(len(events), "test", dtype=object)
    parts[positions < fractions.val] = "val"
    # The tolerance gives the rounding of 1 - 0.8 - 0.2 to train, not to an unwanted test part.
    parts[(positions >= 1 - fractions.train - 1e-9) & (positions >= fractions.val)] = "train"
    if species is not None:
        known = species.notna().to_numpy(dtype=bool)
        parts[_surplus(parts == "train", positions, row_event[known], species.to_numpy(dtype=object)[known])] = "test"
    return pd.Series(parts[row_event], index=keys.index, name="part", dtype="str")


def check_parts(tracks: pd.DataFrame, fractions: SplitConfig, *, event: Sequence[str] = PHYSICAL_EVENT) -> None:
    """Refuse parts that are not those that `assign_parts` gives: a model would be judged on what it has learnt from.

    Of a balanced split, tracks of the train part may be in the test part.

    Parameters
    ----------
    tracks : data frame
        With the columns of `event`, and part.
    fractions : SplitConfig
        What the parts are to be made by.
    event : sequence of str
        Columns that say which rows belong together.

    Raises
    ------
    UserError
        If tracks of one event have different parts, or an event another part than its own; names the first.
    """
    given = tracks["part"].to_numpy(dtype=object)
    torn = tracks.groupby(list(event))["part"].transform("nunique").to_numpy() > 1
    if torn.any():
        raise UserError(
            f"the split tears {_name_event(tracks, torn, event)} apart: its tracks are in {_list_parts(given[torn])} or more; a model "
            f"would be judged on events that it has learnt from. {_REMEDY}"
        )
    due = assign_parts(tracks, fractions, event=event).to_numpy(dtype=object)
    wrong = given != due
    if fractions.balanced:
        wrong &= (given != "test") | (due != "train")
    if wrong.any():
        place = int(np.argmax(wrong))
        raise UserError(
            f"the split puts {int(wrong.sum())} of {len(tracks)} tracks into another part than the one of their events: "
            f"{_name_event(tracks, wrong, event)} is in {given[place]}, but belongs to {due[place]} by split.seed={fractions.seed}, "
            f"split.train={fractions.train:g}, split.val={fractions.val:g} of this run. {_REMEDY}"
        )


def _name_event(tracks: pd.DataFrame, chosen: NDArray[np.bool_], event: Sequence[str]) -> str:
    row = tracks.loc[chosen].iloc[0]
    return " ".join(f"{name} {row[name]}" for name in event)


def _list_parts(parts: NDArray[np.object_]) -> str:
    return " and ".join(name for name in PARTS if name in set(parts))


def _surplus(
    in_train: NDArray[np.bool_],
    positions: NDArray[np.float64],
    row_event: NDArray[np.int64],
    species: NDArray[np.object_],
) -> NDArray[np.bool_]:
    """Mark the events of the train part that are beyond what the rarest species has there, (n_events,).

    Those with the highest positions stay, because a smaller train share keeps
    these: with fewer of the rarest species, fewer from the same end.
    """
    tracks_of = {name: np.bincount(row_event[species == name], minlength=len(positions)) for name in set(species)}
    rarest = min((int(n[in_train].sum()) for n in tracks_of.values()), default=0)
    surplus = np.zeros(len(positions), dtype=bool)
    for n_tracks in tracks_of.values():
        mine = np.flatnonzero(in_train & (n_tracks > 0))
        mine = mine[np.argsort(-positions[mine], kind="stable")]
        surplus[mine[np.cumsum(n_tracks[mine]) > rarest]] = True
    return surplus
