"""Inelastic interactions of protons, kaons and pions with argon nuclei, and capture of stopped negative pions.

A cascade in one step: what is left of the energy after binding is shared by
the outgoing hadron and a few knocked-out nucleons, of which only protons are
seen. Shares and multiplicities are rough means of hadron-argon data; they
set how an interacting track looks, not a cross-section anyone measures here.
"""

from typing import Final

import numpy as np

from rootline.lartpc.simulation.decays import decay_neutral_pions
from rootline.lartpc.simulation.particles import (
    KAON,
    MASSES,
    PI0_MASS,
    PION,
    PION_MINUS,
    PROTON,
    Floats,
    Ints,
    Particles,
    around,
    concatenate,
    daughters,
    isotropic,
    no_particles,
)

BINDING_MEV: Final = 8.6  # mean binding energy per nucleon of 40Ar
PROTON_SHARE: Final = 18 / 40  # argon: 18 protons of 40 nucleons
SLOWEST_MEV: Final = 20.0  # slower hadrons do not interact
KAON_LOST: Final = 0.15  # charge exchange: the kaon leaves as a K0
PROTON_LOST: Final = 0.3  # the fast nucleon leaves as a neutron
PION_ABSORBED: Final = 0.35
PION_TO_PI0: Final = 0.15


def interact(hadrons: Particles, rng: np.random.Generator) -> Particles:
    """Give what comes out when these hadrons meet a nucleus at the end of their way."""
    if not len(hadrons):
        return no_particles()
    n = len(hadrons)
    draw = rng.random(n)
    is_pion = (hadrons.species == PION) | (hadrons.species == PION_MINUS)
    absorbed = is_pion & (draw < PION_ABSORBED)
    exchanged = is_pion & ~absorbed & (draw < PION_ABSORBED + PION_TO_PI0)
    unseen = ((hadrons.species == KAON) & (draw < KAON_LOST)) | ((hadrons.species == PROTON) & (draw < PROTON_LOST))
    n_knocked = 1 + rng.poisson(np.where(absorbed, 1.8, 0.8))
    available = hadrons.energy + np.where(absorbed, MASSES[PION], 0.0) - BINDING_MEV * n_knocked
    available = np.maximum(available, 0.0)
    # the hadron itself keeps a large share, forward; nothing of an absorbed pion
    kept = np.where(absorbed, 0.0, rng.beta(2.0, 1.2, n)) * available
    leading = np.flatnonzero(~absorbed & ~exchanged & ~unseen & (kept > 1.0))
    parts = [
        daughters(
            hadrons,
            leading,
            species=hadrons.species[leading],
            energy=kept[leading],
            direction=_scattered(hadrons.direction[leading], rng.exponential(0.15, len(leading)), rng),
        ),
        _nucleons(hadrons, np.arange(n), n_knocked, available - kept, rng),
    ]
    neutral = np.flatnonzero(exchanged)
    if len(neutral):
        direction = _scattered(hadrons.direction[neutral], rng.exponential(0.3, len(neutral)), rng)
        parts.append(decay_neutral_pions(hadrons, neutral, kept[neutral] + PI0_MASS, direction, rng))
    return concatenate(parts)


def capture(pions: Particles, rng: np.random.Generator) -> Particles:
    """Short tracks of protons where a negative pion stopped and was captured."""
    n_knocked = rng.poisson(1.5, len(pions))
    return _nucleons(pions, np.arange(len(pions)), n_knocked, 25.0 * n_knocked.astype(np.float64), rng)


def _nucleons(parents: Particles, parent: Ints, number: Ints, energy: Floats, rng: np.random.Generator) -> Particles:
    """Share `energy` [MeV] of each parent among `number` nucleons at random and keep the protons."""
    owner = np.repeat(np.arange(len(parent)), number)
    weights = rng.exponential(1.0, len(owner))
    total = np.bincount(owner, weights, minlength=len(parent))
    energies = energy[owner] * weights / np.maximum(total[owner], 1e-12)
    seen = (rng.random(len(owner)) < PROTON_SHARE) & (energies > 3.0)
    directions = isotropic(rng, len(owner)) + 0.8 * parents.direction[parent[owner]]
    directions /= np.sqrt((directions**2).sum(axis=1, keepdims=True))
    return daughters(parents, parent[owner[seen]], species=PROTON, energy=energies[seen], direction=directions[seen])


def _scattered(direction: Floats, one_minus_cosine: Floats, rng: np.random.Generator) -> Floats:
    cosine = 1 - np.minimum(one_minus_cosine, 2.0)
    return around(direction, cosine, rng.uniform(0, 2 * np.pi, len(cosine)))
