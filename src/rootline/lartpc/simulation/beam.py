"""What enters the chamber: beam particles, halo, cosmic muons and low-energy electrons."""

from typing import Final, NamedTuple

import numpy as np

from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.config import BeamConfig, SampleConfig
from rootline.lartpc.simulation.particles import (
    BEAM,
    BLIP,
    COSMIC,
    ELECTRON,
    HALO,
    MASSES,
    MUON,
    PION,
    PROTON,
    SPECIES,
    Floats,
    Ints,
    Particles,
    isotropic,
    kinetic_energy,
)

COSMIC_SOFTEST_MEV: Final = 300.0
COSMIC_SCALE_MEV: Final = 4000.0  # mean muon energy at sea level, PDG section 30
BLIP_SCALE_MEV: Final = 0.9  # of electrons from de-excitation and neutron-capture photons


def beam_particles(sample: SampleConfig, beam: BeamConfig, n: int, rng: np.random.Generator) -> Particles:
    """Draw `n` beam particles at the front face, event 0 to n - 1, at time 0."""
    species = np.full(n, SPECIES.index(sample.species), dtype=np.int64)
    draw = rng.random(n)
    species[draw < sample.proton_contamination] = PROTON
    species[
        (draw >= sample.proton_contamination) & (draw < sample.proton_contamination + sample.pion_contamination)
    ] = PION
    low, high = sample.momentum_min, sample.momentum_max
    u = rng.random(n)
    if sample.momentum_scale is None:
        p = low + (high - low) * u
    else:
        p = low - sample.momentum_scale * np.log1p(u * np.expm1((low - high) / sample.momentum_scale))
    position = np.zeros((n, 3))
    position[:, 0] = rng.normal(beam.x_cm, beam.spot_x_cm, n)
    position[:, 1] = rng.normal(beam.y_cm, beam.spot_y_cm, n)
    return Particles(
        event=np.arange(n),
        species=species,
        energy=kinetic_energy(p, MASSES[species]),
        position=position,
        direction=_beam_directions(beam, n, rng),
        time=np.zeros(n),
        origin=np.full(n, BEAM),
        path=np.zeros(n),
    )


class Background(NamedTuple):
    """Particles that are not the beam's, and how many halo and cosmic tracks each event has (n_events,)."""

    particles: list[Particles]
    n_halo: Ints
    n_cosmics: Ints


def background_particles(
    beam: BeamConfig, detector: DetectorConfig, n_events: int, rng: np.random.Generator
) -> Background:
    """Draw halo, cosmic muons and blips for events 0 to n_events - 1, at any time of the readout."""
    drift_us = detector.drift_cm / detector.drift_velocity_cm_us
    early, late = -drift_us, detector.ticks * detector.tick_us
    size = np.array([detector.drift_cm, detector.height_cm, detector.length_cm])
    corner = np.array([0.0, -detector.height_cm / 2, 0.0])

    n_halo = rng.poisson(beam.halo_mean, n_events)
    event = np.repeat(np.arange(n_events), n_halo)
    n = len(event)
    position = corner + rng.random((n, 3)) * size
    position[:, 2] = 0.0
    species = np.where(rng.random(n) < 0.6, MUON, PION)
    halo = _background(
        event,
        species,
        rng.uniform(150, 1500, n),
        position,
        _beam_directions(beam, n, rng),
        rng.uniform(early, late, n),
        HALO,
    )

    n_cosmics = rng.poisson(beam.cosmic_mean, n_events)
    event = np.repeat(np.arange(n_events), n_cosmics)
    n = len(event)
    cosine = rng.random(n) ** (1 / 3)  # flux through a volume goes as cos^2 of the zenith angle
    azimuth = rng.uniform(0, 2 * np.pi, n)
    sine = np.sqrt(1 - cosine**2)
    direction = np.stack([sine * np.cos(azimuth), -cosine, sine * np.sin(azimuth)], axis=1)
    inside = corner + rng.random((n, 3)) * size  # a point of the chamber, then back to where it came in
    back = np.where(direction > 0, inside - corner, inside - corner - size) / np.where(direction == 0, 1e-12, direction)
    position = np.clip(inside - back.min(axis=1)[:, None] * direction, corner, corner + size)
    energy = COSMIC_SOFTEST_MEV + rng.exponential(COSMIC_SCALE_MEV, n)
    cosmics = _background(event, np.full(n, MUON), energy, position, direction, rng.uniform(early, late, n), COSMIC)

    event = np.repeat(np.arange(n_events), rng.poisson(beam.blip_mean, n_events))
    n = len(event)
    blips = _background(
        event,
        np.full(n, ELECTRON),
        0.2 + rng.exponential(BLIP_SCALE_MEV, n),
        corner + rng.random((n, 3)) * size,
        isotropic(rng, n),
        rng.uniform(early, late, n),
        BLIP,
    )
    return Background([halo, cosmics, blips], n_halo, n_cosmics)


def _beam_directions(beam: BeamConfig, n: int, rng: np.random.Generator) -> Floats:
    slopes = np.tan(1e-3 * rng.normal([beam.angle_x_mrad, beam.angle_y_mrad], beam.spread_mrad, (n, 2)))
    direction = np.concatenate([slopes, np.ones((n, 1))], axis=1)
    unit: Floats = direction / np.sqrt((direction**2).sum(axis=1, keepdims=True))
    return unit


def _background(
    event: Ints, species: Ints, energy: Floats, position: Floats, direction: Floats, time: Floats, origin: int
) -> Particles:
    n = len(event)
    return Particles(event, species, energy, position, direction, time, np.full(n, origin), np.zeros(n))
