"""The figure of entry windows."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle
from tests.unit.inspection import complaints

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.figures.windows import draw_windows

OPTIONS = FigureConfig(dpi=80)


def clusters(n):
    rng = np.random.default_rng(0)
    cut = rng.choice(np.array([None, "height", "profile", "entry_wire", "vertex_tick"], dtype=object), n)
    return pd.DataFrame(
        {
            "plane": rng.choice(["collection", "induction"], n),
            "wire_min": rng.integers(0, 240, n),
            "vertex_tick": rng.integers(0, 3072, n),
            "cut": cut,
        }
    )


def boxes(axes):
    found = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    return [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in found]


def test_only_clusters_that_reach_the_window_are_drawn_and_counted():
    table = clusters(2000)
    with figure_style(OPTIONS):
        figure = draw_windows(table, CutsConfig(), OPTIONS)
        assert complaints(figure) == []
    reached = table[(table["plane"] == "collection") & ~table["cut"].isin(["height", "profile"])]
    inside = 100 * reached["cut"].isna().mean()
    assert f"collection: n = {len(reached)}, inside {inside:.1f} [" in figure.axes[0].get_title(loc="left")
    assert np.nansum(figure.axes[0].collections[0].get_array()) == len(reached)


def test_roles_with_one_window_share_a_box_and_a_role_of_its_own_gets_another():
    with figure_style(OPTIONS):
        same = draw_windows(clusters(300), CutsConfig(), OPTIONS).axes[0]
        cuts = CutsConfig.model_validate({"mip": {"collection": {"wire_min": 20, "tick_max": None}}})
        other = draw_windows(clusters(300), cuts, OPTIONS).axes[0]
    assert boxes(same) == [(12, 789, 25, 1138)]
    assert boxes(other)[0] == boxes(same)[0]
    assert boxes(other)[1][:2] == (20, 789)
    assert [text.get_text() for text in other.get_legend().get_texts()] == ["train, held out", "mip"]


@pytest.mark.parametrize("n", [0, 1])
def test_a_sample_with_hardly_any_cluster_can_be_drawn(n):
    with figure_style(OPTIONS):
        assert complaints(draw_windows(clusters(n), CutsConfig(), OPTIONS)) == []


def test_the_proposed_window_stands_beside_those_in_use():
    bounds = {"wire_min": 13, "wire_max": 30, "tick_min": 895, "tick_max": 1904}
    proposed = pd.DataFrame(
        [{"plane": "collection", "window": "proposed", "quantity": side, "value": bounds[side]} for side in bounds]
    )
    with figure_style(OPTIONS):
        figure = draw_windows(clusters(300), CutsConfig(), OPTIONS, proposed)
        assert complaints(figure) == []
    assert boxes(figure.axes[0]) == [(12, 789, 25, 1138), (13, 895, 17, 1009)]
    assert len(boxes(figure.axes[1])) == 1
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert texts == ["train, held out, mip", "proposed by the data"]
