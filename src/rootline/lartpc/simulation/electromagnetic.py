"""Photons and what electrons radiate: just enough for Michel electrons, showers and blips to look right.

A photon converts once: to a pair, or to a Compton electron whose scattered
photon is forgotten. Pair production is a smooth curve between threshold and
its high-energy limit, not a calculation; no analysis depends on it.
"""

from typing import Final

import numpy as np

from rootline.lartpc.simulation.particles import ELECTRON, MASSES, Floats, Ints, Particles, around, daughters
from rootline.lartpc.simulation.stopping import ELECTRON_MASS, LAR_ELECTRONS_PER_CM3, LAR_RADIATION_LENGTH_CM

SOFTEST_PHOTON_MEV: Final = 1.5  # softer radiation is neglected
SOFTEST_ELECTRON_MEV: Final = 0.3
ELECTRON_AREA_CM2: Final = 2 * np.pi * (2.8179403262e-13) ** 2  # 2 pi r_e^2


def bremsstrahlung(energy: Floats, step: Floats, rng: np.random.Generator) -> Floats:
    """Energy [MeV] radiated as one photon by electrons of `energy` within `step` [cm], mostly 0.

    Complete screening: dN/dk = (4/3 - 4/3 y + y^2) / (X0 k), y = k / E (PDG eq. 34.29).
    """
    hard = energy > 1.2 * SOFTEST_PHOTON_MEV
    ratio = np.where(hard, energy / SOFTEST_PHOTON_MEV, 1.0)
    rate = step / LAR_RADIATION_LENGTH_CM * (4 / 3) * np.log(ratio)
    draws = rng.random((3, len(energy)))
    photon = SOFTEST_PHOTON_MEV * ratio ** draws[1]
    y = photon / np.maximum(energy, photon)
    emitted = hard & (draws[0] < rate) & (draws[2] < 1 - y + 0.75 * y * y)
    return np.where(emitted, photon, 0.0)


def convert_photons(
    parents: Particles, parent: Ints, energy: Floats, direction: Floats, rng: np.random.Generator
) -> Particles:
    """Electrons that photons [MeV] from the places of their parents set free, wherever that is."""
    pair = pair_attenuation(energy)
    compton = compton_attenuation(energy)
    draws = rng.random((5, len(energy)))
    length = -np.log1p(-draws[0]) / (pair + compton)
    is_pair = draws[1] * (pair + compton) < pair
    # pair: the energy in two uniform parts, along the photon
    shared = np.maximum(energy - 2 * ELECTRON_MASS, 0.0)
    # Compton: any electron energy up to the edge, nearly flat
    edge = energy / (1 + ELECTRON_MASS / (2 * energy))
    kinetic = np.where(is_pair, draws[2] * shared, draws[2] * edge)
    p = np.sqrt(kinetic * (kinetic + 2 * ELECTRON_MASS))
    cosine = np.clip(kinetic * (energy + ELECTRON_MASS) / np.maximum(energy * p, 1e-12), -1, 1)
    aside = around(direction, cosine, 2 * np.pi * draws[3])
    first = np.where(is_pair[:, None], direction, aside)
    number = np.concatenate([np.arange(len(energy)), np.flatnonzero(is_pair)])
    energies = np.concatenate([kinetic, (shared - kinetic)[is_pair]])
    directions = np.concatenate([first, direction[is_pair]])
    kept = energies > SOFTEST_ELECTRON_MEV
    number, energies, directions = number[kept], energies[kept], directions[kept]
    made = daughters(parents, parent[number], species=ELECTRON, energy=energies, direction=directions)
    made.position = made.position + length[number, None] * direction[number]
    return made


def compton_attenuation(energy: Floats) -> Floats:
    """Klein-Nishina cross-section times the electron density [1/cm]."""
    k = energy / float(MASSES[ELECTRON])
    log = np.log1p(2 * k)
    section = (1 + k) / k**2 * (2 * (1 + k) / (1 + 2 * k) - log / k) + log / (2 * k) - (1 + 3 * k) / (1 + 2 * k) ** 2
    attenuation: Floats = LAR_ELECTRONS_PER_CM3 * ELECTRON_AREA_CM2 * section
    return attenuation


def pair_attenuation(energy: Floats) -> Floats:
    """Pair production [1/cm]: 7/9 of a radiation length at high energy, a smooth rise from threshold."""
    rise = 1 - np.exp(-0.3 * np.log(np.maximum(energy / (2 * ELECTRON_MASS), 1.0)))
    attenuation: Floats = 7 / 9 / LAR_RADIATION_LENGTH_CM * rise
    return attenuation
