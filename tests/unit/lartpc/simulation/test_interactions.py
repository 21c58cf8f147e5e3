import numpy as np
import pytest
from tests.unit.lartpc.simulation.gun import beam

from rootline.lartpc.simulation.electromagnetic import (
    bremsstrahlung,
    compton_attenuation,
    convert_photons,
    pair_attenuation,
)
from rootline.lartpc.simulation.interactions import capture, interact
from rootline.lartpc.simulation.particles import ELECTRON, KAON, MASSES, PION, PION_MINUS, PROTON, kinetic_energy


@pytest.mark.parametrize("species", [PROTON, KAON, PION])
def test_an_interaction_makes_no_more_energy_than_it_was_given(species):
    hadrons = beam(species, momentum=600.0, n=400)
    made = interact(hadrons, np.random.default_rng(1))
    given = hadrons.energy + (MASSES[PION] if species == PION else 0)
    seen = np.bincount(made.event, made.energy, minlength=400)
    assert (seen <= given + 1e-9).all()
    assert seen.mean() > 0.2 * given.mean()


def test_a_kaon_stays_a_kaon_mostly_and_goes_on_forwards():
    made = interact(beam(KAON, momentum=600.0, n=2000), np.random.default_rng(1))
    kaons = made.species == KAON
    assert 0.7 < kaons.sum() / 2000 < 0.9
    assert made.direction[kaons, 2].mean() > 0.7


def test_a_captured_pion_leaves_short_protons_only():
    made = capture(beam(PION_MINUS, momentum=1.0, n=500), np.random.default_rng(1))
    assert (made.species == PROTON).all()
    assert made.energy.max() < 250


def test_photons_convert_within_their_attenuation_length():
    n = 20_000
    parents = beam(PROTON, momentum=500.0, n=n)
    made = convert_photons(
        parents, np.arange(n), np.full(n, 100.0), np.tile([0.0, 0.0, 1.0], (n, 1)), np.random.default_rng(1)
    )
    _, first = np.unique(made.event, return_index=True)
    rate = (pair_attenuation(np.array([100.0])) + compton_attenuation(np.array([100.0])))[0]
    assert made.position[first, 2].mean() == pytest.approx(1 / rate, rel=0.05)
    assert (made.species == ELECTRON).all()
    assert np.bincount(made.event, made.energy).max() <= 100.0


def test_compton_scattering_has_klein_and_nishinas_cross_section():
    # 0.2112 barn per electron at 1 MeV (Klein-Nishina), 3.788e23 electrons per cm3 of liquid argon
    assert compton_attenuation(np.array([1.0]))[0] == pytest.approx(0.2112e-24 * 3.788e23, rel=0.01)


def test_electrons_radiate_their_energy_over_a_radiation_length():
    n, step = 200_000, 0.3
    photon = bremsstrahlung(np.full(n, 50.0), np.full(n, step), np.random.default_rng(1))
    # all but the softest photons: the integral of (4/3 - 4/3 y + y^2) from y = 0.03 to 1, times E / X0
    expected = 50.0 * step / 14.0 * (1 - (4 / 3 * 0.03 - 2 / 3 * 0.03**2))
    assert photon.mean() == pytest.approx(expected, rel=0.05)
    assert kinetic_energy(np.array([0.0]), 0.511)[0] == 0
