"""The figure of efficiencies at equal purity."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.pid.comparison_fakes import fake_comparison

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.figures.equal_purity import describe_verdicts, draw_equal_purity

OPTIONS = FigureConfig(dpi=80)


def draw(table):
    with figure_style(OPTIONS):
        figure = draw_equal_purity(table, OPTIONS)
        return figure, complaints(figure)


def test_every_bin_of_every_model_is_drawn_and_counted_in_words():
    table = fake_comparison().equal_purity
    figure, wrong = draw(table)
    assert wrong == []
    kaons = table.query("model == 'forest' and species == 'kaon'").sort_values("pt_low")
    words = describe_verdicts(kaons, "random forest")
    assert any(words in text for text in visible_texts(figure))
    axes = figure.axes[0]
    drawn = [line for container in axes.containers for line in container.lines[0].get_ydata()]
    finite = [value for value in drawn if np.isfinite(value)]
    expected = table.query("species == 'kaon'")["efficiency"].notna().sum() + kaons["nsigma_efficiency"].notna().sum()
    assert len(finite) == expected
    assert sum(patch.get_facecolor()[0] < 1 for patch in axes.patches) == kaons["is_crossing"].sum() == 4
    assert {str(n) for n in kaons["n_species"].iloc[1:]} <= set(visible_texts(figure))


def test_the_words_are_those_of_the_table_whatever_it_says():
    rows = pd.DataFrame(
        {
            "verdict": ["above", "below", "below", "overlap", ""],
            "is_crossing": [False, True, False, False, True],
        }
    )
    assert describe_verdicts(rows, "forest") == (
        "forest 1 above, 1 overlap, 2 below in 4 bins; too few tracks in 1\n"
        "crossing region: 0 above, 0 overlap, 1 below in 1 bin"
    )
    assert describe_verdicts(rows[:1], "forest") == "forest 1 above, 0 overlap, 0 below in 1 bin"


def test_a_model_that_lost_purity_has_open_points():
    table = fake_comparison(8000, ("forest",)).equal_purity.assign(purity_verdict="below")
    figure, _ = draw(table)
    faces = [container.lines[0].get_markerfacecolor() for container in figure.axes[0].containers]
    filled = [len(container.lines[0].get_ydata()) for container in figure.axes[0].containers]
    assert faces == ["#000000", "white", "#0072B2", "white"]
    assert filled == [12, 0, 0, 12]


@pytest.mark.parametrize("n", [30, 400])
def test_too_few_tracks_can_be_drawn_and_the_figure_says_so(n):
    figure, wrong = draw(fake_comparison(n, ("mlp",)).equal_purity)
    assert wrong == []
    assert any("perceptron 0 above" in text and "too few tracks in" in text for text in visible_texts(figure))
