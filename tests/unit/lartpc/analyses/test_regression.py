"""Regressions on latents whose relation to the features is planted."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents, shuffled

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.crossfit import cross_fit, share_out
from rootline.lartpc.analyses.regression import (
    IMPORTANCE_COLUMNS,
    REGRESSION_COLUMNS,
    _judge,
    _share_out_events,
    fit_ridge,
    regress,
)
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.features import FEATURE_CATEGORIES

OPTIONS = RegressionConfig(bootstrap=200, mlp_learning_rate=4e-3, mlp_epochs=120)
COLUMNS = ["total_adc", "max_adc", "n_pixels", "solidity", "profile_kurtosis", "chi2_kaon"]


def planted(**sizes):
    """max_adc is linear in mu_1, n_pixels the square of mu_2, all else but total_adc unrelated."""
    latents = fake_latents(separation=0.0, **sizes)
    features = fake_features(latents)[[*TRACK_KEY, "particle", *COLUMNS]]
    noise = np.random.default_rng(7).normal(size=(len(latents), 2))
    features["max_adc"] = 400 + 100 * (latents["mu_1"] + 0.5 * noise[:, 0])
    features["n_pixels"] = latents["mu_2"] ** 2 + 0.3 * noise[:, 1]
    return latents, features


@pytest.fixture(scope="module")
def done():
    latents, features = planted(protons=300, kaons=150)
    return (latents, features, *regress(latents, features, FEATURE_CATEGORIES, OPTIONS))


def row_of(table, **wanted):
    chosen = table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_there_is_a_row_for_every_group_feature_model_and_latent(done):
    _, _, scores, losses = done
    assert list(scores.columns) == list(REGRESSION_COLUMNS) and list(losses.columns) == list(IMPORTANCE_COLUMNS)
    assert len(scores) == 3 * len(COLUMNS) * 2
    assert len(losses) == 3 * len(COLUMNS) * 4
    assert row_of(scores, group="all", feature="solidity", model="mlp")["category"] == "shape"
    assert row_of(scores, group="all", feature="chi2_kaon", model="mlp")["category"] == "pid"


def test_a_planted_line_is_found_by_both_models_with_the_r2_that_its_noise_allows(done):
    for group in ("all", "proton", "kaon"):
        for model in ("ridge", "mlp"):
            row = row_of(done[2], group=group, feature="max_adc", model=model)
            assert row["r2_low"] < 0.8 < row["r2_high"] + (0.05 if model == "mlp" else 0)
            assert 45 < row["rmse"] < 65
            assert row["spearman_low"] > 0.8


def test_a_planted_square_is_found_by_the_mlp_and_not_by_ridge(done):
    ridge, mlp = (row_of(done[2], group="all", feature="n_pixels", model=model) for model in ("ridge", "mlp"))
    assert ridge["r2"] < 0.05 and ridge["spearman"] < 0.2
    assert mlp["r2_low"] > 0.6
    assert mlp["gain_low"] > 0.5
    assert mlp["gain"] == pytest.approx(mlp["r2"] - ridge["r2"])
    assert np.isnan(ridge["gain"])


@pytest.mark.parametrize(("feature", "latent"), [("max_adc", "mu_1"), ("n_pixels", "mu_2")])
def test_importance_picks_the_planted_latent_alone(done, feature, latent):
    losses = done[3][(done[3]["group"] == "all") & (done[3]["feature"] == feature)].set_index("latent")
    assert (losses["r2"] == row_of(done[2], group="all", feature=feature, model="mlp")["r2"]).all()
    assert losses["importance"].idxmax() == latent
    assert losses.loc[latent, "importance_low"] > 0.8
    assert losses.drop(latent)["importance"].abs().max() < 0.1


def test_unrelated_features_are_predicted_no_better_than_by_their_mean(done):
    rows = done[2][done[2]["feature"].isin(["solidity", "profile_kurtosis"])]
    assert (rows["r2"] < 0.03).all()
    assert (rows["r2_low"] < 0).all()


def test_undefined_values_are_left_out_and_counted(done):
    latents, features, scores, _ = done
    row = row_of(scores, group="all", feature="profile_kurtosis", model="ridge")
    assert row["n_undefined"] == features["profile_kurtosis"].isna().sum() > 0
    assert row["n"] + row["n_undefined"] == len(latents)


def test_ridge_is_that_of_scikit_learn_on_the_defined_rows():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 4)), rng.normal(size=(50, 3))
    y[::4, 1] = np.nan
    predicted = fit_ridge(x, y, 2.5)(x)
    for column in range(3):
        known = np.isfinite(y[:, column])
        expected = Ridge(alpha=2.5).fit(x[known], y[known, column]).predict(x)
        np.testing.assert_allclose(predicted[:, column], expected)


def test_scores_are_those_of_scikit_learn_and_intervals_those_of_resampled_rows():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 2))
    y = (x[:, :1] + rng.normal(size=(120, 1))) * 30
    y[::6] = np.nan
    folds = share_out(np.zeros(120), 5, rng)
    predicted, _ = cross_fit(x, y, folds, lambda a, b, _: fit_ridge(a, b, 1.0))
    counts = rng.multinomial(120, np.full(120, 1 / 120), size=1500)
    record = _judge(y, {"ridge": predicted}, np.vstack([np.ones((1, 120)), counts]))[0]["ridge"]
    known = np.isfinite(y[:, 0])
    target, given = y[known, 0], predicted[known, 0]
    assert record["r2"] == pytest.approx(r2_score(target, given))
    assert record["mae"] == pytest.approx(mean_absolute_error(target, given))
    assert record["rmse"] == pytest.approx(root_mean_squared_error(target, given))
    assert record["spearman"] == pytest.approx(spearmanr(target, given).statistic)
    draws = rng.integers(0, known.sum(), (1500, known.sum()))
    copies = [r2_score(target[draw], given[draw]) for draw in draws]
    assert [record["r2_low"], record["r2_high"]] == pytest.approx(np.quantile(copies, [0.025, 0.975]), abs=0.03)


def test_the_interval_of_r2_covers_the_r2_of_the_same_fits_on_new_tracks():
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(60):
        x = rng.normal(size=(400, 2))
        y = x[:, :1] + rng.normal(size=(400, 1))
        predicted, _ = cross_fit(x, y, share_out(np.zeros(400), 5, rng), lambda a, b, _: fit_ridge(a, b, 1.0))
        counts = rng.multinomial(400, np.full(400, 1 / 400), size=200)
        record = _judge(y, {"ridge": predicted}, np.vstack([np.ones((1, 400)), counts]))[0]["ridge"]
        inside += record["r2_low"] < 0.5 < record["r2_high"]
    assert inside >= 51


def test_shuffled_rows_give_the_same_numbers():
    latents, features = planted(protons=60, kaons=0, latent_dim=3)
    options = OPTIONS.model_copy(update={"mlp_epochs": 5})
    first = regress(latents, features, FEATURE_CATEGORIES, options)
    again = regress(shuffled(latents), shuffled(features, 6), FEATURE_CATEGORIES, options)
    for one, other in zip(first, again, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_few_tracks_and_constant_features_give_rows_with_n_and_no_score():
    latents, features = planted(protons=40, kaons=7)
    options = OPTIONS.model_copy(update={"mlp_epochs": 2})
    scores, losses = regress(latents, features.assign(solidity=0.5), FEATURE_CATEGORIES, options)
    kaons = scores[scores["group"] == "kaon"]
    assert kaons["r2"].isna().all() and kaons["n"].max() == 7
    assert row_of(scores, group="proton", feature="max_adc", model="mlp")["r2"] > -1
    assert scores.loc[scores["feature"] == "solidity", "r2"].isna().all()
    assert losses.loc[losses["group"] == "kaon", "importance"].isna().all()


def test_tracks_of_one_event_share_a_fold():
    latents, _ = planted(protons=40, kaons=30)
    latents["event"] //= 2
    folds = _share_out_events(latents, 5, np.random.default_rng(0))
    numbers = latents.assign(fold=folds).groupby(["run", "subrun", "event"])["fold"].nunique()
    assert numbers.max() == 1 and len(numbers) < len(latents)


def test_folds_with_less_than_two_tracks_are_refused():
    with pytest.raises(ValidationError, match="min_tracks=12 must be at least twice folds=10"):
        RegressionConfig(min_tracks=12, folds=10)
