"""The figure of purity and efficiency against transverse momentum."""

import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.pid.comparison_fakes import fake_comparison

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.figures.selection import draw_selection

OPTIONS = FigureConfig(dpi=80)


def draw(table):
    with figure_style(OPTIONS):
        figure = draw_selection(table, OPTIONS)
        return figure, complaints(figure)


def test_every_selection_is_drawn_with_its_shares_and_the_number_of_tracks():
    table = fake_comparison().selection
    figure, wrong = draw(table)
    assert wrong == []
    n = table.query("model == 'nsigma' and species == 'kaon'")["n_species"].sum()
    assert f"kaons, n = {n}" in " ".join(visible_texts(figure))
    assert len(figure.axes) == 6
    for axes, share in zip(figure.axes[:2], ("efficiency", "purity"), strict=True):
        assert len(axes.containers) == 8
        rule = table.query("model == 'nsigma' and species == 'kaon'").sort_values("pt_low")
        assert axes.containers[0].lines[0].get_ydata() == pytest.approx(rule[share].to_numpy(), nan_ok=True)


@pytest.mark.parametrize("first", [None, 0.0])
def test_points_lie_within_their_bins(first):
    table = fake_comparison().selection
    if first is not None:
        table["pt_low"] = table["pt_low"].replace(table["pt_low"].min(), first)
    figure, _ = draw(table)
    bins = table.query("model == 'nsigma' and species == 'kaon'").sort_values("pt_low")
    for container in figure.axes[0].containers:
        places = container.lines[0].get_xdata()
        assert ((places > bins["pt_low"]) & (places < bins["pt_high"])).all()


@pytest.mark.parametrize("n", [30, 400])
def test_few_tracks_and_one_model_can_be_drawn(n):
    _, wrong = draw(fake_comparison(n, ("forest",)).selection)
    assert wrong == []
