"""The figure of features against each other."""

import numpy as np
import pytest
from tests.unit.inspection import complaints
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.correlation import correlate
from rootline.lartpc.figures.feature_correlation import draw_feature_correlation

OPTIONS = FigureConfig(dpi=80)


def draw(**sizes):
    latents = fake_latents(**sizes)
    correlation = correlate(latents, fake_features(latents))
    with figure_style(OPTIONS):
        figure = draw_feature_correlation(correlation, OPTIONS)
        return correlation[correlation["kind"] == "feature_feature"], figure, complaints(figure)


def test_every_pair_is_shown_once_below_the_diagonal_with_a_dot_where_its_interval_holds_zero():
    table, figure, wrong = draw(protons=60, kaons=30, muons=12)
    assert wrong == []
    table = table[table["group"] == "all"]
    shown = figure.axes[0].images[1].get_array().filled(np.nan)
    assert np.isfinite(shown).sum() == len(table) == 27 * 26 // 2
    assert np.isnan(shown[np.triu_indices(27)]).all()
    pair = (table["first"] == "mean_adc") & (table["second"] == "fill_fraction")
    assert shown[8, 1] == pytest.approx(table.loc[pair, "rho"].item())
    dots = figure.axes[0].lines[0].get_xdata()
    assert len(dots) == ((table["rho_low"] <= 0) & (table["rho_high"] >= 0)).sum() > 0


def test_each_group_has_a_triangle_with_its_n_and_a_species_of_two_tracks_a_grey_one():
    _, figure, wrong = draw(protons=40, kaons=2)
    assert wrong == []
    titles = [axes.get_title() for axes in figure.axes[:3]]
    assert titles[1].startswith("kaon, n = ") and titles[2].startswith("proton, n = ")
    assert np.isnan(figure.axes[1].images[1].get_array().filled(np.nan)).all()
    assert (figure.axes[1].images[0].get_array()[..., 3] > 0).sum() == 27 * 26 // 2


def test_one_species_alone_fills_the_page():
    _, figure, wrong = draw(protons=40, kaons=0)
    assert wrong == []
    assert len(figure.axes) == 2
