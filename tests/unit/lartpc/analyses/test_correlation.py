"""Correlations and shares of variance against scipy and numpy, one pair at a time."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.unit.lartpc.analyses.fakes import CHARGE_LATENT, fake_features, fake_latents, shuffled

from rootline.lartpc.analyses.correlation import MEAN, correlate, decompose_variance
from rootline.lartpc.analyses.settings.correlation import CorrelationConfig
from rootline.lartpc.features import FEATURE_CATEGORIES

OPTIONS = CorrelationConfig(bootstrap=200)


@pytest.fixture(scope="module")
def tables():
    latents = fake_latents(protons=80, kaons=40)
    return latents, fake_features(latents)


def test_every_rho_and_n_agree_with_scipy_on_the_defined_pairs(tables):
    latents, features = tables
    columns = latents.merge(features.drop(columns="particle"))
    columns.loc[columns["chi2_kaon"] > 10, "chi2_kaon"] = np.nan
    columns.loc[columns["chi2_proton"] > 10, "chi2_proton"] = np.nan
    found = correlate(latents, features)
    for row in found.iloc[::3].itertuples():
        rows = columns if row.group == "all" else columns[columns["particle"] == row.group]
        pair = rows[[row.first, row.second]].dropna()
        assert row.n == len(pair)
        assert row.n + row.n_undefined == len(rows)
        assert row.rho == pytest.approx(stats.spearmanr(pair).statistic, abs=1e-12)
        assert row.rho_low <= row.rho <= row.rho_high


def test_each_pair_of_features_appears_once_and_each_latent_with_each_feature(tables):
    found = correlate(*tables)
    sizes = found.groupby(["kind", "group"]).size()
    assert set(sizes["latent_feature"]) == {4 * 27}
    assert set(sizes["feature_feature"]) == {27 * 26 // 2}


def test_a_planted_factor_is_the_strongest_correlation_of_its_latent(tables):
    found = correlate(*tables)
    latent = found[(found["group"] == "all") & (found["first"] == CHARGE_LATENT)]
    best = latent.loc[latent["rho"].abs().idxmax()]
    assert best["second"] == "total_adc"
    assert best["rho_low"] > 0.9


def test_shuffled_rows_give_the_same_numbers(tables):
    latents, features = tables
    pd.testing.assert_frame_equal(correlate(shuffled(latents), shuffled(features, 6)), correlate(latents, features))
    decompose = [
        decompose_variance(*pair, FEATURE_CATEGORIES, OPTIONS)
        for pair in ((latents, features), (shuffled(latents), shuffled(features, 6)))
    ]
    pd.testing.assert_frame_equal(*decompose)


def test_a_constant_feature_has_no_correlation(tables):
    latents, features = tables
    found = correlate(latents, features.assign(n_local_maxima=1.0))
    assert found.loc[found["second"] == "n_local_maxima", "rho"].isna().all()


def test_a_species_of_two_tracks_has_no_correlation():
    latents = fake_latents(protons=30, kaons=2)
    found = correlate(latents, fake_features(latents))
    kaons = found[found["group"] == "kaon"]
    assert kaons["rho"].isna().all()
    assert kaons["n"].max() == 2


def test_r2_agrees_with_the_squared_pearson_correlation_and_its_mean_with_the_category(tables):
    latents, features = tables
    columns = latents.merge(features.drop(columns="particle"))
    found = decompose_variance(latents, features, FEATURE_CATEGORIES, OPTIONS)
    single = found[found["feature"] != MEAN]
    for row in single[single["group"] == "all"].itertuples():
        pair = columns[[row.latent, row.feature]].astype(float).dropna()
        assert row.r2 == pytest.approx(stats.pearsonr(*pair.to_numpy().T).statistic ** 2, abs=1e-9)
        assert row.n == len(pair)
    means = found[found["feature"] == MEAN].set_index(["group", "latent", "category"])["r2"]
    pd.testing.assert_series_equal(
        single.groupby(["group", "latent", "category"])["r2"].mean().sort_index(), means.sort_index(), check_names=False
    )


def test_bootstrap_interval_of_r2_agrees_with_resampling_the_rows_themselves():
    latents = fake_latents(protons=80, kaons=0)
    features = fake_features(latents)
    features["max_adc"] = latents["mu_1"] + np.random.default_rng(0).normal(size=len(latents))
    found = decompose_variance(latents, features, FEATURE_CATEGORIES, CorrelationConfig(bootstrap=2000))
    row = found[(found["latent"] == "mu_1") & (found["feature"] == "max_adc")].iloc[0]
    rng = np.random.default_rng(1)
    x, y = features["max_adc"].to_numpy(), latents["mu_1"].to_numpy()
    draws = rng.integers(0, len(x), (2000, len(x)))
    copies = [np.corrcoef(x[draw], y[draw])[0, 1] ** 2 for draw in draws]
    assert [row["r2_low"], row["r2_high"]] == pytest.approx(np.quantile(copies, [0.025, 0.975]), abs=0.02)
