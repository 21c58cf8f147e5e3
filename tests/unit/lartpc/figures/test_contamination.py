"""The figure of the contamination fit."""

import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.planted import planted_mixture

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.contamination import fit_contamination
from rootline.lartpc.analyses.likeness import compare_likeness, score_tracks
from rootline.lartpc.analyses.settings.contamination import ContaminationConfig
from rootline.lartpc.figures.contamination import draw_contamination

OPTIONS = FigureConfig(dpi=80)
FIT = ContaminationConfig(bootstrap=100, splits=2, permutations=100)


def draw(**mixture):
    latents, tracks = planted_mixture(**mixture)
    scores = score_tracks(latents, tracks, ["proton"], FIT, window=(430.0, 560.0), references=["references"])
    found = fit_contamination(scores, FIT)
    with figure_style(OPTIONS):
        figure = draw_contamination(found, scores, compare_likeness(scores, FIT), OPTIONS)
        return found, figure, complaints(figure)


@pytest.mark.filterwarnings("error")
def test_each_method_has_its_line_with_slope_and_corrected_share_and_their_intervals():
    found, figure, wrong = draw(references=60)
    assert wrong == []
    texts = visible_texts(figure)
    for method in ("mass", "reference", "tail"):
        rows = found[found["method"] == method].drop_duplicates("kind").set_index("kind")
        slope, corrected = rows.loc["slope"], rows.loc["corrected"]
        written = (
            f"slope {slope['value']:.2f} [{slope['low']:.2f}, {slope['high']:.2f}]\ncorrected {corrected['value']:.3f}"
        )
        assert any(written in text for text in texts)
    assert any(text == "kaon-tagged, n = 250" for text in texts)


@pytest.mark.filterwarnings("error")
def test_without_any_mass_the_bound_alone_is_drawn_and_the_panel_says_so():
    _, figure, wrong = draw(with_mass=False)
    assert wrong == []
    assert any("no track has a beamline mass" in text for text in visible_texts(figure))


@pytest.mark.filterwarnings("error")
def test_too_few_tracks_give_a_figure_that_says_how_many():
    _, figure, wrong = draw(tagged=6)
    assert wrong == []
    assert any("No fit: 6 kaon-tagged tracks and 80 protons" in text for text in visible_texts(figure))
