"""Mutual information against scikit-learn, against known distributions, and against chance."""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import mutual_info_regression
from tests.unit.lartpc.analyses.fakes import CHARGE_LATENT, fake_features, fake_latents, shuffled

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.information import (
    INFORMATION_COLUMNS,
    _null_quantile,
    _reach,
    measure_information,
    mutual_information,
    normal_scores,
)
from rootline.lartpc.analyses.settings.regression import RegressionConfig
from rootline.lartpc.features import FEATURE_CATEGORIES

OPTIONS = RegressionConfig(permutations=200)


def gaussian_pairs(n, rho, rng):
    x = rng.normal(size=n)
    return x, rho * x + np.sqrt(1 - rho**2) * rng.normal(size=n)


@pytest.mark.parametrize("rho", [0.5, 0.95])
def test_the_estimate_is_that_of_scikit_learn(rho):
    x, y = gaussian_pairs(300, rho, np.random.default_rng(0))
    x, y = x / x.std(), y / y.std()
    theirs = mutual_info_regression(x[:, None], y, n_neighbors=3, random_state=0)[0]
    assert mutual_information(x, y, 3) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_gaussian_pairs_have_the_mutual_information_of_the_formula(rho):
    rng = np.random.default_rng(1)
    found = [mutual_information(*gaussian_pairs(400, rho, rng), 3) for _ in range(60)]
    error = np.std(found, ddof=1) / np.sqrt(60)
    assert np.mean(found) == pytest.approx(-0.5 * np.log(1 - rho**2), abs=3 * error + 0.01)


def test_one_in_twenty_unrelated_pairs_exceeds_the_null():
    rng = np.random.default_rng(2)
    bound = _null_quantile(150, OPTIONS)
    above = sum(
        mutual_information(normal_scores(rng.normal(size=150), rng), normal_scores(rng.exponential(size=150), rng), 3)
        > bound
        for _ in range(1000)
    )
    # 5 % of 1000, with the scatter of both the pairs and the 200 shuffled ones
    assert 20 <= above <= 90


def test_the_null_holds_for_a_feature_that_is_tied_in_most_tracks():
    rng = np.random.default_rng(3)
    bound = _null_quantile(150, OPTIONS)
    above = sum(
        mutual_information(
            normal_scores(rng.normal(size=150), rng), normal_scores(rng.poisson(0.4, size=150).astype(float), rng), 3
        )
        > bound
        for _ in range(600)
    )
    assert above <= 60


def test_the_interval_covers_the_truth_nearly_as_often_as_it_says():
    rng = np.random.default_rng(4)
    truth, inside = -0.5 * np.log(1 - 0.6**2), 0
    for _ in range(150):
        x, y = (normal_scores(values, rng) for values in gaussian_pairs(300, 0.6, rng))
        reach = _reach(x, y, rng.permutation(np.arange(300) % 5), 3)
        inside += abs(mutual_information(x, y, 3) - truth) < reach
    assert inside >= 129  # 86 %: five parts know their own scatter only roughly


def planted():
    latents = fake_latents(protons=240, kaons=60, separation=0.0)
    features = fake_features(latents)
    features["n_pixels"] = latents["mu_3"] ** 2 + 0.1 * features["n_pixels"]
    return latents, features


@pytest.fixture(scope="module")
def done():
    latents, features = planted()
    return latents, features, measure_information(latents, features, FEATURE_CATEGORIES, OPTIONS)


@pytest.mark.parametrize(("feature", "latent"), [("total_adc", CHARGE_LATENT), ("n_pixels", "mu_3")])
def test_a_planted_factor_is_found_also_where_it_is_a_square(done, feature, latent):
    rows = done[2][(done[2]["group"] == "all") & (done[2]["feature"] == feature)].set_index("latent")
    assert rows["information"].idxmax() == latent
    assert rows.loc[latent, "information_low"] > 3 * rows.loc[latent, "null_95"]


def test_few_of_the_unrelated_latents_and_features_exceed_the_null(done):
    table = done[2][done[2]["group"] != "all"]
    unrelated = table[~table["feature"].isin(["total_adc", "n_pixels", "chi2_kaon", "chi2_proton"])]
    share = (unrelated["information"] > unrelated["null_95"]).mean()
    assert len(unrelated) == 2 * 23 * 4
    assert share < 0.12


def test_a_monotonic_change_of_the_feature_changes_nothing(done):
    latents, features, table = done
    changed = measure_information(
        latents, features.assign(total_adc=np.log(features["total_adc"])), FEATURE_CATEGORIES, OPTIONS
    )
    pd.testing.assert_frame_equal(changed, table)


def test_undefined_values_are_left_out_and_counted(done):
    latents, features, table = done
    row = table[(table["group"] == "all") & (table["feature"] == "profile_kurtosis")].iloc[0]
    assert list(table.columns) == list(INFORMATION_COLUMNS)
    assert row["n_undefined"] == features["profile_kurtosis"].isna().sum() > 0
    assert row["n"] + row["n_undefined"] == len(latents)
    assert row["n_used"] == row["n"]


def test_more_tracks_than_asked_for_are_thinned_out_and_few_give_no_number():
    latents, features = planted()
    kept = features[[*TRACK_KEY, "total_adc", "solidity"]].assign(solidity=1.0)
    table = measure_information(latents, kept, {}, OPTIONS.model_copy(update={"information_tracks": 100}))
    row = table[(table["group"] == "all") & (table["feature"] == "total_adc")].iloc[0]
    assert (row["n"], row["n_used"], row["category"]) == (300, 100, "pid")
    assert table.loc[table["feature"] == "solidity", "information"].isna().all()
    few = measure_information(latents[:10], kept[:10], {}, OPTIONS)
    assert few["information"].isna().all() and few["null_95"].isna().all()
    assert set(few["n"]) == {10}


def test_shuffled_rows_give_the_same_numbers():
    latents, features = planted()
    kept = features[[*TRACK_KEY, "total_adc", "profile_kurtosis"]]
    options = OPTIONS.model_copy(update={"permutations": 20})
    first = measure_information(latents, kept, FEATURE_CATEGORIES, options)
    again = measure_information(shuffled(latents), shuffled(kept, 6), FEATURE_CATEGORIES, options)
    pd.testing.assert_frame_equal(first, again, check_exact=True)
