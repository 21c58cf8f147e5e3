"""The gallery of track images."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.analyses.fakes import fake_keys

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.figures.tracks import TRACKS_SHOWN, draw_tracks

OPTIONS = FigureConfig(dpi=80)


def gallery(protons, kaons):
    keys = fake_keys(["proton"] * protons + ["kaon"] * kaons)
    keys = keys.assign(particle=keys["sample"].str.removesuffix("s"), row=np.arange(len(keys))[::-1])
    images = np.zeros((len(keys), 2, 16, 32), np.float32)
    images[keys["row"], :, 3:12, 15:18] = 10.0 * (1 + np.arange(len(keys)))[:, None, None, None]
    return keys, images


@pytest.mark.parametrize(("protons", "kaons"), [(60, 23), (3, 1)])
def test_tracks_are_spread_over_the_charge_and_named_by_their_event(protons, kaons):
    keys, images = gallery(protons, kaons)
    with figure_style(OPTIONS):
        figure = draw_tracks(images, keys, OPTIONS)
        assert complaints(figure) == []
    panel = figure.axes[0]
    assert panel.get_ylabel() == f"kaon\n{min(kaons, TRACKS_SHOWN)} of {kaons}"
    table = panel.images[0].get_array().filled(0)
    largest = table.reshape(2, 16, TRACKS_SHOWN, -1).max(axis=(1, 3))
    of_event = pd.Series(10.0 * (1 + np.arange(len(keys))), index=keys["event"])
    events = [int(text.get_text().split(" / ")[2]) for text in panel.get_xticklabels()]
    assert largest[0, : len(events)] == pytest.approx(of_event[events].to_numpy())
    assert (np.diff(largest[0, : len(events)]) > 0).all()


def test_shuffled_keys_give_the_same_gallery():
    keys, images = gallery(30, 10)
    with figure_style(OPTIONS):
        first, second = (draw_tracks(images, table, OPTIONS) for table in (keys, keys.sample(frac=1, random_state=1)))
        assert visible_texts(first) == visible_texts(second)
