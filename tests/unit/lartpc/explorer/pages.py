"""Pages of the explorer for tests: a small model, and tracks whose images differ from each other."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from numpy.typing import NDArray
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents

from rootline.core.figures import FigureConfig
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.explorer.build import build_explorer
from rootline.lartpc.images import ImageConfig
from rootline.lartpc.models import LoadedModel
from rootline.lartpc.runs import ModelConfig, RunConfig
from rootline.lartpc.vae import BetaVAE

SIZE = 16


class Inputs(NamedTuple):
    """What `build_explorer` takes."""

    images: NDArray[np.float32]
    keys: pd.DataFrame
    tracks: pa.Table
    others: dict[str, Any]

    def build(self) -> str:
        return build_explorer(self.images, self.keys, self.tracks, **self.others)


def small_model(**options: Any) -> LoadedModel:
    """A model with random weights whose normalisations have seen some images."""
    config = ModelConfig(**{"latent_dim": 4, "channels": (6, 10), **options})
    torch.manual_seed(3)
    network = BetaVAE(config, size=SIZE).train()
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(16, 2, SIZE, SIZE) * 5)
        for weight in network.parameters():
            weight.mul_(1.7)
    run = RunConfig(images=ImageConfig(size=SIZE), model=config)
    return LoadedModel(network.eval(), run, {}, torch.device("cpu"))


def inputs(*, protons: int = 40, kaons: int = 24, seed: int = 0) -> Inputs:
    """Tables and images of some tracks; the image files' order is not that of the keys."""
    rng = np.random.default_rng(seed)
    latents = fake_latents(protons=protons, kaons=kaons)
    latents[["umap_1", "umap_2"]] = rng.normal(size=(len(latents), 2))
    n = len(latents)
    images = np.where(rng.random((n, 2, SIZE, SIZE)) < 0.2, rng.exponential(500, (n, 2, SIZE, SIZE)), 0)
    profiles = [[rng.integers(1, 900, length).astype(np.int16) for length in rng.integers(11, 60, n)] for _ in range(2)]
    tracks = pa.table(
        {
            **{name: pa.array(latents[name]) for name in TRACK_KEY},
            "p": pa.array(rng.integers(0, 2, n)),
            "m": pa.array([None] * n, pa.int64()),
            "beamline_mass": rng.normal(700, 200, n),
            "match_score": rng.exponential(10, n),
            "collection_wire_min": pa.array(rng.integers(12, 36, n), pa.int32()),
            "collection_profile": pa.array(profiles[0], pa.list_(pa.int16())),
            "induction_wire_min": pa.array(rng.integers(12, 36, n), pa.int32()),
            "induction_profile": pa.array(profiles[1], pa.list_(pa.int16())),
        }
    )
    others = {
        "latents": latents.drop(columns=["umap_1", "umap_2"]),
        "embedding": latents[[*TRACK_KEY, "umap_1", "umap_2"]],
        "features": fake_features(latents),
        "scores": latents.loc[::2, list(TRACK_KEY)].assign(selection="all", logistic=rng.random((n + 1) // 2)),
        "model": small_model(),
        "style": FigureConfig(),
    }
    keys = latents[list(TRACK_KEY)].assign(row=rng.permutation(n))
    return Inputs(images.astype(np.float32), keys, tracks, others)
