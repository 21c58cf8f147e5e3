"""The Pareto view of a sweep, whatever is swept."""

import numpy as np
import pytest
from tests.unit.inspection import complaints, visible_texts
from tests.unit.lartpc.figures.test_sweep import OPTIONS, tabulate

from rootline.core.figures import figure_style
from rootline.lartpc.analyses.best import choose_best
from rootline.lartpc.analyses.pareto import rank_points
from rootline.lartpc.analyses.settings.best import BestConfig
from rootline.lartpc.analyses.sweep_runs import swept_keys
from rootline.lartpc.analyses.sweep_summary import summarise_points
from rootline.lartpc.figures.pareto import draw_pareto

METRICS = ("auc_logistic", "error_proton", "r2_bragg_ridge")
GRID = {"model.latent_dim": [2, 4, 8, 16], "train.beta": [0.5, 1, 5, 10], "model.activation": ["relu", "gelu"]}


def draw(metrics=METRICS, *, sizes=(1_000, 2_000_000), note="", rising=False, **sweep):
    runs, table = tabulate(metrics, **sweep)
    if rising:
        table["auc_logistic"] = np.linspace(0.8, 0.9, len(table))
    keys = swept_keys(runs)
    table["n_parameters"] = np.linspace(*sizes, len(table)).astype(int)
    if keys:
        table["n_parameters"] = table.groupby(keys)["n_parameters"].transform("min")
    summary = summarise_points(table, keys)
    ranked = rank_points(summary, keys, error="error_proton", score="auc_logistic")
    best = choose_best(summary, table, keys, BestConfig(), species=["proton"])
    with figure_style(OPTIONS):
        figure = draw_pareto(ranked, keys, best, OPTIONS, note=note)
        return ranked, figure, complaints(figure)


def text_of(figure):
    return " ".join(" ".join(visible_texts(figure)).split())


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_points_that_none_beats_are_joined_and_named(seeds):
    ranked, figure, wrong = draw(grid=GRID, seeds=seeds, note="2 of 34 runs are not finished and missing here: a, b.")
    assert wrong == []
    front = ranked[ranked["rank"] == 1].sort_values("error")
    joined = figure.axes[0].lines[-1]
    assert joined.get_xdata() == pytest.approx(front["error"].to_numpy())
    assert joined.get_ydata() == pytest.approx(front["score"].to_numpy())
    text = text_of(figure)
    first = front.iloc[0]
    assert f"1 latent_dim {first['model.latent_dim']}, activation {first['model.activation']}, beta" in text
    assert "Star, best of 32: " in text and "2 of 34 runs are not finished" in text
    assert ("32 points, one seed each: no spread" if len(seeds) == 1 else "32 points, n = 3 seeds each") in text


def test_one_point_is_a_figure_too():
    _, figure, wrong = draw(seeds=(0, 1, 2))
    assert wrong == []
    assert "1 the config as it is" in text_of(figure)


def test_where_errors_do_not_compare_the_size_is_drawn_and_the_figure_says_so():
    grid = {"images.resampling": ["area", "bilinear"], "model.latent_dim": [2, 4, 8]}
    _, figure, wrong = draw(grid=grid, seeds=(0, 1, 2))
    assert wrong == []
    assert "number of parameters" in visible_texts(figure)
    assert "do not compare; the size stands in their place." in text_of(figure)


def test_models_of_one_size_whose_errors_do_not_compare_stand_in_order_of_their_score():
    transforms = ["none", "log1p", "sqrt", "mpv_linear", "mpv_tanh", "hill_mpv"]
    ranked, figure, wrong = draw(grid={"train.transform": transforms}, sizes=(7_000, 7_000))
    assert wrong == []
    assert "place by AUC of the logistic probe" in visible_texts(figure)
    assert f"By score: 1 transform {ranked.sort_values('rank')['train.transform'].iloc[0]}" in text_of(figure)


def test_many_long_points_of_the_front_fit_on_the_page():
    rows = [
        {"images.wires": 20 + n, "images.canvas_wires": 50, "images.size": 48, "images.straighten": True,
         "model.latent_dim": 2 + n, "model.channels": [16, 32, 64]}
        for n in range(20)
    ]  # fmt: skip
    ranked, figure, wrong = draw(rows=rows, rising=True)
    assert wrong == []
    assert set(ranked["rank"]) == {1}
    assert "and 8 more, see pareto.csv" in text_of(figure)


def test_a_sweep_without_the_numbers_says_which():
    _, figure, wrong = draw(metrics=("error_proton",), grid={"train.beta": [0.5, 4]})
    assert wrong == []
    assert "No figure: none of the 2 points has error_proton or auc_logistic." in text_of(figure)
