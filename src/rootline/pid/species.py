"""The five particles that are told apart, by their PDG codes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from particle import literals

SPECIES: Final = ("pion", "kaon", "proton", "electron", "muon")

_TABLE: Final = (literals.pi_plus, literals.K_plus, literals.proton, literals.e_plus, literals.mu_plus)
PDG_CODES: Final = {name: abs(int(entry.pdgid)) for name, entry in zip(SPECIES, _TABLE, strict=True)}
MASSES_GEV: Final = {name: float(entry.mass or 0) * 1e-3 for name, entry in zip(SPECIES, _TABLE, strict=True)}
"""PDG, by `particle` [GeV/c2]."""
LIFETIMES_CM: Final = {
    name: np.inf if entry.lifetime is None or name in ("proton", "electron") else entry.lifetime * 29.9792458
    for name, entry in zip(SPECIES, _TABLE, strict=True)
}
"""Mean proper lifetimes times the speed of light, PDG, by `particle` [cm]."""

SUFFIXES: Final = {"electron": "El", "muon": "Mu", "pion": "Pi", "kaon": "Ka", "proton": "Pr"}
"""How a column of n-sigma ends, by species."""


def species_of(pdg: NDArray[np.integer]) -> NDArray[np.object_]:
    """Name the species of PDG codes of either charge, None for any other particle, (n,)."""
    names = np.full(len(pdg), None, dtype=object)
    for name, code in PDG_CODES.items():
        names[np.abs(pdg) == code] = name
    return names
