"""Tracks with a planted proton share, beamline masses and mass spectra, for tests of analyses and figures."""

import numpy as np
import pandas as pd


def planted_mixture(
    *,
    share: float = 0.1,
    tagged: int = 250,
    protons: int = 80,
    references: int = 0,
    separation: float = 2.0,
    with_mass: bool = True,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Latents and tracks: each tagged track is a proton with probability `share`; mu_1 lies `separation` higher for protons."""
    rng = np.random.default_rng(seed)
    n = tagged + protons + references
    samples = np.repeat(["kaons", "protons", "references"], [tagged, protons, references])
    is_proton = np.where(samples == "kaons", rng.random(n) < share, samples == "protons")
    keys = pd.DataFrame({"sample": samples, "run": 1, "subrun": 1, "event": np.arange(n), "track": 0})
    latents = keys.assign(part="val", particle=np.where(samples == "protons", "proton", "kaon"))
    mus = rng.normal(size=(n, 3))
    mus[:, 1] += separation * is_proton
    latents[["mu_0", "mu_1", "mu_2"]] = mus
    masses = np.where(is_proton, rng.normal(938, 25, n), rng.normal(494, 18, n))
    masses[rng.random(n) < (0.04 if with_mass else 1.0)] = np.nan
    flags = pd.array(np.where(np.arange(n) % 5 == 0, 0, 1), dtype="Int64")
    tracks = keys.assign(p=flags, beamline_mass=masses)
    return latents, tracks[samples != "references"].reset_index(drop=True)


def planted_masses(
    *, kaons: int = 200, falling: int = 40, rising: int = 30, protons: int = 10, seed: int = 0
) -> pd.DataFrame:
    """Kaon-tagged tracks: a peak at 494 of width 16, tails within 200 to 800, protons above, three without a mass and two below zero."""
    rng = np.random.default_rng(seed)
    masses = np.r_[
        rng.normal(494, 16, kaons),
        200 + rng.exponential(80, 4 * falling + 1)[:falling],
        800 - rng.exponential(60, 4 * rising + 1)[:rising],
        rng.normal(938, 15, protons),
        [np.nan] * 3,
        [-120.0, -40.0],
    ]
    flags = pd.array([None if n % 9 == 8 else int(n % 3 > 0) for n in range(len(masses))], dtype="Int64")
    return pd.DataFrame({"particle": "kaon", "p": flags, "beamline_mass": masses})
