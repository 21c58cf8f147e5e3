"""The figure of a sweep, whatever is swept."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.unit.inspection import complaints, visible_texts

from rootline.core.config import read_yaml
from rootline.core.figures import FigureConfig, figure_style
from rootline.core.runs import run_id
from rootline.core.sweeps import SweepConfig, describe_missing, expand_sweep
from rootline.lartpc.analyses.sweep_runs import swept_keys, tabulate_runs
from rootline.lartpc.analyses.sweep_summary import EFFECTS_KEY, measure_effects
from rootline.lartpc.figures.sweep import draw_sweep
from rootline.lartpc.runs import RunConfig

OPTIONS = FigureConfig(dpi=80)
METRICS = ("auc_logistic", "auc_mlp", "auc_chi2", "auc_reconstruction_error_kaon", "auc_mahalanobis_kaon", "error_kaon",
           "error_proton", "r2_charge_ridge", "r2_charge_mlp", "r2_bragg_ridge", "ari_mixture")  # fmt: skip


def tabulate(metrics, **sweep):
    """Give the runs of a sweep and their table with random numbers."""
    runs = expand_sweep(SweepConfig(**sweep), RunConfig(), source="s")
    names = [run_id(run) for run in runs]
    history = pd.DataFrame({"epoch": [1], "val_loss": [1.0], "kept": [True]})
    table = tabulate_runs(runs, dict.fromkeys(names, history), dict.fromkeys(names, 1), {name: {} for name in names})
    rng = np.random.default_rng(0)
    for metric in metrics:
        table[metric] = 0.8 + 0.02 * rng.normal(size=len(table))
    return runs, table


def draw(metrics=METRICS, *, note="", **sweep):
    runs, table = tabulate(metrics, **sweep)
    keys = swept_keys(runs)
    effects = measure_effects(table, keys).sort_values(list(EFFECTS_KEY))  # as its file has them
    with figure_style(OPTIONS):
        figure = draw_sweep(table, effects, keys, OPTIONS, note=note)
        return table, figure, complaints(figure)


def test_a_numeric_axis_is_drawn_as_a_line_with_spearmans_rho():
    table, figure, wrong = draw(grid={"model.latent_dim": list(range(4, 132, 4))}, seeds=(0, 1, 2))
    assert wrong == []
    assert any(text.startswith("logistic: $\\rho$ = ") for text in visible_texts(figure))
    drawn = figure.axes[0].lines[0]
    expected = table.groupby("model.latent_dim")["auc_logistic"].mean()
    assert drawn.get_xdata().tolist() == expected.index.tolist()
    assert drawn.get_ydata() == pytest.approx(expected.to_numpy())


def test_two_categories_are_joined_seed_by_seed_and_their_difference_is_written():
    table, figure, wrong = draw(grid={"images.resampling": ["area", "bilinear"]}, seeds=(0, 1, 2))
    assert wrong == []
    pivot = table.pivot_table(index="train.seed", columns="images.resampling", values="auc_logistic")
    joined = [tuple(line.get_ydata()) for line in figure.axes[0].lines if len(line.get_ydata()) == 2][:3]
    assert joined[0] == pytest.approx((pivot.loc[0, "area"], pivot.loc[0, "bilinear"]))
    difference = (pivot["bilinear"] - pivot["area"]).mean()
    assert any(text.startswith(f"logistic: $\\Delta$ = {difference:.3f} [") for text in visible_texts(figure))


def test_categories_have_dots_and_names():
    _, figure, wrong = draw(grid={"train.transform": ["none", "log1p", "sqrt", "mpv_linear", "mpv_tanh", "hill_mpv"]})
    assert wrong == []
    assert {"log1p", "hill_mpv", "transform"} <= set(visible_texts(figure))


def test_several_axes_have_a_column_each():
    _, figure, wrong = draw(
        metrics=("auc_logistic", "auc_mlp", "error_kaon", "error_proton"),
        grid={
            "model.latent_dim": [2, 8, 128], "model.channels": [[32, 64], [32, 64, 128]], "train.beta": [0.5, 1, 10],
            "model.activation": ["softplus", "relu"],
        }
    )  # fmt: skip
    assert wrong == []
    assert {"latent dimension", "channels", "$\\beta$", "activation"} <= set(visible_texts(figure))
    assert len([axes for axes in figure.axes if axes.axison]) == 4 * 2


@pytest.mark.parametrize(
    "sweep",
    [
        {"grid": {"train.beta": [0.5, 4]}},
        {"grid": {"images.resampling": ["area", "bilinear"]}, "seeds": (0, 1, 2)},
        {"grid": {"train.beta": [0.5, 4], "model.latent_dim": [4, 8]}},
        {"rows": ({}, {"train.beta": 4, "train.lr": 0.01}), "seeds": (0, 1, 2)},
    ],
)
@pytest.mark.parametrize("particles", [("kaon", "muon"), ("kaon", "kaon_reference", "muon")])
def test_the_anomaly_scores_of_several_particles_are_readable(sweep, particles):
    scores = ("mahalanobis", "reconstruction_error", "reconstruction_error_weighted")
    metrics = [f"auc_{score}_{particle}" for score in scores for particle in particles]
    _, figure, wrong = draw((*METRICS, *metrics), **sweep)
    assert wrong == []
    texts = "\n".join(visible_texts(figure))
    assert all(particle in texts for particle in particles)


@pytest.mark.parametrize(
    "sweep", [{"grid": {"train.beta": [0.5, 4]}}, {"rows": ({}, {"train.beta": 4, "train.lr": 0.01})}]
)
def test_runs_that_are_missing_are_named_in_the_figure(sweep):
    note = describe_missing({"runs": ["a"] * 9, "missing": [f"0000000{number}" for number in range(8)]})
    _, figure, wrong = draw(**sweep, note=note)
    assert wrong == []
    assert any(note in text for text in visible_texts(figure))


def test_the_architecture_grid_is_readable():
    sweep = read_yaml(Path(__file__).resolve().parents[4] / "config" / "sweeps" / "architecture.yaml")
    table, figure, wrong = draw(**sweep)
    assert len(table) == 192 and wrong == []
    assert len([axes for axes in figure.axes if axes.axison]) == 4 * 6


def test_seeds_alone_are_drawn_one_by_one():
    _, figure, wrong = draw(seeds=(0, 1, 2))
    assert wrong == []
    assert "seed" in visible_texts(figure)


@pytest.mark.parametrize("metrics", [(), ("auc_logistic",)])
def test_what_has_no_number_is_left_out_and_a_figure_without_any_says_so(metrics):
    _, figure, wrong = draw(metrics=metrics, grid={"train.beta": [0.5, 4]})
    assert wrong == []
    if not metrics:
        assert visible_texts(figure) == ["No figure: the 2 runs have too few tracks\nfor any of their analyses."]


def test_points_that_are_no_grid_have_a_row_each_and_are_named_by_what_differs_from_the_first():
    rows = ({}, {"model.latent_dim": 32}, {"model.latent_dim": 16, "images.straighten": True})
    table, figure, wrong = draw(rows=rows, seeds=(0, 1, 2))
    assert wrong == []
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["first point", "latent_dim 32", "straighten True, latent_dim 16"]
    dots = figure.axes[0].containers[0].lines[0]
    assert dots.get_xdata() == pytest.approx(table["auc_logistic"].to_numpy().reshape(3, 3).mean(axis=1))
