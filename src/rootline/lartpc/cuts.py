"""Which clusters and pairs are kept: bounds per role, all exclusive, null for none.

The default windows are those of the public LArIAT study; other data need
their own.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from rootline.core.config import Section

CLUSTER_CUTS: Final = ("height", "profile", "entry_wire", "vertex_tick")
"""Names of the cluster cuts in the order in which they are tried; the table's `cut` is the first that fails."""

PAIR_CUTS: Final = ("height", "width")
"""Names of the cuts on a matched pair, in the order in which they are tried; both planes must pass."""

Bounds = tuple[int | None, int | None]


class _Bounded(Section):
    """A section whose fields x_min and x_max must leave room for a value between them."""

    @model_validator(mode="after")
    def _bounds_leave_room(self) -> "_Bounded":
        for name in type(self).model_fields:
            upper = name.removesuffix("_min") + "_max"
            if not name.endswith("_min") or upper not in type(self).model_fields:
                continue
            low, high = getattr(self, name), getattr(self, upper)
            if low is not None and high is not None and low + 1 >= high:
                raise ValueError(
                    f"{name}={low} and {upper}={high} keep nothing: {upper} must exceed {name} by 2 or more"
                )
        return self


class EntryWindow(_Bounded):
    """Where a cluster may begin."""

    wire_min: int | None = Field(None, description="First wire must be above this [wire]; null for no bound.")
    wire_max: int | None = Field(None, description="First wire must be below this [wire]; null for no bound.")
    tick_min: int | None = Field(
        None, description="Tick of the highest ADC of the first wire must be above this [tick]; null for no bound."
    )
    tick_max: int | None = Field(
        None, description="Tick of the highest ADC of the first wire must be below this [tick]; null for no bound."
    )


class CollectionWindow(EntryWindow):
    """Where a cluster of the collection plane may begin."""

    wire_min: int | None = Field(12, description="First wire must be above this [wire]; null for no bound.")
    wire_max: int | None = Field(37, description="First wire must be below this [wire]; null for no bound.")
    tick_min: int | None = Field(
        789, description="Tick of the highest ADC of the first wire must be above this [tick]; null for no bound."
    )
    tick_max: int | None = Field(
        1927, description="Tick of the highest ADC of the first wire must be below this [tick]; null for no bound."
    )


class InductionWindow(EntryWindow):
    """Where a cluster of the induction plane may begin."""

    wire_min: int | None = Field(11, description="First wire must be above this [wire]; null for no bound.")
    wire_max: int | None = Field(35, description="First wire must be below this [wire]; null for no bound.")
    tick_min: int | None = Field(
        786, description="Tick of the highest ADC of the first wire must be above this [tick]; null for no bound."
    )
    tick_max: int | None = Field(
        1794, description="Tick of the highest ADC of the first wire must be below this [tick]; null for no bound."
    )


class RoleCuts(_Bounded):
    """Cuts on the clusters and matched pairs of one role; the defaults are those of a stopping track."""

    height_min: int | None = Field(10, description="Wires of a cluster must be above this; null for no bound.")
    height_max: int | None = Field(179, description="Wires of a cluster must be below this; null for no bound.")
    profile_not_constant: bool = Field(
        True, description="Drop clusters whose per-wire maximum is the same on every wire."
    )
    collection: EntryWindow = Field(
        default_factory=CollectionWindow, description="Where clusters of the collection plane may begin."
    )
    induction: EntryWindow = Field(
        default_factory=InductionWindow, description="Where clusters of the induction plane may begin."
    )
    pair_height_min: int | None = Field(
        10, description="Wires of both clusters of a pair must be above this; null for no bound."
    )
    pair_height_max: int | None = Field(
        179, description="Wires of both clusters of a pair must be below this; null for no bound."
    )
    pair_width_max: int | None = Field(
        1500, gt=0, description="Ticks of both clusters of a pair must be below this; null for no bound."
    )

    def window(self, plane: str) -> EntryWindow:
        """Give the entry window of a plane by its name."""
        window: EntryWindow = getattr(self, plane)
        return window


class StoppingCuts(RoleCuts):
    """Cuts of the roles train and held_out: tracks that stop in the detector."""

    collection: CollectionWindow = Field(
        default_factory=CollectionWindow, description="Where clusters of the collection plane may begin."
    )
    induction: InductionWindow = Field(
        default_factory=InductionWindow, description="Where clusters of the induction plane may begin."
    )


class MipCuts(StoppingCuts):
    """Cuts of the role mip: tracks that cross the detector."""

    height_min: int | None = Field(175, description="Wires of a cluster must be above this; null for no bound.")
    height_max: int | None = Field(None, description="Wires of a cluster must be below this; null for no bound.")
    profile_not_constant: bool = Field(
        False, description="Drop clusters whose per-wire maximum is the same on every wire."
    )
    pair_height_min: int | None = Field(
        None, description="Wires of both clusters of a pair must be above this; null for no bound."
    )
    pair_height_max: int | None = Field(
        None, description="Wires of both clusters of a pair must be below this; null for no bound."
    )
    pair_width_max: int | None = Field(
        473, gt=0, description="Ticks of both clusters of a pair must be below this; null for no bound."
    )


class ReferenceCuts(RoleCuts):
    """Cuts of the role reference: every cluster is kept, only very wide pairs are dropped."""

    height_min: int | None = Field(None, description="Wires of a cluster must be above this; null for no bound.")
    height_max: int | None = Field(None, description="Wires of a cluster must be below this; null for no bound.")
    profile_not_constant: bool = Field(
        False, description="Drop clusters whose per-wire maximum is the same on every wire."
    )
    collection: EntryWindow = Field(
        default_factory=EntryWindow, description="Where clusters of the collection plane may begin."
    )
    induction: EntryWindow = Field(
        default_factory=EntryWindow, description="Where clusters of the induction plane may begin."
    )
    pair_height_min: int | None = Field(
        None, description="Wires of both clusters of a pair must be above this; null for no bound."
    )
    pair_height_max: int | None = Field(
        None, description="Wires of both clusters of a pair must be below this; null for no bound."
    )


class CutsConfig(Section):
    """Cuts of every role."""

    train: StoppingCuts = Field(default_factory=StoppingCuts, description="Samples that models are trained on.")
    held_out: StoppingCuts = Field(default_factory=StoppingCuts, description="Samples that no model is trained on.")
    mip: MipCuts = Field(default_factory=MipCuts, description="Samples of tracks that cross the detector.")
    reference: ReferenceCuts = Field(default_factory=ReferenceCuts, description="Hand-picked reference samples.")


def first_failed_cut(
    cuts: RoleCuts,
    plane: str,
    *,
    height: NDArray[Any],
    profile_constant: NDArray[np.bool_],
    entry_wire: NDArray[Any],
    vertex_tick: NDArray[Any],
) -> NDArray[np.object_]:
    """Name the first cut that each cluster of a plane fails.

    Parameters
    ----------
    cuts : RoleCuts
        Bounds of the sample's role.
    plane : str
        ``collection`` or ``induction``.
    height, profile_constant, entry_wire, vertex_tick : (n,) arrays
        Wires of the cluster; whether its per-wire maximum is one number; its
        first wire; tick of the highest ADC of that wire.

    Returns
    -------
    (n,) object array
        One of `CLUSTER_CUTS`, or None for a cluster that is kept.
    """
    window = cuts.window(plane)
    failed: list[NDArray[np.bool_]] = [
        _outside(height, (cuts.height_min, cuts.height_max)),
        profile_constant if cuts.profile_not_constant else np.zeros(len(height), bool),
        _outside(entry_wire, (window.wire_min, window.wire_max)),
        _outside(vertex_tick, (window.tick_min, window.tick_max)),
    ]
    return _first_name(CLUSTER_CUTS, failed)


def first_failed_pair_cut(cuts: RoleCuts, *, heights: NDArray[Any], widths: NDArray[Any]) -> NDArray[np.object_]:
    """Name the first pair cut that each matched pair fails.

    Parameters
    ----------
    cuts : RoleCuts
        Bounds of the sample's role.
    heights, widths : (n, 2) arrays
        Wires and ticks of both clusters of each pair.

    Returns
    -------
    (n,) object array
        One of `PAIR_CUTS`, or None for a pair that is kept.
    """
    failed: list[NDArray[np.bool_]] = [
        np.any(_outside(heights, (cuts.pair_height_min, cuts.pair_height_max)), axis=1),
        np.any(_outside(widths, (None, cuts.pair_width_max)), axis=1),
    ]
    return _first_name(PAIR_CUTS, failed)


def _outside(values: NDArray[Any], bounds: Bounds) -> NDArray[np.bool_]:
    low, high = bounds
    outside = np.zeros(values.shape, bool)
    if low is not None:
        outside |= values <= low
    if high is not None:
        outside |= values >= high
    return outside


def _first_name(names: Sequence[str], failed: Sequence[NDArray[np.bool_]]) -> NDArray[np.object_]:
    first = np.full(len(failed[0]), None, dtype=object)
    for name, fails in zip(reversed(names), reversed(failed), strict=True):
        first[fails] = name
    return first
