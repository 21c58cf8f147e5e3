"""Tracks with n-sigma, and models of known strength, drawn from normal distributions."""

from functools import cache

import numpy as np
import pandas as pd

from rootline.pid.analyses.comparison import Comparison, compare_models
from rootline.pid.analyses.settings.comparison import ComparisonConfig
from rootline.pid.nsigma import NSigmaConfig
from rootline.pid.tracks import FRAME_TRACK_KEY

SPECIES = ("pion", "kaon", "proton")
SUFFIXES = {"pion": "Pi", "kaon": "Ka", "proton": "Pr"}


def fake_tracks(n=3000, seed=0):
    """Tracks and their parts: seven in ten are pions, one in twenty is none of the three."""
    rng = np.random.default_rng(seed)
    species = rng.choice(np.array([*SPECIES, None], dtype=object), n, p=[0.65, 0.18, 0.12, 0.05])
    pt = np.minimum(0.16 + rng.exponential(0.6, n), 4.9).astype(np.float32)
    tracks = pd.DataFrame({"sample": "mc", "frame": 1 + np.arange(n) % 3, "track": np.arange(n) // 3})
    tracks = tracks.assign(species=species, fPt=pt, fP=pt * np.float32(1.1))
    for name, suffix in SUFFIXES.items():
        off = np.where(species == name, 0, 6 / (1 + pt**2))
        tracks[f"fTPCNSigma{suffix}"] = rng.normal(off, 1).astype(np.float32)
        seen = (rng.random(n) < 0.7) & (pt > 0.5)
        tracks[f"fTOFNSigma{suffix}"] = np.where(seen, rng.normal(1.5 * off, 1), np.nan).astype(np.float32)
    split = tracks[list(FRAME_TRACK_KEY)].assign(part=rng.choice(["train", "val", "test"], n, p=[0.3, 0.3, 0.4]))
    return tracks, split


def fake_scores(tracks, strength, seed=1):
    """Scores between 0 and 1 whose logits of both classes lie so many standard deviations apart."""
    rng = np.random.default_rng(seed)
    scores = tracks[list(FRAME_TRACK_KEY)].copy()
    for name in SPECIES:
        logit = rng.normal(np.where(tracks["species"] == name, strength, 0) - strength / 2 - 1, 1)
        scores[name] = (1 / (1 + np.exp(-logit))).astype(np.float32)
    return scores.sample(frac=1, random_state=3)  # rows are known by their key, not by their place


@cache
def fake_comparison(
    n=8000, models=("forest", "adaboost", "boosting", "mlp", "ensemble", "attention", "dann")
) -> Comparison:
    """Compare models of falling strength with n-sigma; do not write into it."""
    tracks, split = fake_tracks(n)
    scores = [
        (name, f"{place:08d}", fake_scores(tracks, 4.5 - 0.5 * place, seed=place)) for place, name in enumerate(models)
    ]
    return compare_models(tracks, split, scores, ComparisonConfig(bootstrap=100), NSigmaConfig())
