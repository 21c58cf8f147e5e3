"""The figure of one training."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts

from rootline.core.figures import FigureConfig, figure_style
from rootline.lartpc.figures.training import draw_training

OPTIONS = FigureConfig(dpi=80)


def history(epochs, *, start=400.0):
    epoch = np.arange(1, epochs + 1)
    loss = start * np.exp(-epoch / 5) + 50
    table = pd.DataFrame({"epoch": epoch})
    for part, shift in (("train", 0.0), ("val", 0.8)):
        table[f"{part}_loss"] = loss + shift * epoch
        table[f"{part}_reconstruction"] = 0.9 * table[f"{part}_loss"]
        table[f"{part}_kl"] = 0.2 * table[f"{part}_loss"]
    return table.assign(kept=table["val_loss"] == table["val_loss"].cummin())


@pytest.mark.parametrize("epochs", [1, 2, 60])
def test_the_epoch_whose_weights_were_kept_is_marked(epochs):
    table = history(epochs)
    best = int(table.loc[table["val_loss"].idxmin(), "epoch"])
    with figure_style(OPTIONS):
        figure = draw_training(table, OPTIONS)
        assert complaints(figure) == []
    loss, _, share = figure.axes
    assert f"epoch {best} of {epochs}" in loss.get_title(loc="left")
    assert [line.get_xdata()[0] for line in loss.lines if line.get_label() == "weights kept"] == [best]
    assert share.lines[0].get_ydata() == pytest.approx(np.full(epochs, 10.0))


def test_the_legend_has_the_number_of_images_of_each_part():
    with figure_style(OPTIONS):
        figure = draw_training(history(8), OPTIONS, counts={"train": 290, "val": 35})
        assert complaints(figure) == []
    assert {"training part, n = 290", "validation part, n = 35"} <= set(visible_texts(figure))


def test_the_loss_axis_is_logarithmic_only_where_it_spans_much():
    with figure_style(OPTIONS):
        assert draw_training(history(60), OPTIONS).axes[0].get_yscale() == "log"
        assert draw_training(history(60, start=5.0), OPTIONS).axes[0].get_yscale() == "linear"


def test_a_training_that_never_got_better_can_be_drawn():
    table = history(3).assign(kept=False, val_loss=np.nan, val_reconstruction=np.nan)
    with figure_style(OPTIONS):
        assert complaints(draw_training(table, OPTIONS)) == []
