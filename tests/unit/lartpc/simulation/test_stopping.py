import numpy as np
import pytest

from rootline.lartpc.simulation.particles import ELECTRON, KAON, MASSES, MUON, PROTON, SPECIES, kinetic_energy
from rootline.lartpc.simulation.stopping import RangeTables, stopping_power

# PHYSICS: Bethe formula with Sternheimer's density correction
REFERENCE_RANGES = [
    (PROTON, 600, 20.7),
    (PROTON, 800, 49.6),
    (PROTON, 1000, 92.3),
    (KAON, 350, 15.0),
    (KAON, 450, 31.6),
    (KAON, 600, 68.1),
    (MUON, 150, 21.2),
    (MUON, 200, 39.4),
    (MUON, 300, 82.0),
]


@pytest.fixture(scope="module")
def tables():
    return RangeTables()


@pytest.mark.parametrize(("species", "momentum", "range_cm"), REFERENCE_RANGES)
def test_the_nine_reference_ranges_agree_within_half_a_percent(tables, species, momentum, range_cm):
    energy = kinetic_energy(np.array([float(momentum)]), MASSES[species])
    assert tables.range_cm(energy, species)[0] == pytest.approx(range_cm, rel=0.005)


@pytest.mark.parametrize("species", range(len(SPECIES)))
def test_energy_from_range_undoes_range_from_energy(tables, species):
    energy = np.geomspace(0.1, 5000, 300)
    np.testing.assert_allclose(tables.energy_mev(tables.range_cm(energy, species), species), energy, rtol=2e-3)


@pytest.mark.parametrize("species", [MUON, KAON, PROTON])
def test_stopping_power_is_the_slope_of_energy_against_range(tables, species):
    energy = np.geomspace(5, 2000, 50)
    slope = 0.02 * energy / (tables.range_cm(1.01 * energy, species) - tables.range_cm(0.99 * energy, species))
    np.testing.assert_allclose(stopping_power(energy, species), slope, rtol=0.01)


def test_a_muon_loses_least_where_the_particle_data_group_says():
    # PDG table of muons in liquid argon: 1.508 MeV cm2/g at 266 MeV, density 1.396 g/cm3
    energy = np.geomspace(20, 5000, 2000)
    loss = stopping_power(energy, MUON)
    assert loss.min() == pytest.approx(1.508 * 1.396, rel=0.01)
    assert energy[loss.argmin()] == pytest.approx(266, rel=0.1)


def test_particles_of_one_speed_lose_the_same_whatever_their_mass():
    gamma = np.array([1.05, 1.2, 1.5])
    kaon = stopping_power((gamma - 1) * MASSES[KAON], KAON)
    proton = stopping_power((gamma - 1) * MASSES[PROTON], PROTON)
    np.testing.assert_allclose(kaon, proton, rtol=1e-3)  # but for the largest transfer


def test_electrons_lose_a_little_less_than_muons_of_their_speed():
    # the same collisions, but an electron can give away half its energy only
    gamma = np.array([2.0, 4.0, 10.0])
    electron = stopping_power((gamma - 1) * MASSES[ELECTRON], ELECTRON)
    muon = stopping_power((gamma - 1) * MASSES[MUON], MUON)
    assert ((electron < muon) & (electron > 0.8 * muon)).all()
