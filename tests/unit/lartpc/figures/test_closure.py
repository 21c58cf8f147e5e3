"""The figure of the closure."""

from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.test_closure import OPTIONS as CLOSURE
from tests.unit.lartpc.analyses.test_closure import REGRESSION, planted

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.analyses.closure import close_latents
from rootline.lartpc.figures.closure import draw_closure

OPTIONS = FigureConfig(dpi=80)


def draw(n, *, without_scores=False):
    latents, scores, truth = planted(n)
    scores = scores.iloc[:0] if without_scores else scores
    table = close_latents(latents, scores, truth, ["proton"], CLOSURE, REGRESSION)
    with figure_style(OPTIONS):
        figure = draw_closure(table, OPTIONS)
        return table, figure, complaints(figure)


def test_each_species_ending_and_bin_has_its_number_of_tracks():
    table, figure, wrong = draw(300)
    assert wrong == []
    texts = visible_texts(figure)
    assert any(text == "all, n = 300" for text in texts)
    row = table[(table["question"] == "species") & (table["group"] == "ending of both")].iloc[0]
    counts = f"n = {row['n_negative']} + {row['n_positive']}"
    assert f"proton stopping against\nkaon stopping, {counts}" in texts
    assert any(text.startswith("true kaon momentum [MeV") for text in texts)


def test_too_few_tracks_are_said_to_be_too_few():
    _, figure, wrong = draw(12, without_scores=True)
    assert wrong == []
    assert visible_texts(figure).count("too few tracks") == 5
