"""The figure of reconstructions and their errors."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_latents, fake_tracks

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.reconstruction import measure_reconstruction
from rootline.lartpc.analyses.settings.reconstruction import ReconstructionConfig
from rootline.lartpc.figures.reconstructions import draw_reconstructions

OPTIONS = FigureConfig(dpi=80)


def draw(latents, examples):
    rng = np.random.default_rng(0)
    images = np.zeros((len(examples), 2, 12, 24), np.float32)
    images[..., 10:14] = rng.random((len(examples), 2, 12, 4))
    options = ReconstructionConfig(bootstrap=100)
    errors = measure_reconstruction(latents, ["proton"], options, features=fake_tracks(latents))
    with figure_style(OPTIONS):
        figure = draw_reconstructions(images, images / 2, examples, errors, OPTIONS, transform="log1p")
        return images, errors, figure, complaints(figure)


def test_examples_of_each_species_run_from_the_smallest_error_to_the_largest():
    latents = fake_latents(protons=90, kaons=40, muons=20)
    examples = latents.groupby("particle").head(5).reset_index(drop=True).assign(row=lambda table: table.index)
    _, errors, figure, wrong = draw(latents, examples)
    assert wrong == []
    shown = [text for text in visible_texts(figure) if text.startswith("error ")]
    assert len(shown) == 9
    kaons = examples.loc[examples["particle"] == "kaon", "reconstruction_error"]
    assert f"error {kaons.min():.3g}" in shown
    assert f"error {kaons.max():.3g}" in shown
    assert any(text == "kaon, not trained on\nn = 40" for text in visible_texts(figure))
    n_reference = errors.groupby("quantity")["n_reference"].first()
    counts = f"{n_reference['chi2_log_ratio']}\N{EN DASH}{n_reference['mahalanobis']}"
    assert any(f"reference: n = {counts}" in text for text in visible_texts(figure))
    assert any("log-ratio" in text for text in visible_texts(figure))


def test_each_example_lies_beside_its_reconstruction():
    latents = fake_latents(protons=60, kaons=0)
    examples = latents.head(1).assign(row=0)
    images, _, figure, wrong = draw(latents, examples)
    assert wrong == []
    table = figure.subfigs[0].axes[0].images[0].get_array().filled(0)
    cells = table.reshape(table.shape[0], 4, -1)
    assert cells[:12, 0].max() == pytest.approx(images[0, 0].max())
    assert cells[:12, 1].max() == pytest.approx(images[0, 0].max() / 2)
    assert cells[:12, 2].max() == pytest.approx(images[0, 1].max())


def test_a_handful_of_tracks_can_be_drawn():
    latents = fake_latents(protons=5, kaons=2)
    _, _, _, wrong = draw(latents, latents.head(3).assign(row=range(3)))
    assert wrong == []
