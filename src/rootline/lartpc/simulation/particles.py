"""Which particles there are, their masses and lifetimes, and arrays of them.

Array conventions of the package: x [cm] along the drift, away from the
wires; y [cm] upwards, 0 in the middle; z [cm] along the beam, 0 at the front
face; energies [MeV], momenta [MeV/c], times [us].
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from particle import literals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LIGHT_CM_US: Final = 29979.2458  # speed of light, exact

SPECIES: Final = ("electron", "muon", "pion", "pion_minus", "kaon", "proton")
"""Electrons stand for both charges; muons, pions and kaons are positive where their decay matters."""
ELECTRON, MUON, PION, PION_MINUS, KAON, PROTON = range(6)

_TABLE = (literals.e_minus, literals.mu_plus, literals.pi_plus, literals.pi_minus, literals.K_plus, literals.proton)
MASSES: Final[Floats] = np.array(
    [particle.mass for particle in _TABLE], dtype=np.float64
)  # PDG, by `particle` [MeV/c2]
LIFETIMES_US: Final[Floats] = np.array(  # mean proper lifetimes, PDG, by `particle`
    [
        np.inf if particle.lifetime is None or species in (ELECTRON, PROTON) else particle.lifetime * 1e-3
        for species, particle in enumerate(_TABLE)
    ],
    dtype=np.float64,
)
PI0_MASS: Final = float(literals.pi_0.mass or 0)

BEAM, BEAM_SECONDARY, HALO, COSMIC, BLIP = range(5)
"""Where a particle comes from."""


@dataclass
class Particles:
    """Particles at one point of their way, one entry each.

    event : (n,) int64       which event of the block
    species : (n,) int64     index into SPECIES
    energy : (n,) float64    kinetic [MeV]
    position : (n, 3)        [cm]
    direction : (n, 3)       unit vectors
    time : (n,) float64      after the trigger [us]
    origin : (n,) int64      BEAM, BEAM_SECONDARY, HALO, COSMIC or BLIP
    path : (n,) float64      length of the way so far [cm]
    """

    event: Ints
    species: Ints
    energy: Floats
    position: Floats
    direction: Floats
    time: Floats
    origin: Ints
    path: Floats

    def __len__(self) -> int:
        return len(self.event)

    def take(self, index: NDArray[np.bool_] | Ints) -> Self:
        """Give the particles at `index`, a mask or positions."""
        return type(self)(*(getattr(self, field.name)[index] for field in fields(self)))


def concatenate(parts: Sequence[Particles]) -> Particles:
    """Put arrays of particles one after the other."""
    if len(parts) == 1:
        return parts[0]
    return Particles(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Particles)))


def no_particles() -> Particles:
    """Give an array of no particles."""
    ints, floats, vectors = np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 3))
    return Particles(ints, ints, floats, vectors, vectors, floats, ints, floats)


def daughters(parents: Particles, parent: Ints, *, species: Ints | int, energy: Floats, direction: Floats) -> Particles:
    """Make particles that start where their parents are; `parent` (n,) indexes `parents`."""
    origin = parents.origin[parent]
    return Particles(
        event=parents.event[parent],
        species=np.broadcast_to(np.asarray(species, dtype=np.int64), parent.shape).copy(),
        energy=energy,
        position=parents.position[parent],
        direction=direction,
        time=parents.time[parent],
        origin=np.where(origin == BEAM, BEAM_SECONDARY, origin),
        path=np.zeros(len(parent)),
    )


def momentum(energy: Floats, mass: Floats | float) -> Floats:
    """Momentum [MeV/c] of kinetic energy [MeV]."""
    return np.sqrt(energy * (energy + 2 * mass))


def kinetic_energy(p: Floats, mass: Floats | float) -> Floats:
    """Kinetic energy [MeV] of momentum [MeV/c], accurate for slow particles."""
    return p * p / (np.sqrt(p * p + np.square(mass)) + mass)


def isotropic(rng: np.random.Generator, n: int) -> Floats:
    """Give (n, 3) unit vectors, all directions alike."""
    return around(np.tile([0.0, 0.0, 1.0], (n, 1)), rng.uniform(-1, 1, n), rng.uniform(0, 2 * np.pi, n))


def around(axis: Floats, cosine: Floats, azimuth: Floats) -> Floats:
    """Give (n, 3) unit vectors at the given angles around the axes (n, 3)."""
    sine = np.sqrt(np.maximum(0.0, 1 - cosine * cosine))
    a, b = sine * np.cos(azimuth), sine * np.sin(azimuth)
    x, y, z = axis[:, 0], axis[:, 1], axis[:, 2]
    # basis without a singular pole, Duff et al., JCGT 6 (2017) 1
    sign = np.copysign(1.0, z)
    f = -1.0 / (sign + z)
    g = x * y * f
    turned = np.empty_like(axis)
    turned[:, 0] = a * (1 + sign * x * x * f) + b * g + cosine * x
    turned[:, 1] = a * sign * g + b * (sign + y * y * f) + cosine * y
    turned[:, 2] = -a * sign * x - b * y + cosine * z
    return turned
