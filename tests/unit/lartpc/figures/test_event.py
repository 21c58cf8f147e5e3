"""The display of one event."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.cuts import MipCuts, ReferenceCuts, StoppingCuts
from rootline.lartpc.event_display import CUT, NO_RECO, NOT_LISTED, PAIR_CUT, TRACK, UNPAIRED, EventView
from rootline.lartpc.events import LocatedEvent
from rootline.lartpc.figures.event import _pool_ticks, draw_event

OPTIONS = FigureConfig(dpi=80)
COLUMNS = ["plane", "cluster", "wire_min", "wire_max", "tick_min", "tick_max", "n_pixels", "vertex_tick", "cut"]
COLUMNS += ["fate", "track", "reason"]
CLUSTERS = [
    ("collection", 0, 20, 90, 1000, 1100, 300, 1010, None, TRACK, 0, ""),
    ("induction", 0, 21, 92, 1000, 1100, 300, 1010, None, TRACK, 0, ""),
    ("collection", 1, 20, 60, 1400, 1500, 200, 1410, None, PAIR_CUT, 1, "width"),
    ("induction", 2, 21, 62, 1400, 1500, 200, 1410, None, PAIR_CUT, 1, "width"),
    ("collection", 2, 25, 80, 1600, 1640, 200, 1610, None, NO_RECO, 2, ""),
    ("induction", 3, 25, 82, 1600, 1640, 200, 1610, None, NO_RECO, 2, ""),
    ("induction", 1, 22, 62, 300, 360, 200, 310, "vertex_tick", CUT, -1, "vertex_tick"),
    ("collection", 3, 30, 72, 1800, 1860, 200, 1810, None, UNPAIRED, -1, ""),
    *[
        ("collection", number, 100 + 7 * number, 101 + 7 * number, 130 * number, 130 * number + 3, 3, 130 * number,
         "height", CUT, -1, "height")
        for number in range(4, 20)
    ],
]  # fmt: skip


def view(rows, *, cuts=None, noise=2.0, ticks=3072):
    rng = np.random.default_rng(0)
    planes = {plane: rng.normal(0, noise, (240, ticks)).astype(np.int16) for plane in ("collection", "induction")}
    for plane, _, left, right, low, high, *_ in rows:
        planes[plane][left:right, low:high] += 200
    located = LocatedEvent("protons", "p.root", 3, (6000, 1, 12))
    return EventView(located, planes, pd.DataFrame(rows, columns=COLUMNS), cuts or StoppingCuts())


def test_every_cluster_is_listed_with_its_fate_and_tracks_are_marked():
    with figure_style(OPTIONS):
        figure = draw_event(view(CLUSTERS), OPTIONS)
        assert complaints(figure) == []
    texts = visible_texts(figure)
    for expected in (
        "track 0: cluster 0",
        "pair 1: cut by width: cluster 1",
        "pair 2: no reconstruction: cluster 2",
        "kept, but without partner: cluster 3",
        "cut by height: clusters 4\N{EN DASH}19",
        "cut by vertex tick: cluster 1",
        "protons, run 6000, subrun 1, event 12",
        "track 0",
        "17",
    ):
        assert expected in texts, expected
    assert any("collection: 20 clusters, 4 kept" in text for text in texts)


@pytest.mark.parametrize("cuts", [MipCuts(), ReferenceCuts()])
def test_an_event_without_clusters_and_one_without_charge_are_drawn(cuts):
    for noise in (2.0, 0.0):
        with figure_style(OPTIONS):
            assert complaints(draw_event(view([], cuts=cuts, noise=noise), OPTIONS)) == []


def test_a_pair_of_an_event_that_is_not_listed_says_so_and_has_its_number():
    rows = [(*row[:9], NOT_LISTED, 0, "") for row in CLUSTERS[:2]]
    with figure_style(OPTIONS):
        texts = visible_texts(draw_event(view(rows, cuts=ReferenceCuts()), OPTIONS))
    assert texts.count("pair 0: not in the event list: cluster 0") == 2 and "pair 0" in texts


def test_pooling_keeps_the_pulse_of_largest_size_with_its_sign():
    waveforms = np.zeros((1, 10), np.int16)
    waveforms[0, [1, 4, 5]] = [7, 30, -200]
    np.testing.assert_array_equal(_pool_ticks(waveforms, 4), [[7, -200, 0]])
    assert _pool_ticks(waveforms, 1) is waveforms


def test_numbers_of_boxes_never_cover_each_other_however_many_there_are():
    crowd = [
        ("induction", number, 50 + number % 8, 52 + number % 8, 30 * number, 30 * number + 2, 2, 0, "height", CUT, -1, "height")
        for number in range(90)
    ]  # fmt: skip
    with figure_style(OPTIONS):
        assert complaints(draw_event(view(crowd), OPTIONS)) == []
