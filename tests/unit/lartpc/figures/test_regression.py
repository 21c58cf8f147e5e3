"""The figure of features predicted from the latents."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.regression import regress
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.features import FEATURE_CATEGORIES
from rootline.lartpc.figures.regression import R2_SHOWN, draw_regression

OPTIONS = FigureConfig(dpi=80)


def draw(change=None, **sizes):
    latents = fake_latents(**sizes)
    options = RegressionConfig(bootstrap=100, mlp_epochs=2, importance_repeats=1)
    scores, _ = regress(latents, fake_features(latents), FEATURE_CATEGORIES, options)
    if change is not None:
        scores = scores.assign(r2=scores["r2"].where(scores["feature"] != "solidity", change))
    with figure_style(OPTIONS):
        figure = draw_regression(scores, OPTIONS)
        return scores, figure, complaints(figure)


def test_each_group_has_a_panel_with_its_n_and_each_feature_a_point_per_model():
    scores, figure, wrong = draw(protons=60, kaons=30)
    assert wrong == []
    axes = figure.axes[0]
    rows = scores[scores["group"] == "all"]
    assert axes.get_title() == f"all\nn = {rows['n'].min()}\N{EN DASH}90"
    row = rows[(rows["feature"] == "total_adc") & (rows["model"] == "ridge")].iloc[0]
    points = axes.containers[0].lines[0]
    assert points.get_xdata()[0] == pytest.approx(row["r2"])
    assert {"ridge", "MLP"} <= set(visible_texts(figure))


def test_a_prediction_far_worse_than_the_mean_is_an_arrow_at_the_edge():
    _, figure, wrong = draw(change=-7.0, protons=60, kaons=0)
    assert wrong == []
    arrows = [line for line in figure.axes[0].lines if line.get_marker() == "<"]
    assert sum(len(line.get_xdata()) for line in arrows) >= 2
    assert all(x == R2_SHOWN - 0.02 for line in arrows for x in line.get_xdata())


def test_a_species_of_few_tracks_leaves_its_panel_empty():
    _, figure, wrong = draw(protons=60, kaons=3)
    assert wrong == []
    assert all(len(container.lines[0].get_xdata()) == 0 for container in figure.axes[1].containers)
    assert np.isfinite(figure.axes[2].containers[0].lines[0].get_xdata()).any()
