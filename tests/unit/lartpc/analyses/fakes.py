"""Tables of latents, features and tracks with a planted species factor, for tests of analyses and figures."""

import numpy as np
import pandas as pd

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.features import FEATURES

SPECIES_LATENT = "mu_2"
CHARGE_LATENT = "mu_0"


def fake_keys(particles: list[str]) -> pd.DataFrame:
    n = len(particles)
    return pd.DataFrame(
        {
            "sample": [f"{particle}s" for particle in particles],
            "run": np.arange(n, dtype=np.int64) // 50 + 1,
            "subrun": np.ones(n, dtype=np.int64),
            "event": np.arange(n, dtype=np.int64),
            "track": np.zeros(n, dtype=np.int32),
        }
    ).sort_values(list(TRACK_KEY), ignore_index=True)


def fake_latents(
    *, protons: int = 150, kaons: int = 60, muons: int = 0, latent_dim: int = 4, separation: float = 2.0, seed: int = 0
) -> pd.DataFrame:
    """Normal latents; the kaons' SPECIES_LATENT lies `separation` above the others'. Every third track is not trained on."""
    rng = np.random.default_rng(seed)
    keys = fake_keys(["proton"] * protons + ["kaon"] * kaons + ["muon"] * muons)
    particles = keys["sample"].str.removesuffix("s")
    mus = rng.normal(size=(len(keys), latent_dim))
    mus[:, 2] += separation * (particles == "kaon")
    parts = np.array(["train", "val", "train", "train", "test", "train"])[np.arange(len(keys)) % 6]
    latents = keys.assign(part=parts, particle=particles)
    latents[[f"mu_{number}" for number in range(latent_dim)]] = mus.astype(np.float32)
    errors = np.exp(rng.normal(size=len(keys)) * 0.3 - 3 + 0.8 * (particles == "kaon"))
    return latents.assign(reconstruction_error=errors, reconstruction_error_weighted=4 * errors)


def fake_features(latents: pd.DataFrame, *, seed: int = 1) -> pd.DataFrame:
    """Independent features, but total_adc rises with CHARGE_LATENT and a fifth of profile_kurtosis is undefined."""
    rng = np.random.default_rng(seed)
    features = latents[[*TRACK_KEY, "particle"]].copy()
    features[list(FEATURES)] = rng.normal(size=(len(latents), len(FEATURES)))
    features["total_adc"] = np.exp(latents[CHARGE_LATENT].astype(float) + 0.1 * features["total_adc"])
    features.loc[features.index % 5 == 0, "profile_kurtosis"] = np.nan
    return features.join(fake_tracks(latents)[["chi2_kaon", "chi2_proton"]])


def fake_tracks(latents: pd.DataFrame, *, seed: int = 2) -> pd.DataFrame:
    """The columns that a probe needs; chi2 knows the species, every seventh track has none."""
    rng = np.random.default_rng(seed)
    kaon = (latents["particle"] == "kaon").to_numpy()
    tracks = latents[list(TRACK_KEY)].copy()
    tracks["p"] = pd.array([None if n % 4 == 3 else n % 2 for n in range(len(latents))], dtype="Int64")
    tracks["chi2_kaon"] = np.abs(rng.normal(3, 1, len(latents)) - 2 * kaon)
    tracks["chi2_proton"] = np.abs(rng.normal(1, 1, len(latents)) + 2 * kaon)
    tracks.loc[tracks.index % 7 == 0, ["chi2_kaon", "chi2_proton"]] = np.nan
    return tracks


def shuffled(table: pd.DataFrame, seed: int = 5) -> pd.DataFrame:
    return table.sample(frac=1, random_state=seed)
