"""The planes of TPC and TOF."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.pid.table_fakes import fake_tracks

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.figures.planes import draw_plane, draw_planes

OPTIONS = FigureConfig(dpi=80)


def test_each_panel_says_how_many_tracks_it_holds():
    tracks = fake_tracks(600)
    accepted = np.arange(600) % 3 == 0
    with figure_style(OPTIONS):
        figure = draw_planes(tracks, accepted, "kaon", "random forest", OPTIONS)
        assert complaints(figure) == []
    kaons = (tracks["species"] == "kaon").to_numpy()
    texts = " ".join(visible_texts(figure))
    assert f"accepted kaons, n = {(accepted & kaons).sum()}" in texts
    assert f"contaminating, n = {(accepted & ~kaons).sum()}" in texts
    assert f"rejected kaons, n = {(~accepted & kaons & tracks['fBeta'].notna()).sum()}" in texts


def test_a_plane_holds_each_track_within_its_range_once_and_an_empty_one_is_drawn():
    with figure_style(OPTIONS):
        axes = draw_planes(fake_tracks(10), np.zeros(10, bool), "proton", "n-sigma", OPTIONS).axes[0]
        draw_plane(axes, np.array([0.3, 1.0, 1.0, 9.0]), np.array([50.0, 60.0, 60.0, 60.0]), "fTPCSignal")
    assert axes.collections[-1].get_array().sum() == 3


def test_the_lines_go_through_what_is_expected_of_each_species():
    with figure_style(OPTIONS):
        figure = draw_planes(fake_tracks(10), np.zeros(10, bool), "proton", "n-sigma", OPTIONS)
    lines = {line.get_label(): line for line in figure.axes[3].lines}
    assert list(lines) == ["pion", "kaon", "proton"]
    momentum, beta = lines["proton"].get_data()
    assert np.interp(0.938272, momentum, beta) == pytest.approx(np.sqrt(0.5), abs=1e-3), "p = m"
