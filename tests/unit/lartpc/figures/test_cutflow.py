"""The figure of the cut flow."""

import pytest
from tests.unit.inspection import complaints, visible_texts

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.figures.cutflow import draw_cutflow

OPTIONS = FigureConfig(dpi=80)


def flow(sample, *, with_reco=True, scale=1.0):
    counts = [("events", "with clusters", 480)]
    for plane in ("collection", "induction"):
        steps = [("found", 9000), ("height", 3600), ("profile", 3600), ("entry_wire", 900), ("vertex_tick", 850)]
        counts += [(f"{plane} clusters", step, count) for step, count in steps]
    counts += [("pairs", "matched", 430), ("pairs", "height", 420), ("pairs", "width", 420)]
    counts += [("pairs", "reconstruction", 210)] if with_reco else []
    steps = [{"unit": unit, "step": step, "count": int(scale * count)} for unit, step, count in counts]
    return {"sample": sample, "particle": sample[:-1], "role": "held_out", "steps": steps}


@pytest.mark.parametrize("samples", [1, 3, 5])
def test_every_step_has_its_number_and_the_share_that_is_left_with_its_interval(samples):
    flows = [flow(f"sample{number}s", with_reco=number != 1) for number in range(samples)]
    with figure_style(OPTIONS):
        figure = draw_cutflow(flows, OPTIONS)
        assert complaints(figure) == []
    texts = [text.strip() for text in visible_texts(figure)]
    assert texts.count("9000") == 2 * samples
    assert texts.count("900 (25 \N{PLUS-MINUS SIGN} 1.4 %)") == 2 * samples
    assert texts.count("210 (50 \N{PLUS-MINUS SIGN} 4.8 %)") == samples - (samples > 1)
    assert "collection clusters: found" in texts
    assert "vertex tick" in texts


@pytest.mark.parametrize("scale", [0.0, 200.0])
def test_empty_and_large_samples_can_be_drawn(scale):
    with figure_style(OPTIONS):
        assert complaints(draw_cutflow([flow("kaons", scale=scale), flow("protons")], OPTIONS)) == []


def test_a_step_of_one_sample_alone_stands_after_the_step_that_it_follows_there():
    references = flow("references", with_reco=False)
    references["steps"].insert(1, {"unit": "events", "step": "in the event list", "count": 26})
    with figure_style(OPTIONS):
        figure = draw_cutflow([flow("protons"), flow("kaons"), flow("mips"), references], OPTIONS)
        assert complaints(figure) == []
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[:3] == ["events: with clusters", "in the event list", "collection clusters: found"]
    assert labels[-1] == "reconstruction"
    assert len([axes for axes in figure.axes if axes.axison]) == 4
