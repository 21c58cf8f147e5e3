"""Particles through liquid argon, all those of a block of events at once, step by step.

Per step: the mean loss from the range tables; hard collisions with atomic
electrons one by one from xi / E^2 (1 - beta^2 E / W), which gives Landau's
and Vavilov's fluctuations; the soft rest with a Gaussian; multiple scattering
by Highland's formula; decay, inelastic interaction and bremsstrahlung by
their rates. Secondaries join the same loop. Elastic scattering off nuclei is
left out.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.config import PhysicsConfig
from rootline.lartpc.simulation.decays import decay
from rootline.lartpc.simulation.electromagnetic import SOFTEST_ELECTRON_MEV, bremsstrahlung, convert_photons
from rootline.lartpc.simulation.interactions import SLOWEST_MEV, capture, interact
from rootline.lartpc.simulation.particles import (
    BEAM,
    ELECTRON,
    KAON,
    LIFETIMES_US,
    LIGHT_CM_US,
    MASSES,
    PION,
    PION_MINUS,
    PROTON,
    Floats,
    Ints,
    Particles,
    around,
    concatenate,
    daughters,
    momentum,
)
from rootline.lartpc.simulation.stopping import (
    ELECTRON_MASS,
    LAR_RADIATION_LENGTH_CM,
    RangeTables,
    ionisation_scale,
    largest_transfer,
)

ENDINGS: Final = ("stop", "decay_at_rest", "decay_in_flight", "interaction", "exit")
STOP, DECAY_AT_REST, DECAY_IN_FLIGHT, INTERACTION, EXIT = range(5)
GOING: Final = -1

HARD_COLLISION_MEV: Final = 0.02  # collisions above it are drawn one by one
LAST_STEP_CM: Final = 0.03  # a particle with less range than this stops in one step
HIGHLAND_MEV: Final = 13.6  # PDG eq. 34.16
MOST_STEPS: Final = 20_000


class Steps(NamedTuple):
    """Energy deposits along straight steps, grouped by event.

    event (n,); middle and direction (n, 3) [cm]; length (n,) [cm]; energy (n,) [MeV]; time (n,) [us];
    origin (n,) as in Particles; path (n,): way of the particle up to the middle [cm].
    """

    event: Ints
    middle: Floats
    direction: Floats
    length: Floats
    energy: Floats
    time: Floats
    origin: Ints
    path: Floats

    def first(self, n: int) -> "Steps":
        """Give the first `n` steps."""
        return Steps(*(column[:n] for column in self))  # type: ignore[arg-type]


@dataclass
class BeamEnds:
    """How the beam particle of each event ended: code into ENDINGS, path length [cm], time [us]."""

    ending: Ints
    path: Floats
    time: Floats


class Transport:
    """Carries particles through the chamber; holds the tables."""

    def __init__(self, physics: PhysicsConfig, detector: DetectorConfig) -> None:
        self._physics = physics
        self._low = np.array([0.0, -detector.height_cm / 2, 0.0])
        self._high = np.array([detector.drift_cm, detector.height_cm / 2, detector.length_cm])
        self._tables = RangeTables()
        rates = np.zeros(len(MASSES))
        rates[PROTON] = 1 / physics.proton_interaction_cm
        rates[KAON] = 1 / physics.kaon_interaction_cm
        rates[[PION, PION_MINUS]] = 1 / physics.pion_interaction_cm
        self._interactions_per_cm = rates

    def run(self, particles: Particles, n_events: int, rng: np.random.Generator) -> tuple[Steps, BeamEnds]:
        """Carry `particles` and all they make until nothing moves inside the chamber."""
        ends = BeamEnds(np.full(n_events, GOING), np.zeros(n_events), np.zeros(n_events))
        pool, records = particles, []
        for _ in range(MOST_STEPS):
            if not len(pool):
                break
            step, outcome, made = self._step(pool, rng)
            records.append(step)
            ended = outcome != GOING
            if ended.any():
                over = pool.take(ended)
                _note_beam(ends, over, outcome[ended])
                made.extend(_aftermath(over, outcome[ended], rng))
                pool = pool.take(~ended)
            made = [new for new in made if len(new)]
            if made:
                pool = concatenate([pool, *(self._inside(new) for new in made)])
        order = np.argsort(np.concatenate([record.event for record in records]), kind="stable")
        columns = (np.concatenate([getattr(record, name) for record in records])[order] for name in Steps._fields)
        return Steps(*columns), ends

    def _inside(self, particles: Particles) -> Particles:
        position = particles.position
        return particles.take(np.asarray(((position >= self._low) & (position <= self._high)).all(axis=1)))

    def _step(self, pool: Particles, rng: np.random.Generator) -> tuple[Steps, Ints, list[Particles]]:
        """Move every particle of the pool by one step, in place."""
        n = len(pool)
        species, energy = pool.species, pool.energy
        mass = MASSES[species]
        gamma = 1 + energy / mass
        beta2 = 1 - 1 / (gamma * gamma)
        p = momentum(energy, mass)
        left = self._tables.range_cm(energy, species)
        length = np.clip(0.2 * left, LAST_STEP_CM, self._physics.step_cm)
        last = left <= LAST_STEP_CM
        length[last] = left[last]
        middle = pool.position + (0.5 * length)[:, None] * pool.direction
        path = pool.path + 0.5 * length

        after = self._tables.energy_mev(np.maximum(left - length, 1e-6), species)
        loss, deltas = self._lose(energy, energy - after, beta2, mass, length, rng)
        loss = np.where(last, energy, np.minimum(loss, energy))
        deposit = loss.copy()
        made = []
        if len(deltas[0]):
            owner, knocked = deltas
            keep = loss[owner] >= knocked  # not from a particle that just ran out
            owner, knocked = owner[keep], knocked[keep]
            np.subtract.at(deposit, owner, knocked)
            deposit = np.maximum(deposit, 0.0)
            # direction of the electron from the kinematics of the collision
            speed = np.sqrt(knocked * (knocked + 2 * ELECTRON_MASS))
            cosine = np.clip(knocked * (energy[owner] + mass[owner] + ELECTRON_MASS) / (speed * p[owner]), 0, 1)
            direction = around(pool.direction[owner], cosine, rng.uniform(0, 2 * np.pi, len(owner)))
            made.append(daughters(pool, owner, species=ELECTRON, energy=knocked, direction=direction))
        electrons = np.flatnonzero((species == ELECTRON) & ~last)
        if len(electrons):
            photon = bremsstrahlung(energy[electrons] - loss[electrons], length[electrons], rng)
            hit = np.flatnonzero(photon)
            if len(hit):
                loss[electrons[hit]] += photon[hit]
                made.append(convert_photons(pool, electrons[hit], photon[hit], pool.direction[electrons[hit]], rng))

        speed_cm_us = LIGHT_CM_US * np.sqrt(beta2)
        record = Steps(pool.event, middle, pool.direction, length, deposit, pool.time, pool.origin, path)
        outcome = self._outcome(pool, length, p, mass, last, rng)
        pool.position = pool.position + length[:, None] * pool.direction
        pool.path = pool.path + length
        pool.time = pool.time + length / speed_cm_us
        # the logarithm of Highland's formula is left at one radiation length, so that many steps sum to one
        theta = HIGHLAND_MEV / np.maximum(p * np.sqrt(beta2), 1e-3) * np.sqrt(length / LAR_RADIATION_LENGTH_CM)
        angle = np.minimum(theta * np.sqrt(-2 * np.log1p(-rng.random(n))), np.pi)
        pool.direction = around(pool.direction, np.cos(angle), rng.uniform(0, 2 * np.pi, n))
        pool.energy = energy - loss
        spent = (outcome == GOING) & (pool.energy < 1e-3)
        outcome[spent] = STOP
        outside = ((pool.position < self._low) | (pool.position > self._high)).any(axis=1)
        outcome[outside] = EXIT
        pool.energy = np.maximum(pool.energy, 1e-3)
        return record, outcome, made

    def _lose(
        self, energy: Floats, mean: Floats, beta2: Floats, mass: Floats, length: Floats, rng: np.random.Generator
    ) -> tuple[Floats, tuple[Ints, Floats]]:
        """Energy lost in a step, and the hardest collisions of it as (owner, energy) of their electrons."""
        n = len(energy)
        most = largest_transfer(energy, mass)
        scale = ionisation_scale(beta2) * length
        hard = most > 1.5 * HARD_COLLISION_MEV
        cut = np.where(hard, HARD_COLLISION_MEV, most)
        number = rng.poisson(np.where(hard, scale * (1 / cut - 1 / most), 0.0))
        owner = np.repeat(np.arange(n), number)
        draws = rng.random((2, len(owner)))
        transfer = 1 / (1 / cut[owner] - draws[0] * (1 / cut[owner] - 1 / most[owner]))
        transfer *= draws[1] > beta2[owner] * transfer / most[owner]
        hard_mean = np.where(hard, scale * (np.log(most / cut) - beta2 * (1 - cut / most)), 0.0)
        soft = mean - hard_mean + np.sqrt(scale * cut * (1 - beta2 * cut / most / 2)) * rng.standard_normal(n)
        loss: Floats = np.maximum(soft, 0.0) + np.bincount(owner, transfer, minlength=n)
        tracked = transfer > self._physics.delta_ray_mev
        return loss, (owner[tracked], transfer[tracked])

    def _outcome(
        self,
        pool: Particles,
        length: Floats,
        p: Floats,
        mass: Floats,
        last: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> Ints:
        draws = rng.random((2, len(pool)))
        decays = length * mass / (np.maximum(p, 1e-6) * LIGHT_CM_US * LIFETIMES_US[pool.species])
        interactions = length * self._interactions_per_cm[pool.species] * (pool.energy > SLOWEST_MEV)
        outcome = np.full(len(pool), GOING)
        outcome[draws[0] < -np.expm1(-decays)] = DECAY_IN_FLIGHT
        outcome[draws[1] < -np.expm1(-interactions)] = INTERACTION
        outcome[last] = STOP
        return outcome


def _note_beam(ends: BeamEnds, over: Particles, outcome: Ints) -> None:
    beam = over.origin == BEAM
    event, code = over.event[beam], outcome[beam]
    unstable = np.isfinite(LIFETIMES_US[over.species[beam]]) & (over.species[beam] != PION_MINUS)
    ends.ending[event] = np.where((code == STOP) & unstable, DECAY_AT_REST, code)
    ends.path[event] = over.path[beam]
    ends.time[event] = over.time[beam]


def _aftermath(over: Particles, outcome: Ints, rng: np.random.Generator) -> list[Particles]:
    """Give what particles that ended leave behind."""
    made = []
    stopped = over.take((outcome == STOP) & (over.species != ELECTRON) & (over.species != PROTON))
    if len(stopped):
        captured = stopped.species == PION_MINUS
        if captured.any():
            made.append(capture(stopped.take(captured), rng))
        at_rest = stopped.take(~captured)
        at_rest.energy = np.zeros(len(at_rest))
        at_rest.time = at_rest.time + rng.exponential(LIFETIMES_US[at_rest.species])
        if len(at_rest):
            made.append(decay(at_rest, rng))
    in_flight = over.take(outcome == DECAY_IN_FLIGHT)
    if len(in_flight):
        made.append(decay(in_flight, rng))
    hit = over.take(outcome == INTERACTION)
    if len(hit):
        made.append(interact(hit, rng))
    return [new.take(new.energy > SOFTEST_ELECTRON_MEV) for new in made]
