"""The figure of what forests look at."""

import pandas as pd
from tests.unit.inspection import complaints, visible_texts

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.analyses.importance import INPUT_SETS
from rootline.pid.figures.importance import draw_importance

OPTIONS = FigureConfig(dpi=80)


def test_the_largest_loss_is_on_top_in_each_panel():
    rows = [
        {"inputs": inputs, "species": species, "group": group, "loss": 0.01 * number, "spread": 0.002, "auc": 0.97, "n": 500, "n_species": 40}
        for inputs, groups in INPUT_SETS.items()
        for number, group in enumerate(groups)
        for species in ("kaon", "proton")
    ]  # fmt: skip
    with figure_style(OPTIONS):
        figure = draw_importance(pd.DataFrame(rows), OPTIONS)
        assert complaints(figure) == []
    for axes, groups in zip(figure.axes, INPUT_SETS.values(), strict=True):
        assert [label.get_text() for label in axes.get_yticklabels()] == list(groups)[::-1]
    assert "given n-sigma; n = 500 tracks" in " ".join(visible_texts(figure))
