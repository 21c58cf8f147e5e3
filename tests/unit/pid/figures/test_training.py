"""The figure of the trainings."""

from math import log

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts

from rootline.core.figures import FigureConfig, figure_style
from rootline.pid.figures.model_marks import mark_models
from rootline.pid.figures.training import draw_training, undecided_loss

OPTIONS = FigureConfig(dpi=80)
COUNTS = {"train": 25600, "val": 6200}


def history(epochs=20, *, rising=0.0, adversary=False, start=0.6):
    epoch = np.arange(1, epochs + 1)
    loss = start * np.exp(-epoch / 5) + 0.05
    table = pd.DataFrame({"epoch": epoch, "train_loss": 1.1 * loss, "val_loss": loss + rising * epoch})
    if adversary:
        table = table.assign(train_targets=table["train_loss"], val_targets=table["val_loss"])
        table = table.assign(train_domain=0.66 + 0.02 / epoch, val_domain=0.65 + 0.02 / epoch)
        table["train_loss"] += table["train_domain"]
    return table.assign(kept=table["val_loss"] == table["val_loss"].cummin())


def draw(histories, second=None):
    with figure_style(OPTIONS):
        figure = draw_training(histories, OPTIONS, counts=COUNTS, second=second or {})
        return figure, complaints(figure)


def test_each_network_has_a_panel_on_one_scale_and_its_kept_epoch_a_mark():
    histories = {"attention": history(8, rising=0.02), "mlp": history()}
    figure, wrong = draw(histories)
    assert wrong == []
    assert [axes.get_title(loc="left").rpartition("  ")[2] for axes in figure.axes] == ["perceptron", "attention"]
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    for axes, name in zip(figure.axes, ("mlp", "attention"), strict=True):
        best = histories[name]["val_loss"].idxmin()
        mark = mark_models([name])[name]
        marks = [line.get_xydata().tolist() for line in axes.lines if line.get_marker() == mark.marker]
        assert marks == [[[best + 1, histories[name].loc[best, "val_loss"]]]]
        assert f"epoch {best + 1} of {len(histories[name])}" in " ".join(text.get_text() for text in axes.texts)
    assert {"training part, n = 25600 tracks", "validation part, n = 6200 tracks"} <= set(visible_texts(figure))


def test_of_an_adversary_targets_and_domain_are_drawn_apart_and_not_their_sum():
    table = history(adversary=True)
    figure, wrong = draw({"mlp": history(), "dann": table}, {"dann": {"val": 3100}})
    assert wrong == []
    _, targets, domain = figure.axes[:3]
    for axes, term in ((targets, "targets"), (domain, "domain")):
        drawn = [line.get_ydata().tolist() for line in axes.lines if len(line.get_xdata()) == 20]
        assert drawn == [table[f"{part}_{term}"].tolist() for part in ("train", "val")]
    levels = [
        line.get_ydata()[0] for line in domain.lines if line.get_linestyle() == "--" and len(line.get_xdata()) == 2
    ]
    level = -(2 / 3 * log(2 / 3) + 1 / 3 * log(1 / 3))
    assert any(found == pytest.approx(level) for found in levels)
    assert f"not told apart, {level:.3f}" in " ".join(visible_texts(figure))


def test_no_more_tracks_of_the_second_domain_count_than_there_are_of_the_first():
    figure, _ = draw({"dann": history(adversary=True)}, {"dann": {"val": 99_000}})
    assert "not told apart, 0.693\nval: n = 6200 and 6200" in "\n".join(visible_texts(figure))


def test_a_head_that_knows_the_shares_alone_has_the_loss_of_their_entropy():
    assert undecided_loss(40, 40) == pytest.approx(log(2))
    labels = np.repeat([0, 1], [300, 100])
    guess = np.full(400, 0.25)
    loss = -np.mean(labels * np.log(guess) + (1 - labels) * np.log(1 - guess))
    assert undecided_loss(300, 100) == pytest.approx(loss)
    assert undecided_loss(7, 0) == 0


@pytest.mark.parametrize("n", [1, 4, 5, 9])
def test_any_number_of_networks_can_be_drawn(n):
    names = ["mlp", "ensemble", "attention", "dann", *(f"other_{place}" for place in range(n))][:n]
    figure, wrong = draw({name: history(start=0.6 / (place + 1)) for place, name in enumerate(names)})
    assert wrong == []
    assert sum(axes.get_visible() for axes in figure.axes) == n


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_short_training_and_one_that_never_got_better_can_be_drawn(epochs):
    table = history(epochs, adversary=True)
    for each in (table, table.assign(kept=False, val_loss=np.nan, val_targets=np.nan, val_domain=np.nan)):
        assert draw({"dann": each}, {"dann": {"val": 10}})[1] == []
