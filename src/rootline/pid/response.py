"""What the detectors are expected to measure of a particle, and how well: by it the tracks are simulated and n-sigma is counted."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LIGHT_CM_PS: Final = 0.0299792458  # speed of light, exact

ALEPH: Final = (0.076176, 10.632, 1.3279e-5, 1.8631, 1.9479)
"""Parameters of the energy loss in units of its minimum: the defaults of AliRoot's ``AliExternalTrackParam::BetheBlochAleph``."""

MIP_SIGNAL: Final = 50.0
"""TPC signal of a minimum ionising particle [arb. units]."""


def bethe_bloch(beta_gamma: ArrayLike) -> Floats:
    """Give the truncated mean of the energy loss relative to the minimum, by the ALEPH parametrisation.

    W. Blum, W. Riegler, L. Rolandi, Particle Detection with Drift Chambers, 2nd edition, section 10.8.
    """
    p1, p2, p3, p4, p5 = ALEPH
    bg = np.asarray(beta_gamma, dtype=np.float64)
    beta = bg / np.sqrt(1 + bg * bg)
    power = beta**p4
    return np.asarray(p1 / power * (p2 - power - np.log(p3 + bg**-p5)))


def expected_tpc(momentum: ArrayLike, mass: ArrayLike) -> Floats:
    """Give the expected TPC signal [arb. units] of a particle with a momentum [GeV/c] and a mass [GeV/c2]."""
    return MIP_SIGNAL * bethe_bloch(np.asarray(momentum, dtype=np.float64) / np.asarray(mass, dtype=np.float64))


def expected_time(momentum: ArrayLike, mass: ArrayLike, length: ArrayLike) -> Floats:
    """Give the time of flight [ps] over a length [cm] of a particle with a momentum [GeV/c] and a mass [GeV/c2]."""
    ratio = np.asarray(mass, dtype=np.float64) / np.asarray(momentum, dtype=np.float64)
    return np.asarray(length, dtype=np.float64) / LIGHT_CM_PS * np.sqrt(1 + ratio * ratio)
