"""What the detectors measure, as a figure."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.pid.table_fakes import fake_tracks

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.figures.response import describe_sample, draw_response
from rootline.pid.species import SPECIES

OPTIONS = FigureConfig(dpi=80)


def test_both_domains_stand_beside_each_other_with_their_n():
    mc, data = fake_tracks(800), fake_tracks(300, sample="data", seed=1, shift=4)
    with figure_style(OPTIONS):
        figure = draw_response(mc, data, OPTIONS)
        assert complaints(figure) == []
    texts = " ".join(visible_texts(figure))
    assert f"mc, n = {mc['fBeta'].notna().sum()} of 800 tracks" in texts
    in_window = data[data["fP"].between(0.6, 0.7)]
    legends = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in figure.axes[2:]]
    assert [labels[1] for labels in legends] == [
        f"data, n = {n}" for n in (len(in_window), in_window["fBeta"].notna().sum(), 300)
    ]
    assert [line.get_label() for line in figure.axes[0].lines] == list(SPECIES)


def test_a_million_tracks_leave_the_page_no_more_than_few_do():
    mc = fake_tracks(200)
    many = mc.loc[np.repeat(mc.index, 5000)]
    with figure_style(OPTIONS):
        assert complaints(draw_response(many, many, OPTIONS)) == []


def test_a_sample_is_described_by_what_has_seen_its_tracks_and_by_its_species():
    tracks = fake_tracks(4).assign(fBeta=[0.9, np.nan, np.nan, np.nan], fTRDPattern=[1, 2, np.nan, np.nan])
    named = tracks.assign(species=["kaon", "pion", "kaon", None])
    assert describe_sample("mc", named) == "mc: 4 tracks, seen by TOF 25.0 %, by TRD 50.0 %\n1 pions, 2 kaons, 1 others"
    assert describe_sample("data", tracks.assign(species=None)).endswith("no truth")


@pytest.mark.filterwarnings("error")
def test_a_domain_without_a_track_in_the_window_is_drawn():
    mc = fake_tracks(100).assign(fP=2.0)
    with figure_style(OPTIONS):
        assert complaints(draw_response(mc, mc, OPTIONS)) == []
