"""The figure of correlations."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.correlation import correlate, decompose_variance
from rootline.lartpc.analyses.settings.correlation import CorrelationConfig
from rootline.lartpc.features import FEATURE_CATEGORIES
from rootline.lartpc.figures.correlation import LATENTS_SHOWN, draw_correlation

OPTIONS = FigureConfig(dpi=80)


def draw(**sizes):
    latents = fake_latents(**sizes)
    features = fake_features(latents)
    correlation = correlate(latents, features)
    decomposition = decompose_variance(latents, features, FEATURE_CATEGORIES, CorrelationConfig(bootstrap=100))
    with figure_style(OPTIONS):
        figure = draw_correlation(correlation, decomposition, OPTIONS)
        return correlation, figure, complaints(figure)


def test_the_map_shows_rho_of_each_latent_and_feature_and_the_n_behind_it():
    correlation, figure, wrong = draw(protons=60, kaons=30, latent_dim=5)
    assert wrong == []
    first = figure.axes[0]
    table = correlation[(correlation["group"] == "all") & (correlation["kind"] == "latent_feature")]
    shown = first.images[0].get_array()
    rho = table.set_index(["second", "first"])["rho"]
    assert shown[0, 0] == pytest.approx(rho["total_adc", "mu_0"])
    assert shown[8, 3] == pytest.approx(rho["fill_fraction", "mu_3"])
    assert first.get_title() == f"all\nn = {table['n'].min()}\N{EN DASH}90"


def test_dots_mark_the_cells_whose_interval_holds_zero():
    correlation, figure, _ = draw(protons=60, kaons=30, latent_dim=5)
    table = correlation[(correlation["group"] == "all") & (correlation["kind"] == "latent_feature")]
    dots = figure.axes[0].lines[0].get_xdata()
    assert len(dots) == ((table["rho_low"] <= 0) & (table["rho_high"] >= 0)).sum()
    assert 0 < len(dots) < len(table)


def test_a_large_model_shows_its_strongest_latents_and_says_so():
    _, figure, wrong = draw(protons=40, kaons=0, latent_dim=LATENTS_SHOWN + 8)
    assert wrong == []
    labels = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert len(labels) == LATENTS_SHOWN
    assert r"$\mu_{0}$" in labels
    assert any("8 with weaker correlations not" in text for text in visible_texts(figure))


def test_a_species_of_two_tracks_leaves_its_panel_grey():
    _, figure, wrong = draw(protons=40, kaons=2)
    assert wrong == []
    assert np.isnan(figure.axes[1].images[0].get_array().filled(np.nan)).all()
