"""Traversals of a decoder that is known."""

import numpy as np
import pandas as pd
import pytest
import torch
from tests.unit.lartpc.analyses.fakes import fake_latents, shuffled

from rootline.core.errors import UserError
from rootline.lartpc.analyses.settings.traversal import TraversalConfig
from rootline.lartpc.analyses.traversal import decoder, find_anchor, traversal_points, traverse
from rootline.lartpc.models import LoadedModel
from rootline.lartpc.runs import RunConfig
from rootline.lartpc.vae import BetaVAE

OPTIONS = TraversalConfig(bootstrap=200)


def length_decoder(points):
    """Draw a line on the collection plane whose length follows mu_1 alone; induction holds half of it."""
    wires = np.arange(16)[None, :, None]
    line = np.clip(8 + 2 * points[:, 1, None, None] - wires, 0, 1) * np.ones(8)
    return np.stack([line, line / 2], axis=1).astype(np.float32)


def test_the_anchor_is_the_mean_of_what_was_trained_on_and_nothing_else():
    latents = fake_latents()
    trained = latents[(latents["particle"] == "proton") & (latents["part"] == "train")]
    anchor = find_anchor(latents, ["proton"], OPTIONS)
    names = ["mu_0", "mu_1", "mu_2", "mu_3"]
    assert anchor.n == len(trained)
    assert anchor.mean == pytest.approx(trained[names].to_numpy(dtype=float).mean(axis=0))
    assert anchor.sigma == pytest.approx(trained[names].to_numpy(dtype=float).std(axis=0))
    assert (anchor.mean_low < anchor.mean).all()
    assert (anchor.sigma < anchor.sigma_high).all()


def test_a_sample_that_was_never_trained_on_does_not_move_the_anchor():
    latents = fake_latents()
    latents.loc[latents.index % 5 == 0, "sample"] = "held_out"
    mine = latents[(latents["sample"] == "protons") & (latents["part"] == "train")]
    anchor = find_anchor(latents, ["proton"], OPTIONS, train_samples=["protons"])
    assert anchor.n == len(mine) < find_anchor(latents, ["proton"], OPTIONS).n
    _, steps = traverse(latents, length_decoder, ["proton"], OPTIONS, train_samples=["protons"])
    assert (steps["n_tracks"] == len(mine)).all()


def test_bootstrap_interval_of_the_mean_is_as_wide_as_its_standard_error():
    anchor = find_anchor(fake_latents(protons=600), ["proton"], TraversalConfig(bootstrap=2000))
    width = 2 * 1.96 * anchor.sigma / np.sqrt(anchor.n)
    assert anchor.mean_high - anchor.mean_low == pytest.approx(width, rel=0.12)


def test_one_latent_moves_by_the_given_sigmas_and_the_others_stay():
    anchor = find_anchor(fake_latents(), ["proton"], OPTIONS)
    offsets, points = traversal_points(anchor, OPTIONS)
    assert offsets.tolist() == [-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0]
    moved = points - anchor.mean
    for latent in range(4):
        assert moved[latent, :, latent] == pytest.approx(offsets * anchor.sigma[latent])
        assert not np.delete(moved[latent], latent, axis=1).any()


def test_a_planted_length_is_found_in_its_latent_only():
    images, steps = traverse(fake_latents(), length_decoder, ["proton"], OPTIONS)
    assert images.shape == (4, 9, 2, 16, 8)
    change = steps.groupby("latent")["rms_change"].max()
    assert change.idxmax() == "mu_1"
    assert change.drop("mu_1").max() == 0
    of_length = steps[steps["latent"] == "mu_1"].sort_values("step")
    assert (np.diff(of_length["sum_collection"]) > 0).all()
    assert of_length["sum_induction"].to_numpy() == pytest.approx(of_length["sum_collection"].to_numpy() / 2)
    assert of_length["sum_collection"].to_numpy() == pytest.approx(images[1, :, 0].sum(axis=(1, 2)))


def test_shuffled_rows_give_the_same_numbers():
    latents = fake_latents()
    found = [traverse(table, length_decoder, ["proton"], OPTIONS) for table in (latents, shuffled(latents))]
    np.testing.assert_array_equal(found[0][0], found[1][0])
    pd.testing.assert_frame_equal(found[0][1], found[1][1], check_exact=True)


def test_a_model_that_was_trained_on_nothing_here_is_an_error():
    with pytest.raises(UserError, match=r"0 tracks of electron are in the train part.*the species are kaon, proton"):
        find_anchor(fake_latents(), ["electron"], OPTIONS)


def test_the_decoder_of_a_model_gives_what_its_network_gives():
    torch.manual_seed(0)
    run = RunConfig.model_validate({"images": {"size": 16}, "model": {"channels": [4, 8], "latent_dim": 3}})
    network = BetaVAE(run.model, size=16).eval()
    points = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    decoded = decoder(LoadedModel(network, run, {}, torch.device("cpu")))(points)
    with torch.inference_mode():
        reference = network.decode(torch.from_numpy(points)).numpy()
    np.testing.assert_allclose(decoded, reference, atol=1e-6)
