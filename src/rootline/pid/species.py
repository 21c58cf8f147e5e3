"""The five particles that are told apart, by their PDG codes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

PDG_CODES: Final = {"pion": 211, "kaon": 321, "proton": 2212, "electron": 11, "muon": 13}
"""Of either charge, without its sign (PDG, Monte Carlo particle numbering scheme)."""

SPECIES: Final = tuple(PDG_CODES)

SUFFIXES: Final = {"electron": "El", "muon": "Mu", "pion": "Pi", "kaon": "Ka", "proton": "Pr"}
"""How a column of n-sigma ends, by species."""


def species_of(pdg: NDArray[np.integer]) -> NDArray[np.object_]:
    """Name the species of PDG codes of either charge, None for any other particle, (n,)."""
    names = np.full(len(pdg), None, dtype=object)
    for name, code in PDG_CODES.items():
        names[np.abs(pdg) == code] = name
    return names
