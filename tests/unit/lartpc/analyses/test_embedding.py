"""UMAP of clouds that are far apart, and the share of like neighbours."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.lartpc.analyses.fakes import fake_latents, shuffled

from rootline.core.errors import UserError
from rootline.lartpc.analyses.embedding import embed
from rootline.lartpc.analyses.settings.embedding import EmbeddingConfig

OPTIONS = EmbeddingConfig(neighbours=8, epochs=40)


@pytest.mark.slow
def test_clouds_far_apart_stay_apart_and_rows_may_come_in_any_order(capsys):
    latents = fake_latents(protons=60, kaons=40, separation=30.0)
    embedding = embed(latents, OPTIONS)
    assert (embedding["neighbour_share"] == 1).all()
    positions = embedding[["umap_1", "umap_2"]].to_numpy()
    kaon = (embedding["particle"] == "kaon").to_numpy()
    between = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(between, np.inf)
    assert (kaon[between.argmin(axis=1)] == kaon).all()
    pd.testing.assert_frame_equal(embed(shuffled(latents), OPTIONS), embedding, check_exact=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "laying out 100 tracks" in captured.err


@pytest.mark.slow
def test_equal_latents_and_a_handful_of_tracks_can_be_laid_out():
    latents = fake_latents(protons=5, kaons=4)
    latents.loc[:2, ["mu_0", "mu_1", "mu_2", "mu_3"]] = 0.0
    embedding = embed(latents, EmbeddingConfig(epochs=10))
    assert np.isfinite(embedding[["umap_1", "umap_2", "neighbour_share"]]).all(axis=None)
    assert embedding["neighbour_share"].tolist() == pytest.approx([3 / 8] * 4 + [4 / 8] * 5)


def test_too_few_tracks_are_an_error():
    with pytest.raises(UserError, match="4 tracks are too few for UMAP"):
        embed(fake_latents(protons=4, kaons=0), OPTIONS)


@pytest.mark.slow
def test_what_numba_compiles_of_umap_is_kept_for_the_next_process():
    embed(fake_latents(protons=20, kaons=20), OPTIONS)
    from umap import layouts, umap_

    for compiled in (umap_.smooth_knn_dist, layouts._nb_optimize_layout_euclidean_single_epoch):
        assert compiled.stats.cache_path
        assert compiled.stats.cache_hits or compiled.stats.cache_misses, "compiled, but not kept"
