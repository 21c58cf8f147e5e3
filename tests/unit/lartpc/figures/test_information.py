"""The figure of mutual information and importance."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents

from rootline.core.figures import FigureConfig, figure_style
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.information import measure_information
from rootline.lartpc.analyses.regression import regress
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.features import FEATURE_CATEGORIES
from rootline.lartpc.figures.information import LATENTS_SHOWN, draw_information

OPTIONS = FigureConfig(dpi=80)


def draw(columns=None, **sizes):
    latents = fake_latents(**sizes)
    features = fake_features(latents)
    features = features if columns is None else features[[*TRACK_KEY, *columns]]
    options = RegressionConfig(bootstrap=100, mlp_epochs=4, importance_repeats=1, permutations=40)
    information = measure_information(latents, features, FEATURE_CATEGORIES, options)
    _, importance = regress(latents, features, FEATURE_CATEGORIES, options)
    with figure_style(OPTIONS):
        figure = draw_information(information, importance, OPTIONS)
        return information, importance, figure, complaints(figure)


def test_only_what_exceeds_the_null_is_coloured():
    information, importance, figure, wrong = draw(protons=60, kaons=30, latent_dim=3)
    assert wrong == []
    shown = figure.axes[0].images[1].get_array().filled(np.nan)
    rows = information[information["group"] == "all"].set_index(["feature", "latent"])
    assert shown[0, 0] == pytest.approx(rows.loc[("total_adc", "mu_0"), "information"])
    assert np.isfinite(shown).sum() == (rows["information"] > rows["null_95"]).sum()
    below = figure.axes[3].images[1].get_array().filled(np.nan)
    rows = importance[importance["group"] == "all"]
    assert np.isfinite(below).sum() == ((rows["importance_low"] > 0) & (rows["r2_low"] > 0)).sum()


def test_a_large_model_shows_the_latents_that_tell_most_and_says_so():
    _, _, figure, wrong = draw(["total_adc", "max_adc"], protons=40, kaons=0, latent_dim=LATENTS_SHOWN + 3)
    assert wrong == []
    labels = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert len(labels) == LATENTS_SHOWN and r"$\mu_{0}$" in labels
    assert any("3 that tell less not" in text for text in visible_texts(figure))


def test_a_species_of_few_tracks_is_grey():
    _, _, figure, wrong = draw(protons=60, kaons=3)
    assert wrong == []
    assert (figure.axes[1].images[0].get_array()[..., 3] == 1).all()
    assert (figure.axes[0].images[0].get_array()[..., 3] == 0).all()
    assert np.isnan(figure.axes[1].images[1].get_array().filled(np.nan)).all()
