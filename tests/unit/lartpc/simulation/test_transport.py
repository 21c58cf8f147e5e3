import numpy as np
import pytest
from scipy.stats import binom
from tests.unit.lartpc.simulation.gun import shoot
from tests.unit.lartpc.simulation.test_stopping import REFERENCE_RANGES

from rootline.lartpc.simulation.particles import (
    BEAM,
    KAON,
    LIFETIMES_US,
    LIGHT_CM_US,
    MASSES,
    MUON,
    PROTON,
    kinetic_energy,
)
from rootline.lartpc.simulation.particles import momentum as momentum_of
from rootline.lartpc.simulation.stopping import RangeTables, stopping_power
from rootline.lartpc.simulation.transport import DECAY_AT_REST, DECAY_IN_FLIGHT, INTERACTION, STOP


@pytest.mark.parametrize(("species", "momentum", "range_cm"), REFERENCE_RANGES)
def test_stopped_particles_went_as_far_as_the_reference_says(species, momentum, range_cm):
    _, ends = shoot(species, momentum=momentum, n=100)
    stopped = np.isin(ends.ending, (STOP, DECAY_AT_REST))
    assert stopped.sum() > 60
    assert ends.path[stopped].mean() == pytest.approx(range_cm, rel=0.02)


def test_a_minimum_ionising_particle_has_the_known_most_probable_and_median_loss_at_4_mm():
    steps, _ = shoot(MUON, momentum=1500, n=150, length_cm=82, step_cm=0.1, delta_ray_mev=1e4)
    kept = (steps.origin == BEAM) & (steps.path < 80)
    cell = steps.event[kept] * 200 + np.floor(steps.path[kept] / 0.4).astype(np.int64)
    dedx = np.bincount(cell, steps.energy[kept])[np.bincount(cell) == 4] / 0.4
    assert len(dedx) > 25_000
    counts, edges = np.histogram(dedx, bins=np.arange(1.2, 2.4, 0.08))
    top = counts.argmax()
    parabola = np.polyfit(edges[top - 2 : top + 3] + 0.04, counts[top - 2 : top + 3], 2)
    assert -parabola[1] / (2 * parabola[0]) == pytest.approx(1.65, rel=0.03)
    assert np.median(dedx) == pytest.approx(1.83, rel=0.03)


def test_fluctuations_of_a_thick_layer_grow_as_their_variance_predicts():
    # Vavilov: variance per length = xi W (1 - beta^2 / 2); PDG "fluctuations in energy loss"
    momentum, n = 1000.0, 1500
    steps, _ = shoot(PROTON, momentum=momentum, n=n, length_cm=5, step_cm=0.25, delta_ray_mev=1e4)
    energy = kinetic_energy(np.array([momentum]), MASSES[PROTON])[0]
    gamma = 1 + energy / MASSES[PROTON]
    beta2 = 1 - 1 / gamma**2
    most = 2 * MASSES[0] * (gamma**2 - 1) / (1 + 2 * gamma * MASSES[0] / MASSES[PROTON])
    per_cm = 0.5 * 0.307075 * 0.45059 * 1.396 / beta2 * most * (1 - beta2 / 2)
    for depth in (1.0, 4.0):
        kept = (steps.origin == BEAM) & (steps.path < depth)
        loss = np.bincount(steps.event[kept], steps.energy[kept], minlength=n)
        assert loss.var() == pytest.approx(per_cm * depth, rel=0.15)


def test_a_stopping_proton_leaves_all_its_energy_and_most_of_it_per_length_at_the_end():
    n = 60
    steps, ends = shoot(PROTON, momentum=800, n=n)
    energy = kinetic_energy(np.array([800.0]), MASSES[PROTON])[0]
    np.testing.assert_allclose(np.bincount(steps.event, steps.energy), energy, rtol=1e-9)
    residual = ends.path[steps.event] - steps.path
    last = residual < 1
    early = (residual > 29.5) & (residual < 30.5)
    at_end = steps.energy[last].sum() / steps.length[last].sum()
    before = steps.energy[early].sum() / steps.length[early].sum()
    tables = RangeTables()
    assert at_end == pytest.approx(tables.energy_mev(np.array([1.0]), PROTON)[0], rel=0.03)
    expected = stopping_power(tables.energy_mev(np.array([30.0]), PROTON), PROTON)[0]
    assert before == pytest.approx(expected, rel=0.05)
    assert at_end > 6 * before


def test_multiple_scattering_over_one_radiation_length_is_highlands():
    n = 800
    steps, _ = shoot(MUON, momentum=2000, n=n, length_cm=20)
    depth = 14.0
    kept = np.flatnonzero((steps.origin == BEAM) & (steps.path < depth))
    last = kept[np.flatnonzero(np.diff(steps.event[kept], append=n))]
    angles = np.concatenate([steps.direction[last, 0], steps.direction[last, 1]])
    p = 2000 - 15  # in the middle of the layer
    beta = p / np.hypot(p, MASSES[MUON])
    assert angles.std() == pytest.approx(13.6 / (beta * p), rel=0.07)


def test_kaons_decay_in_flight_as_often_as_their_lifetime_says():
    n, momentum = 1500, 450.0
    _, ends = shoot(KAON, momentum=momentum, n=n)
    tables = RangeTables()
    total = tables.range_cm(kinetic_energy(np.array([momentum]), MASSES[KAON]), KAON)[0]
    residual = (np.arange(2000) + 0.5) * total / 2000
    p = momentum_of(tables.energy_mev(residual, KAON), MASSES[KAON])
    decays = (MASSES[KAON] / (p * LIGHT_CM_US * LIFETIMES_US[KAON]) * total / 2000).sum()
    low, high = binom.interval(0.999, n, 1 - np.exp(-decays))
    assert low <= (ends.ending == DECAY_IN_FLIGHT).sum() <= high


def test_protons_interact_as_often_as_their_interaction_length_says():
    n = 2000
    _, ends = shoot(PROTON, momentum=1000, n=n, length_cm=22, proton_interaction_cm=60)
    hit = ends.ending == INTERACTION
    low, high = binom.interval(0.999, n, 1 - np.exp(-20 / 60))
    assert low <= (hit & (ends.path < 20)).sum() <= high


def test_a_kaon_at_rest_leaves_a_muon_and_the_muon_an_electron():
    steps, ends = shoot(KAON, momentum=400, n=150)
    at_rest = np.flatnonzero(ends.ending == DECAY_AT_REST)
    own = np.bincount(steps.event, steps.energy * (steps.origin == BEAM), minlength=150)
    all_energy = np.bincount(steps.event, steps.energy, minlength=150)
    extra = (all_energy - own)[at_rest]
    # K -> mu nu: 152.5 MeV of the muon and up to 52.3 MeV of the positron, less what is radiated away
    assert 0.4 < ((extra > 145) & (extra < 210)).mean() < 0.95
