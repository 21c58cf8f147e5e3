"""Particles shot into a chamber large enough to hold them, for tests of their transport."""

import numpy as np

from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.config import PhysicsConfig
from rootline.lartpc.simulation.particles import BEAM, MASSES, Particles, kinetic_energy
from rootline.lartpc.simulation.transport import BeamEnds, Steps, Transport

NO_INTERACTIONS = {"proton_interaction_cm": 1e9, "kaon_interaction_cm": 1e9, "pion_interaction_cm": 1e9}


def shoot(
    species: int, *, momentum: float, n: int, length_cm: float = 500.0, **physics: float
) -> tuple[Steps, BeamEnds]:
    """Transport `n` particles of one species along z, one in each event, in a chamber 20 m wide and high."""
    detector = DetectorConfig(drift_cm=2000.0, height_cm=2000.0, length_cm=length_cm)
    transport = Transport(PhysicsConfig.model_validate(NO_INTERACTIONS | physics), detector)
    return transport.run(beam(species, momentum=momentum, n=n), n, np.random.default_rng(1))


def beam(species: int, *, momentum: float, n: int) -> Particles:
    """Give `n` particles at (1000, 0, 0) that fly along z."""
    energy = kinetic_energy(np.full(n, momentum), MASSES[species])
    return Particles(
        event=np.arange(n),
        species=np.full(n, species),
        energy=energy,
        position=np.tile([1000.0, 0.0, 0.0], (n, 1)),
        direction=np.tile([0.0, 0.0, 1.0], (n, 1)),
        time=np.zeros(n),
        origin=np.full(n, BEAM),
        path=np.zeros(n),
    )
