"""The figure of correlations with the species side by side."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.correlation import correlate
from rootline.lartpc.figures.correlation_species import COLUMNS_SHOWN, draw_correlation_species

OPTIONS = FigureConfig(dpi=80)


def draw(**sizes):
    latents = fake_latents(**sizes)
    correlation = correlate(latents, fake_features(latents))
    with figure_style(OPTIONS):
        figure = draw_correlation_species(correlation, OPTIONS)
        return correlation[correlation["kind"] == "latent_feature"], figure, complaints(figure)


def test_the_species_stand_side_by_side_within_each_latent():
    table, figure, wrong = draw(protons=60, kaons=30, muons=20, latent_dim=3)
    assert wrong == []
    rho = table.set_index(["group", "first", "second"])["rho"]
    for latent, image in enumerate(figure.axes[0].images):
        shown = image.get_array()
        assert shown.shape == (27, 3)
        for column, species in enumerate(("kaon", "muon", "proton")):
            assert shown[0, column] == pytest.approx(rho[species, f"mu_{latent}", "total_adc"])
            assert shown[4, column] == pytest.approx(rho[species, f"mu_{latent}", "max_adc"])
    counts = table.groupby("group")["n"].agg(["min", "max"]).loc["kaon"]
    assert any(f"kaon: n = {counts['min']}\N{EN DASH}{counts['max']}" in text for text in visible_texts(figure))


def test_dots_mark_the_cells_whose_interval_holds_zero_in_the_columns_of_their_species():
    table, figure, _ = draw(protons=60, kaons=30, latent_dim=3)
    table = table[table["group"] != "all"]
    open_question = table[(table["rho_low"] <= 0) & (table["rho_high"] >= 0)]
    x = figure.axes[0].lines[0].get_xdata()
    assert len(x) == len(open_question)
    first = open_question[(open_question["first"] == "mu_1") & (open_question["group"] == "kaon")]
    assert (x == 2.5).sum() == len(first) > 0


def test_a_large_model_shows_its_strongest_latents_and_says_so():
    _, figure, wrong = draw(protons=40, kaons=20, latent_dim=COLUMNS_SHOWN // 2 + 5)
    assert wrong == []
    assert len(figure.axes[0].images) == COLUMNS_SHOWN // 2
    assert any("5 with weaker correlations not" in text for text in visible_texts(figure))


def test_one_species_alone_and_one_of_two_tracks_are_drawn():
    _, figure, wrong = draw(protons=40, kaons=0)
    assert wrong == []
    assert figure.axes[0].images[0].get_array().shape == (27, 1)
    _, figure, wrong = draw(protons=40, kaons=2)
    assert wrong == []
    assert np.isnan(figure.axes[0].images[0].get_array().filled(np.nan)[:, 0]).all()
