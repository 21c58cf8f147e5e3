"""The figure of the reference tracks."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints
from tests.unit.lartpc.test_reference import OPTIONS as FOREST
from tests.unit.lartpc.test_reference import candidates, labelled

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.figures.reference import draw_reference
from rootline.lartpc.reference import choose_reference, score_candidates, summarise_choice

OPTIONS = FigureConfig(dpi=80)


@pytest.mark.parametrize("n_tracks", [150, 1, 0])
def test_every_candidate_is_in_the_histogram_and_every_event_a_point(n_tracks):
    table = candidates()[:n_tracks]
    scored = score_candidates(labelled(), table, FOREST)
    chosen = choose_reference(scored, None, FOREST)
    numbers = summarise_choice(scored, chosen, table[["run", "subrun", "event"]], None)
    with figure_style(OPTIONS):
        figure = draw_reference(chosen, scored.scores, numbers, "kaon", OPTIONS)
        assert complaints(figure) == []
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == [f"other candidates, n = {len(table) - len(chosen)}", f"chosen, n = {len(chosen)}"]
    area = figure.axes[0].get_title(loc="left")
    assert f"AUC {scored.forest['value']:.2f} [" in area
    if n_tracks == 150:
        points = figure.axes[1].lines[0]
        assert len(points.get_xdata()) == len(chosen) == 30
        assert (np.asarray(points.get_xdata()) >= np.asarray(points.get_ydata())).all()


def test_a_choice_by_hand_without_a_forest_can_be_drawn():
    scored = score_candidates(labelled(4), candidates(), FOREST)
    hand = pd.DataFrame([("refs", 9, 0, 0, 3)], columns=["sample", "run", "subrun", "event", "track"])
    chosen = choose_reference(scored, hand, FOREST)
    numbers = summarise_choice(scored, chosen, candidates(), None)
    with figure_style(OPTIONS):
        figure = draw_reference(chosen, scored.scores, numbers, "kaon", OPTIONS)
        assert complaints(figure) == []
    assert "no forest" in figure.axes[0].get_title(loc="left")
