"""The figure of halves told apart."""

import numpy as np
import pytest
from tests.unit.inspection import complaints
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.separation import separate
from rootline.lartpc.analyses.settings.separation import SeparationConfig
from rootline.lartpc.features import FEATURE_CATEGORIES
from rootline.lartpc.figures.separation import draw_separation

OPTIONS = FigureConfig(dpi=80)


def draw(**sizes):
    latents = fake_latents(**sizes)
    options = SeparationConfig(bootstrap=100, permutations=40)
    separation = separate(latents, fake_features(latents), FEATURE_CATEGORIES, options)
    with figure_style(OPTIONS):
        figure = draw_separation(separation, OPTIONS)
        return separation, figure, complaints(figure)


def test_each_feature_has_its_auc_and_the_band_of_permuted_halves():
    separation, figure, wrong = draw(protons=60, kaons=30)
    assert wrong == []
    rows = separation[separation["group"] == "all"].set_index("feature")
    band = figure.axes[0].patches[3]
    assert band.get_x() == pytest.approx(rows.loc["std_adc", "null_low"])
    assert band.get_x() + band.get_width() == pytest.approx(rows.loc["std_adc", "null_high"])
    points = next(
        container for container in figure.axes[0].containers if container.get_label().startswith("all latents")
    )
    assert points.lines[0].get_xdata()[0] == pytest.approx(rows.loc["total_adc", "auc"])
    assert figure.axes[0].get_title() == f"all\nn = {rows['n'].min()}\N{EN DASH}90"


def test_a_species_of_few_tracks_leaves_its_panel_empty():
    _, figure, wrong = draw(protons=40, kaons=3)
    assert wrong == []
    points = next(
        container for container in figure.axes[1].containers if container.get_label().startswith("all latents")
    )
    assert np.isnan(np.asarray(points.lines[0].get_xdata(), dtype=float)).all()
