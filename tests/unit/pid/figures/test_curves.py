"""The figure of the curves."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.pid.comparison_fakes import fake_comparison

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.figures.curves import draw_curves

OPTIONS = FigureConfig(dpi=80)


def draw(table):
    with figure_style(OPTIONS):
        figure = draw_curves(table, OPTIONS)
        return figure, complaints(figure)


def test_every_score_has_both_curves_and_n_sigma_its_cut():
    table = fake_comparison().curves
    figure, wrong = draw(table)
    assert wrong == []
    roc, pure = figure.axes[:2]
    assert len(roc.lines) == len(pure.lines) == 9
    working = table.query("model == 'nsigma' and species == 'kaon' and kind == 'working'").iloc[0]
    assert [*roc.lines[1].get_xdata(), *roc.lines[1].get_ydata()] == [working["contamination"], working["efficiency"]]
    assert [*pure.lines[1].get_xdata(), *pure.lines[1].get_ydata()] == [working["efficiency"], working["purity"]]
    title = f"kaons, n = {working['n_species']}; others, n = {working['n_others']}"
    assert any(title in text for text in visible_texts(figure))


def test_the_curve_of_n_sigma_ends_where_it_rejects_at_any_cut():
    table = fake_comparison().curves
    figure, _ = draw(table)
    reached = table.query("model == 'nsigma' and species == 'kaon' and kind == 'curve'")
    reached = reached[np.isfinite(reached["threshold"])]["efficiency"].max()
    assert reached < 0.95
    for axes, values in ((figure.axes[0], "get_ydata"), (figure.axes[1], "get_xdata")):
        assert max(getattr(axes.lines[0], values)()) == pytest.approx(reached)


@pytest.mark.parametrize("n", [30, 400])
def test_few_tracks_can_be_drawn(n):
    _, wrong = draw(fake_comparison(n, ("forest", "dann")).curves)
    assert wrong == []
