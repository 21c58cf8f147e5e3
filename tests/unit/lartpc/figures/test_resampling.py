"""The figure of area against bilinear resampling."""

from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.test_resampling import IMAGES, straight_tracks
from tests.unit.lartpc.analyses.test_resampling import OPTIONS as RESAMPLING

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.resampling import compare_resampling, draw_examples
from rootline.lartpc.figures.resampling import draw_resampling

OPTIONS = FigureConfig(dpi=80)


def draw(tracks):
    with figure_style(OPTIONS):
        figure = draw_resampling(compare_resampling(tracks, IMAGES, RESAMPLING), draw_examples(tracks, IMAGES), OPTIONS)
        return figure, complaints(figure)


def test_each_particle_is_shown_both_ways_with_the_numbers_of_tracks_and_wires():
    figure, wrong = draw(straight_tracks())
    assert wrong == []
    texts = visible_texts(figure)
    assert {"collection, area", "induction, bilinear", "kaon", "proton", "160 wires"} <= {
        line for text in texts for line in (text, text.split("\n")[-1])
    }
    assert any("area: none" in text for text in texts)


def test_without_tracks_the_figure_says_so():
    figure, wrong = draw(straight_tracks().slice(0, 0))
    assert wrong == []
    assert "no tracks" in visible_texts(figure)
