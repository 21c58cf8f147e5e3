"""The figure of the embedding."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents

from rootline.core.figures import FigureConfig, figure_style
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.figures.embedding import draw_embedding

OPTIONS = FigureConfig(dpi=80)


@pytest.mark.parametrize("sizes", [{"protons": 60, "kaons": 30, "muons": 20}, {"protons": 12, "kaons": 0}])
def test_every_species_and_part_is_in_the_legend_with_its_number(sizes):
    latents = fake_latents(**sizes)
    rng = np.random.default_rng(0)
    embedding = latents[[*TRACK_KEY, "part", "particle"]].assign(
        umap_1=rng.normal(size=len(latents)),
        umap_2=rng.normal(size=len(latents)),
        neighbour_share=rng.random(len(latents)),
    )
    features = fake_features(latents)
    features.loc[:2, "n_pixels"] = np.nan
    with figure_style(OPTIONS):
        figure = draw_embedding(embedding, features, OPTIONS)
        assert complaints(figure) == []
    texts = visible_texts(figure)
    for particle, n in latents["particle"].value_counts().items():
        by_chance = f", {(n - 1) / (len(latents) - 1):.2f}"
        assert any(text.startswith(f"{particle}, n = {n}: 0.") and text.endswith(by_chance) for text in texts)
    assert f"train, n = {(latents['part'] == 'train').sum()}" in texts
    assert f"number of pixels, n = {len(latents) - 3}" in texts
