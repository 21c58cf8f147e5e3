"""Summaries of a sweep whose effects were planted."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rootline.lartpc.analyses.sweep_summary import EFFECTS_KEY, SUMMARY_KEY, measure_effects, summarise_points

KEYS = ["model.latent_dim", "model.activation"]


def planted_runs(*, dims=(4, 8, 16), activations=("relu", "gelu"), seeds=(0, 1, 2), noise=0.01):
    """AUC rises with the latent dimension; gelu lies 0.1 above relu in every pair; a value is missing."""
    rng = np.random.default_rng(0)
    rows = [
        {"run": f"{number:08x}", "model.latent_dim": dim, "model.activation": activation, "train.seed": seed,
         "auc": 0.01 * dim + 0.1 * (activation == "gelu") + noise * seed, "auc_low": 0.0, "flat": rng.normal()}
        for number, (dim, activation, seed) in enumerate(itertools.product(dims, activations, seeds))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_point_is_the_mean_over_its_seeds_with_their_spread_and_students_interval():
    summary = summarise_points(planted_runs(), KEYS)
    assert len(summary) == 6 * 2 and not summary.duplicated(list(SUMMARY_KEY)).any()
    row = summary[(summary["point"] == "model.latent_dim=8, model.activation=gelu") & (summary["metric"] == "auc")]
    values = 0.08 + 0.1 + 0.01 * np.arange(3)
    low, high = stats.t.interval(0.95, 2, values.mean(), stats.sem(values))
    assert row[["mean", "std", "low", "high"]].iloc[0].tolist() == pytest.approx([values.mean(), 0.01, low, high])
    assert row["n_seeds"].iloc[0] == 3


@pytest.mark.parametrize(("seeds", "spread"), [((0,), False), ((0, 1), True)])
def test_fewer_than_three_seeds_give_no_interval(seeds, spread):
    summary = summarise_points(planted_runs(seeds=seeds), KEYS)
    assert summary[["low", "high"]].isna().all(axis=None)
    assert summary["std"].notna().all() == spread
    assert (summary["n_seeds"] == len(seeds)).all()


def test_a_value_that_is_missing_counts_neither_in_the_mean_nor_in_n():
    runs = planted_runs()
    runs.loc[0, "auc"] = np.nan
    summary = summarise_points(runs, KEYS).set_index(list(SUMMARY_KEY))
    row = summary.loc[("model.latent_dim=4, model.activation=relu", "auc")]
    assert row["n_seeds"] == 2 and row["mean"] == pytest.approx(0.055) and np.isnan(row["low"])


def test_the_planted_trend_is_found_and_nothing_where_there_is_none():
    effects = measure_effects(planted_runs(dims=range(4, 68, 4), noise=0), KEYS).set_index(list(EFFECTS_KEY))
    trend = effects.loc[("trend", "model.latent_dim", "", "auc")]
    assert trend["low"] > 0.9 and trend["n"] == 16 * 2 * 3
    nothing = effects.loc[("trend", "model.latent_dim", "", "flat")]
    assert nothing["low"] < 0 < nothing["high"]


def test_a_difference_pairs_runs_that_agree_in_all_else():
    effects = measure_effects(planted_runs(), KEYS).set_index(list(EFFECTS_KEY))
    row = effects.loc[("difference", "model.activation", "gelu", "auc")]
    assert row["value"] == pytest.approx(0.1) and row["n"] == 9 and row["reference"] == "relu"
    assert row["high"] - row["low"] < 1e-9
    of_dim = effects.loc[("difference", "model.latent_dim", "16", "auc")]
    assert of_dim["value"] == pytest.approx(0.12) and of_dim["reference"] == "4" and of_dim["n"] == 6


def test_runs_without_a_partner_are_in_no_pair():
    runs = planted_runs()
    runs = runs[~((runs["model.activation"] == "gelu") & (runs["train.seed"] == 2))]
    effects = measure_effects(runs, KEYS).set_index(list(EFFECTS_KEY))
    assert effects.loc[("difference", "model.activation", "gelu", "auc"), "n"] == 6


def test_a_margin_is_the_mean_over_all_runs_of_a_level():
    runs = planted_runs()
    effects = measure_effects(runs, KEYS).set_index(list(EFFECTS_KEY))
    row = effects.loc[("margin", "model.latent_dim", "8", "auc")]
    values = runs.loc[runs["model.latent_dim"] == 8, "auc"]
    assert row["value"] == pytest.approx(values.mean()) and row["std"] == pytest.approx(values.std())
    assert row["n"] == 6


def test_a_sweep_over_seeds_alone_is_one_point_and_each_seed_a_margin():
    runs = planted_runs(dims=(4,), activations=("relu",)).drop(columns=KEYS)
    assert summarise_points(runs, []).set_index("metric").loc["auc", "n_seeds"] == 3
    effects = measure_effects(runs, [])
    assert set(effects["kind"]) == {"margin"} and set(effects["level"]) == {"0", "1", "2"} and set(effects["n"]) == {1}


def test_an_interval_holds_the_true_difference_as_often_as_it_says():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(100):
        runs = planted_runs(dims=(4,), noise=0).drop(columns="flat")
        runs["auc"] += rng.normal(0, 0.02, len(runs))
        row = measure_effects(runs, ["model.activation"]).set_index(list(EFFECTS_KEY))
        row = row.loc[("difference", "model.activation", "gelu", "auc")]
        held += row["low"] <= 0.1 <= row["high"]
    # 95 of 100 are expected; the bounds hold with a probability of 0.999
    assert stats.binom.ppf(0.0005, 100, 0.95) <= held <= stats.binom.ppf(0.9995, 100, 0.95)


def test_the_change_of_a_point_is_taken_seed_by_seed_to_the_first_one():
    runs = planted_runs(noise=0.05)
    row = (
        summarise_points(runs, KEYS)
        .set_index(list(SUMMARY_KEY))
        .loc[("model.latent_dim=16, model.activation=gelu", "auc")]
    )
    # the seeds scatter by 0.05, their differences not at all
    assert row[["change", "change_low", "change_high"]].tolist() == pytest.approx([0.22] * 3)


def test_a_list_of_points_is_one_axis_and_never_averaged_over_its_keys():
    runs = planted_runs()
    corner = runs[
        (runs["model.latent_dim"] != 8) & ~((runs["model.latent_dim"] == 4) & (runs["model.activation"] == "gelu"))
    ]
    effects = measure_effects(corner, KEYS)
    assert set(effects["axis"]) == {"point"}
    change = effects.set_index(list(EFFECTS_KEY)).loc[("difference", "point", "latent_dim 16, activation gelu", "auc")]
    assert change["value"] == pytest.approx(0.22) and change["reference"] == "first point" and change["n"] == 3
