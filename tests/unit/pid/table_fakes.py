"""Tables of tracks and parts, as the first steps of the study make them."""

import numpy as np
import pandas as pd

from rootline.core.splits import assign_parts
from rootline.pid.columns import MEASURED, N_SIGMA
from rootline.pid.runs import PartsConfig
from rootline.pid.species import PDG_CODES, SPECIES
from rootline.pid.tracks import FRAME_TRACK_KEY, UNIT, CleaningConfig, clean


def fake_tracks(n=400, *, sample="mc", seed=0, shift=0.0):
    """Give cleaned tracks whose TPC signal and beta depend on their species; TOF and TRD are missing for some."""
    rng = np.random.default_rng(seed)
    number = rng.integers(0, len(SPECIES), n)
    table = {name: rng.uniform(1, 2, n) for name in MEASURED}
    pt = rng.uniform(0.2, 3, n)
    table |= {"fPt": pt, "fP": 1.1 * pt, "fTPCSignal": 50 + 20 * number + rng.normal(0, 2, n) + shift}
    table |= {"fBeta": 1 - 0.1 * number + rng.normal(0, 0.01, n), "fSign": rng.choice([-1, 1], n)}
    no_tof, no_trd = rng.random(n) < 0.3, rng.random(n) < 0.4
    for names, missing, mark in ((("fBeta", "fTOFSignal"), no_tof, -999), (("fTRDPattern", "fTRDSignal"), no_trd, 0)):
        table |= {name: np.where(missing, mark, table[name]) for name in names}
    table |= {name: rng.normal(0, 1, n) for name in N_SIGMA}
    frame = pd.DataFrame({name: values.astype((MEASURED | N_SIGMA)[name]) for name, values in table.items()})
    names = np.array(SPECIES, dtype=object)[number]
    frame = frame.assign(fPdgCode=np.array([PDG_CODES[name] for name in names]), fIsPhysicalPrimary=True, species=names)
    keys = pd.DataFrame({"sample": sample, "frame": 1 + np.arange(n) // 100, "track": np.arange(n) % 100})
    return clean(pd.concat([keys, frame], axis=1), CleaningConfig())


def fake_parts(tracks, fractions=None):
    """Give the parts of tracks."""
    parts = assign_parts(tracks, fractions or PartsConfig(), event=UNIT)
    return tracks[list(FRAME_TRACK_KEY)].assign(part=parts)


def with_parts(tracks, fractions=None):
    """Give tracks with their parts, as `read_parts` does."""
    return tracks.assign(part=fake_parts(tracks, fractions)["part"])
