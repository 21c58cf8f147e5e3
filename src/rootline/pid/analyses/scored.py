"""Tracks of one part with the truth of one species, a score for it, and what a cut takes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Scored(NamedTuple):
    """Transverse momentum [GeV/c], whether of the species, score, and whether accepted as such; each (n,)."""

    pt: Floats
    is_species: Bools
    score: Floats
    accepted: Bools
