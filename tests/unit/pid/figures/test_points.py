"""The figure of a sweep."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.pid.test_sweep import RUNS, models

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.figures.points import draw_points
from rootline.pid.sweep import tabulate_sweep

OPTIONS = FigureConfig(dpi=80)


def test_the_best_point_is_on_top_with_its_seeds_and_their_mean():
    scores = np.repeat([0.5, 0.6, 0.8, 0.9, 0.1], 2)  # depth 5 with two seeds, depth 10 with two, n-sigma
    with figure_style(OPTIONS):
        figure = draw_points(tabulate_sweep(models(f1=scores), RUNS), OPTIONS, note="3 of 7 runs are missing here.")
        assert complaints(figure) == []
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["max_depth 10", "max_depth 5"]
    assert axes.lines[0].get_xdata() == pytest.approx([0.8, 0.9])
    assert axes.lines[1].get_xdata() == pytest.approx([0.85])
    assert "3 of 7 runs are missing here." in visible_texts(figure)
    assert "dots: seeds (2 at most); bars: their mean" in " ".join(visible_texts(figure))
