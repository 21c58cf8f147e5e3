"""Masses and lifetimes of the particles that are told apart; by themselves, because `particle` takes a while to import."""

from typing import Final

import numpy as np
from particle import Particle

from rootline.pid.species import PDG_CODES

_STABLE: Final = ("proton", "electron")
_TABLE: Final = {name: Particle.from_pdgid(code) for name, code in PDG_CODES.items()}

MASSES_GEV: Final = {name: float(entry.mass or 0) * 1e-3 for name, entry in _TABLE.items()}
"""PDG, by `particle` [GeV/c2]."""

LIFETIMES_CM: Final = {
    name: np.inf if entry.lifetime is None or name in _STABLE else entry.lifetime * 29.9792458
    for name, entry in _TABLE.items()
}
"""Mean proper lifetimes times the speed of light, PDG, by `particle` [cm]."""
