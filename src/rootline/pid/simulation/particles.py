"""Charged particles on their way from a collision to the detector."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass
class Particles:
    """Particles where they begin, one entry each.

    event : (n,) int64            number of the collision
    pdg : (n,) int64              PDG code
    momentum : (n, 3) float64     [GeV/c]
    origin : (n, 3) float64       seen from the collision [cm]
    """

    event: Ints
    pdg: Ints
    momentum: Floats
    origin: Floats

    def take(self, chosen: Bools | Ints) -> Self:
        """Give some of them."""
        return type(self)(*(getattr(self, field.name)[chosen] for field in fields(self)))
