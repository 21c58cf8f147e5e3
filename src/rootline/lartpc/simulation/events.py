"""Events of one sample, block by block: waveforms and what the side files and the truth table say of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rootline.core.errors import UserError
from rootline.core.seeds import generator
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.simulation.beam import background_particles, beam_particles
from rootline.lartpc.simulation.config import SampleConfig, SimulationConfig
from rootline.lartpc.simulation.particles import MASSES, SPECIES, Floats, Ints, Particles, concatenate, momentum
from rootline.lartpc.simulation.readout import Readout, wire_coordinate
from rootline.lartpc.simulation.transport import ENDINGS, BeamEnds, Steps, Transport

BLOCK: Final = 48
"""Events that are transported together. A block is always simulated whole, so that no event depends on how many there are."""
EVENTS_PER_SUBRUN: Final = 20
SUBRUNS_PER_RUN: Final = 5
SAMPLES: Final = ("protons", "kaons", "mips", "references")


@dataclass
class Block:
    """Simulated events.

    run, subrun, event (n,); beam: the beam particles at the front face; ends: how they ended;
    n_halo, n_cosmics (n,): further tracks; steps: all energy deposits, whose `event` counts from 0 in the block.
    """

    run: Ints
    subrun: Ints
    event: Ints
    beam: Particles
    ends: BeamEnds
    n_halo: Ints
    n_cosmics: Ints
    steps: Steps

    def __len__(self) -> int:
        return len(self.event)

    def truth(self, detector: DetectorConfig) -> dict[str, list[str] | Floats | Ints]:
        """Give the columns of the truth table beside the key's sample.

        Masses [MeV/c2], momenta [MeV/c], true_range: way inside the chamber
        [cm], angles to z [rad], entry_x and entry_y [cm], pitch: track length
        per collection wire [cm]; all of the beam particle at the front face.
        """
        direction = self.beam.direction
        here = wire_coordinate(self.beam.position, "collection", detector)
        wires_per_cm = wire_coordinate(self.beam.position + direction, "collection", detector) - here
        mass = MASSES[self.beam.species]
        return {
            "run": self.run,
            "subrun": self.subrun,
            "event": self.event,
            "species": [SPECIES[species] for species in self.beam.species],
            "mass": mass,
            "momentum": momentum(self.beam.energy, mass),
            "true_range": self.ends.path,
            "ending": [ENDINGS[code] for code in self.ends.ending],
            "angle_xz": np.arctan2(direction[:, 0], direction[:, 2]),
            "angle_yz": np.arctan2(direction[:, 1], direction[:, 2]),
            "entry_x": self.beam.position[:, 0],
            "entry_y": self.beam.position[:, 1],
            "pitch": 1 / np.maximum(np.abs(wires_per_cm), 1e-9),
            "n_halo": self.n_halo,
            "n_cosmics": self.n_cosmics,
        }


def sample_section(config: SimulationConfig, sample: str) -> SampleConfig:
    """Give the section of a sample.

    Raises
    ------
    UserError
        If the simulation knows no such sample.
    """
    if sample not in SAMPLES:
        raise UserError(
            f"sample {sample!r} has no path, and the simulation makes {', '.join(SAMPLES)} only; "
            "write its path in samples.tsv or rename it"
        )
    section: SampleConfig = getattr(config, sample)
    return section


def simulate_blocks(config: SimulationConfig, detector: DetectorConfig, sample: str) -> Iterator[Block]:
    """Give the events of a sample, at most BLOCK at a time."""
    section = sample_section(config, sample)
    transport = Transport(config.physics, detector)
    for first in range(0, section.n_events, BLOCK):
        rng = generator(config.seed, "simulate", sample, first)
        beam = beam_particles(section, config.beam, BLOCK, rng)
        background = background_particles(config.beam, detector, BLOCK, rng)
        start = concatenate([beam, *background.particles])
        steps, ends = transport.run(start, BLOCK, rng)
        n = min(BLOCK, section.n_events - first)
        number = first + np.arange(n)
        kept = slice(0, n)
        n_steps = int(np.searchsorted(steps.event, n))
        yield Block(
            run=section.first_run + number // (EVENTS_PER_SUBRUN * SUBRUNS_PER_RUN),
            subrun=number // EVENTS_PER_SUBRUN % SUBRUNS_PER_RUN,
            event=number + 1,
            beam=beam.take(np.arange(n)),
            ends=BeamEnds(ends.ending[kept], ends.path[kept], ends.time[kept]),
            n_halo=background.n_halo[kept],
            n_cosmics=background.n_cosmics[kept],
            steps=steps.first(n_steps),
        )


def read_out(block: Block, readout: Readout, config: SimulationConfig, sample: str) -> Iterator[NDArray[np.int16]]:
    """Give the ADC counts (2 x wires, ticks) of each event of a block, induction first."""
    for number, charge in enumerate(readout.arrivals(block.steps, len(block))):
        yield readout.digitise(charge, generator(config.seed, "noise", sample, int(block.event[number])))


def make_readout(config: SimulationConfig, detector: DetectorConfig) -> Readout:
    """Give the read-out; its bank of noise is the same for every sample of one seed."""
    return Readout(config.readout, detector, generator(config.seed, "noise bank"))
