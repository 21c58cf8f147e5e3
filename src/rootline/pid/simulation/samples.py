"""One simulated sample: collisions, the tracks that the detector makes of them, and their file."""

from pathlib import Path
from typing import Final

import numpy as np

from rootline.core.screen import Progress
from rootline.core.seeds import generator, seed_for
from rootline.pid.columns import MEASURED, N_SIGMA, TRUTH
from rootline.pid.simulation.collisions import BATCH, collide
from rootline.pid.simulation.config import DomainConfig
from rootline.pid.simulation.detector import measure
from rootline.pid.simulation.files import write_frames

TREE: Final = "O2pidtracksmc"


def write_sample(path: Path, domain: DomainConfig, *, sample: str, energy_gev: int, frames: int, seed: int) -> None:
    """Simulate a sample and write its tracks.

    Parameters
    ----------
    path : path
        ROOT file to write.
    domain : DomainConfig
        How many collisions, by which tune, and the detector.
    sample : str
        Its name: with the seed it decides all random numbers, so that no two samples share their collisions.
    energy_gev : int
        Of the collisions [GeV].
    frames : int
        Data frames of the file.
    seed : int
        Another one gives other collisions and other noise.
    """
    rng = generator(seed, "detector", sample)
    counter = Progress(f"simulate_collisions {sample}", total=domain.n_events, unit="collisions")
    batches = []
    for particles in collide(
        domain.n_events, energy_gev=energy_gev, tune=domain.tune, seed=seed_for(seed, "collisions", sample)
    ):
        batches.append(measure(particles, domain.detector, rng))
        counter.advance(min(BATCH, domain.n_events - BATCH * (len(batches) - 1)))
    tracks = {
        name: np.concatenate([batch[name] for batch in batches]) if batches else np.zeros(0, kind)
        for name, kind in (MEASURED | TRUTH | N_SIGMA).items()
    }
    write_frames(path, tracks, tree=TREE, frames=frames)
