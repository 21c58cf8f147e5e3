import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.lartpc.simulation.gun import beam

from rootline.lartpc.simulation.decays import decay, phase_space
from rootline.lartpc.simulation.particles import (
    ELECTRON,
    KAON,
    MASSES,
    MUON,
    PION,
    PION_MINUS,
    SPECIES,
    momentum,
)


def at_rest(species, n):
    parents = beam(species, momentum=1.0, n=n)
    parents.energy = np.zeros(n)
    return parents


def per_parent(made, species, n):
    return np.bincount(made.event[made.species == species], minlength=n)


def test_kaon_channels_have_their_measured_shares():
    n = 40_000
    made = decay(at_rest(KAON, n), np.random.default_rng(1))
    p = momentum(made.energy, MASSES[made.species])
    muon, pion = made.species == MUON, made.species == PION
    two_body_muon = (np.abs(p[muon] - 235.5) < 0.2).sum() / n  # PDG: 236 MeV/c
    two_body_pion = (np.abs(p[pion] - 205.1) < 0.2).sum() / n  # PDG: 205 MeV/c
    three_pions = (per_parent(made, PION_MINUS, n) == 1).sum() / n
    assert two_body_muon == pytest.approx(0.6356, abs=0.01)
    assert two_body_pion == pytest.approx(0.2067, abs=0.01)
    assert three_pions == pytest.approx(0.0558, abs=0.005)
    assert (per_parent(made, PION, n)[per_parent(made, PION_MINUS, n) == 1] == 2).all()
    # pi pi0 pi0, pi0 mu nu and pi0 e nu: a softer pion, a softer muon, neither
    muons, pions = per_parent(made, MUON, n), per_parent(made, PION, n)
    assert (pions == 1).sum() / n - two_body_pion == pytest.approx(0.0176, abs=0.003)
    assert muons.sum() / n - two_body_muon == pytest.approx(0.0335, abs=0.004)
    assert ((muons == 0) & (pions == 0)).sum() / n == pytest.approx(0.0507, abs=0.005)


def test_a_pion_at_rest_makes_a_muon_of_4_mev():
    made = decay(at_rest(PION, 100), np.random.default_rng(1))
    assert (made.species == MUON).all()
    np.testing.assert_allclose(made.energy, 4.12, atol=0.01)  # PDG: 29.8 MeV/c


def test_positrons_of_muons_at_rest_have_michels_spectrum():
    made = decay(at_rest(MUON, 20_000), np.random.default_rng(1))
    assert (made.species == ELECTRON).all()
    assert made.energy.max() < 52.4
    assert made.energy.mean() == pytest.approx(0.7 * 52.83 - 0.51, rel=0.01)  # mean x of 2 x^2 (3 - 2x) is 0.7


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.lists(st.floats(0, 150), min_size=2, max_size=3))
def test_products_share_the_parents_energy_and_no_momentum(seed, masses):
    mass = sum(masses) + 50.0
    momenta = phase_space(mass, tuple(masses), 20, np.random.default_rng(seed))
    np.testing.assert_allclose(sum(momenta), 0, atol=1e-6)
    energy = sum(np.sqrt(own**2 + (p**2).sum(axis=1)) for own, p in zip(masses, momenta, strict=True))
    np.testing.assert_allclose(energy, mass, rtol=1e-6)


def test_three_pions_of_a_flying_kaon_carry_its_energy_and_momentum():
    n = 3000
    parents = beam(KAON, momentum=500.0, n=n)
    made = decay(parents, np.random.default_rng(1))
    charged = np.isin(made.species, (PION, PION_MINUS))
    complete = np.flatnonzero(per_parent(made, PION_MINUS, n) == 1)
    total = np.bincount(made.event[charged], made.energy[charged] + MASSES[PION], minlength=n)[complete]
    p = (momentum(made.energy, MASSES[made.species])[:, None] * made.direction)[charged]
    along = np.bincount(made.event[charged], p[:, 2], minlength=n)[complete]
    aside = np.bincount(made.event[charged], p[:, 0], minlength=n)[complete]
    assert len(complete) > 100
    np.testing.assert_allclose(total, np.hypot(500.0, MASSES[KAON]), rtol=1e-6)
    np.testing.assert_allclose(along, 500.0, rtol=1e-6)
    np.testing.assert_allclose(aside, 0.0, atol=1e-6)


def test_masses_and_lifetimes_are_the_particle_data_groups():
    assert dict(zip(SPECIES, MASSES, strict=True))["kaon"] == pytest.approx(493.68, abs=0.05)
    assert dict(zip(SPECIES, MASSES, strict=True))["proton"] == pytest.approx(938.272, abs=0.01)
