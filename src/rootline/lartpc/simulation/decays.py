"""Decays of kaons, pions and muons, at rest and in flight, with their measured shares and phase space."""

from typing import Final

import numpy as np

from rootline.lartpc.simulation.electromagnetic import convert_photons
from rootline.lartpc.simulation.particles import (
    ELECTRON,
    KAON,
    MASSES,
    MUON,
    PI0_MASS,
    PION,
    PION_MINUS,
    Floats,
    Ints,
    Particles,
    concatenate,
    daughters,
    isotropic,
    no_particles,
)

PI0: Final = -1
NEUTRINO: Final = -2

KAON_CHANNELS: Final = (  # shares of K+ decays, PDG 2024; what is missing to one is spread over all
    (0.6356, (MUON, NEUTRINO)),
    (0.2067, (PION, PI0)),
    (0.05583, (PION, PION, PION_MINUS)),
    (0.01760, (PION, PI0, PI0)),
    (0.0507, (PI0, ELECTRON, NEUTRINO)),
    (0.03352, (PI0, MUON, NEUTRINO)),
)


def decay(parents: Particles, rng: np.random.Generator) -> Particles:
    """Decay kaons, pions and muons; neutral pions go on to photons and these to electrons.

    A parent with no energy decays at rest. The time of decay is the
    parent's; neutrinos are not kept.
    """
    parts = []
    kaons = np.flatnonzero(parents.species == KAON)
    if len(kaons):
        shares = np.cumsum([share for share, _ in KAON_CHANNELS])
        channel = np.searchsorted(shares / shares[-1], rng.random(len(kaons)), side="right")
        for number, (_, products) in enumerate(KAON_CHANNELS):
            chosen = kaons[channel == number]
            if len(chosen):
                parts.append(_into(parents, chosen, products, rng))
    pions = np.flatnonzero((parents.species == PION) | (parents.species == PION_MINUS))
    if len(pions):
        parts.append(_into(parents, pions, (MUON, NEUTRINO), rng))
    muons = np.flatnonzero(parents.species == MUON)
    if len(muons):
        parts.append(_michel(parents, muons, rng))
    return concatenate(parts) if parts else no_particles()


def decay_neutral_pions(
    parents: Particles, parent: Ints, energy: Floats, direction: Floats, rng: np.random.Generator
) -> Particles:
    """Let neutral pions (total energy [MeV], direction) decay to photons where their parents are."""
    n = len(parent)
    along = isotropic(rng, n)
    momenta = np.sqrt(np.maximum(energy**2 - PI0_MASS**2, 0.0))[:, None] * direction
    both = []
    for sign in (1.0, -1.0):
        photon = np.full(n, PI0_MASS / 2)
        both.append(_boost(photon, sign * photon[:, None] * along, energy, momenta, PI0_MASS))
    photons = np.concatenate([e for e, _ in both])
    directions = _unit(np.concatenate([p for _, p in both]))
    return convert_photons(parents, np.concatenate([parent, parent]), photons, directions, rng)


def _mass(product: int) -> float:
    return {PI0: PI0_MASS, NEUTRINO: 0.0}[product] if product < 0 else float(MASSES[product])


def _into(parents: Particles, chosen: Ints, products: tuple[int, ...], rng: np.random.Generator) -> Particles:
    """Decay the chosen parents to `products` by phase space, then boost."""
    n = len(chosen)
    mass = float(MASSES[parents.species[chosen[0]]])
    rest = phase_space(mass, tuple(_mass(product) for product in products), n, rng)
    total = parents.energy[chosen] + mass
    p = np.sqrt(np.maximum(total**2 - mass**2, 0.0))[:, None] * parents.direction[chosen]
    parts = []
    for product, momenta in zip(products, rest, strict=True):
        if product == NEUTRINO:
            continue
        own = _mass(product)
        energy, boosted = _boost(np.sqrt(own**2 + (momenta**2).sum(axis=1)), momenta, total, p, mass)
        direction = _unit(boosted)
        if product == PI0:
            parts.append(decay_neutral_pions(parents, chosen, energy, direction, rng))
        else:
            parts.append(daughters(parents, chosen, species=product, energy=energy - own, direction=direction))
    return concatenate(parts)


def phase_space(mass: float, masses: tuple[float, ...], n: int, rng: np.random.Generator) -> list[Floats]:
    """Momenta (n, 3) [MeV/c] of two or three products in the parent's rest frame, flat in phase space."""
    if len(masses) == 2:
        momenta = _two_body(np.full(n, mass), *masses)[:, None] * isotropic(rng, n)
        return [momenta, -momenta]
    first, second, third = masses
    pair = _pair_masses(mass, masses, n, rng)
    momenta = _two_body(np.full(n, mass), third, pair)[:, None] * isotropic(rng, n)
    inner = _two_body(pair, first, second)[:, None] * isotropic(rng, n)
    energy = np.sqrt(pair**2 + (momenta**2).sum(axis=1))
    _, one = _boost(np.sqrt(first**2 + (inner**2).sum(axis=1)), inner, energy, -momenta, pair)
    _, two = _boost(np.sqrt(second**2 + (inner**2).sum(axis=1)), -inner, energy, -momenta, pair)
    return [one, two, momenta]


def _pair_masses(mass: float, masses: tuple[float, ...], n: int, rng: np.random.Generator) -> Floats:
    """Draw invariant masses of the first two products, whose density is the product of both momenta."""
    first, second, third = masses
    low, high = first + second, mass - third
    grid = np.linspace(low, high, 200)
    density = _two_body(grid, first, second) * _two_body(np.full(200, mass), third, grid)
    cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    pairs: Floats = np.interp(rng.random(n) * cumulative[-1], cumulative, grid)
    return pairs


def _two_body(mass: Floats, first: Floats | float, second: Floats | float) -> Floats:
    """Momentum [MeV/c] of either product of a two-body decay at rest (PDG eq. 49.17)."""
    product = (mass**2 - np.square(first + second)) * (mass**2 - np.square(first - second))
    return np.sqrt(np.maximum(product, 0.0)) / (2 * mass)


def _michel(parents: Particles, chosen: Ints, rng: np.random.Generator) -> Particles:
    """Positrons of unpolarised muons: density 2 x^2 (3 - 2x), x = E / E_max."""
    n = len(chosen)
    mass = float(MASSES[MUON])
    grid = np.linspace(0, 1, 400)
    x = np.interp(rng.random(n), 2 * grid**3 - grid**4, grid)  # the integral of the density
    own = float(MASSES[ELECTRON])
    rest = np.maximum(x * (mass**2 + own**2) / (2 * mass), own * 1.001)
    momenta = np.sqrt(rest**2 - own**2)[:, None] * isotropic(rng, n)
    total = parents.energy[chosen] + mass
    p = np.sqrt(np.maximum(total**2 - mass**2, 0.0))[:, None] * parents.direction[chosen]
    energy, boosted = _boost(rest, momenta, total, p, mass)
    return daughters(parents, chosen, species=ELECTRON, energy=energy - own, direction=_unit(boosted))


def _boost(
    energy: Floats, momenta: Floats, total: Floats, direction_momenta: Floats, mass: Floats | float
) -> tuple[Floats, Floats]:
    """Lorentz boost (energy, momenta) from the rest frame of a parent (total energy, momentum, mass)."""
    along = (momenta * direction_momenta).sum(axis=1)
    boosted_energy = (total * energy + along) / mass
    factor = (along / (total + mass) + energy) / mass
    return boosted_energy, momenta + factor[:, None] * direction_momenta


def _unit(vectors: Floats) -> Floats:
    length = np.sqrt((vectors**2).sum(axis=1, keepdims=True))
    unit: Floats = vectors / np.maximum(length, 1e-12)
    return unit
