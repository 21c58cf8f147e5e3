"""Inelastic proton-proton collisions by Pythia 8: the charged particles that a barrel could see."""

from collections.abc import Iterator
from typing import Final

import awkward as ak
import numpy as np
import pythia8mc

from rootline.core.seeds import seed_for
from rootline.pid.simulation.particles import Particles
from rootline.pid.species import PDG_CODES

MAX_SEED: Final = 900_000_000  # Pythia's own
BATCH: Final = 500
MM_PER_CM: Final = 10.0


def collide(n_events: int, *, energy_gev: int, tune: int, seed: int) -> Iterator[Particles]:
    """Give the charged pions, kaons, protons, electrons and muons of `n_events` collisions, in batches.

    Weak decays of strange particles are made by Pythia, up to a flight of 2 m;
    charged pions, kaons and muons are left to the detector.
    """
    pythia = pythia8mc.Pythia("", False)
    for setting in (
        "Print:quiet = on",
        "SoftQCD:inelastic = on",
        f"Beams:eCM = {energy_gev}",
        f"Tune:pp = {tune}",
        "Random:setSeed = on",
        f"Random:seed = {1 + seed_for(seed, 'pythia') % (MAX_SEED - 1)}",
        "ParticleDecays:limitCylinder = on",
        "ParticleDecays:xyMax = 2000",
        "ParticleDecays:zMax = 4000",
        *(f"{PDG_CODES[name]}:mayDecay = off" for name in ("pion", "kaon", "muon")),
    ):
        pythia.readString(setting)
    pythia.init()
    for start in range(0, n_events, BATCH):
        yield _charged(pythia.nextBatch(min(BATCH, n_events - start)), first_event=start)


def _charged(batch: ak.Array, *, first_event: int) -> Particles:
    found = batch["prt"]
    code = np.abs(found["id"])
    is_ours = found["status"] > 0
    is_of_species = code == PDG_CODES["pion"]
    for other in PDG_CODES.values():
        is_of_species = is_of_species | (code == other)
    chosen = found[is_ours & is_of_species]
    event = first_event + np.repeat(np.arange(len(chosen)), ak.num(chosen).to_numpy())
    flat = ak.flatten(chosen)
    columns = {
        name: np.stack([ak.to_numpy(ak.fill_none(flat[field][axis], 0.0)) for axis in ("px", "py", "pz")], axis=1)
        for name, field in (("momentum", "p"), ("origin", "vProd"))
    }
    return Particles(
        event=event.astype(np.int64),
        pdg=ak.to_numpy(flat["id"]).astype(np.int64),
        momentum=columns["momentum"],
        origin=columns["origin"] / MM_PER_CM,
    )
