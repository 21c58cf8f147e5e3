"""What the detectors measure, as a figure."""

from tests.unit.inspection import complaints, visible_texts
from tests.unit.pid.table_fakes import fake_tracks

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.figures.response import draw_response

OPTIONS = FigureConfig(dpi=80)


def test_both_domains_stand_beside_each_other_with_their_n():
    mc, data = fake_tracks(800), fake_tracks(300, sample="data", seed=1, shift=4)
    with figure_style(OPTIONS):
        figure = draw_response(mc, data, OPTIONS)
        assert complaints(figure) == []
    texts = " ".join(visible_texts(figure))
    assert f"mc, n = {mc['fBeta'].notna().sum()} of 800 tracks" in texts
    window = data["fP"].between(0.6, 0.7).sum()
    assert f"data, n = {window}" in texts
