"""The figure of the comparison of the parts."""

import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_latents

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.parts import compare_parts
from rootline.lartpc.analyses.settings.parts import PartsConfig
from rootline.lartpc.figures.parts import QUANTITIES_SHOWN, draw_parts

OPTIONS = FigureConfig(dpi=80)
PARTS = PartsConfig(permutations=100, bootstrap=100, power_draws=20)


def draw(**sizes):
    tests, power = compare_parts(fake_latents(**sizes), ["proton"], PARTS)
    with figure_style(OPTIONS):
        figure = draw_parts(tests, power, OPTIONS)
        return tests, figure, complaints(figure)


@pytest.mark.filterwarnings("error")
def test_parts_and_both_controls_are_shown_with_their_numbers_of_tracks():
    tests, figure, wrong = draw(protons=300, kaons=200)
    assert wrong == []
    texts = visible_texts(figure)
    row = tests[(tests["control"] == "none") & (tests["part"] == "val")].iloc[0]
    for label in ("parts", "negative control (shuffled)", "positive control (mixture shifted)"):
        assert any(text.startswith(f"{label}, n = {row['n_train']} + {row['n_other']}") for text in texts)
    assert any(text.startswith("val, n = ") and "points" in text for text in texts)


@pytest.mark.filterwarnings("error")
def test_of_many_latents_the_smallest_p_values_are_shown():
    _, figure, wrong = draw(protons=200, kaons=60, latent_dim=30)
    assert wrong == []
    assert len(figure.axes[1].get_yticks()) == QUANTITIES_SHOWN


@pytest.mark.filterwarnings("error")
def test_one_species_alone_has_no_curve_of_power():
    _, figure, wrong = draw(protons=200, kaons=0)
    assert wrong == []
    assert any("no second species" in text for text in visible_texts(figure))


@pytest.mark.filterwarnings("error")
def test_too_few_tracks_give_a_figure_that_says_how_many():
    _, figure, wrong = draw(protons=30, kaons=5)
    assert wrong == []
    assert any("val 5, train 20" in text for text in visible_texts(figure))
