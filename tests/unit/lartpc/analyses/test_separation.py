"""Halves of features whose relation to the latents is planted."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tests.unit.lartpc.analyses.fakes import fake_features, fake_latents, shuffled

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.separation import SEPARATION_COLUMNS, _areas, _permute, fit_logistics, separate
from rootline.lartpc.analyses.settings.separation import SeparationConfig
from rootline.lartpc.features import FEATURE_CATEGORIES

OPTIONS = SeparationConfig(bootstrap=200, permutations=60)


@pytest.fixture(scope="module")
def done():
    latents = fake_latents(protons=200, kaons=100)
    features = fake_features(latents)
    features["n_local_maxima"] = (np.arange(len(features)) % 3 == 0).astype(float)
    features["bragg_peak_width"] = 3.0
    kept = ["total_adc", "max_adc", "bragg_peak_width", "profile_kurtosis", "n_local_maxima"]
    features = features[[*TRACK_KEY, "particle", *kept]]
    return latents, features, separate(latents, features, FEATURE_CATEGORIES, OPTIONS)


def row_of(table, group, feature):
    return table[(table["group"] == group) & (table["feature"] == feature)].iloc[0]


@pytest.mark.parametrize("scale", [0.0, 1.0, 8.0])
def test_slopes_are_those_of_scikit_learn(scale):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    labels = np.column_stack(
        [scale * x[:, 0] + rng.logistic(size=200) > shift for shift in (0.0, 1.0)] + [rng.random(200) < 0.3]
    )
    slopes = fit_logistics(x, labels, 2.0)
    for column in range(3):
        theirs = LogisticRegression(C=0.5, class_weight="balanced", tol=1e-8, max_iter=1000).fit(x, labels[:, column])
        np.testing.assert_allclose(slopes[:, column], [*theirs.coef_[0], theirs.intercept_[0]], atol=2e-3)


def test_areas_are_the_mean_of_those_of_scikit_learn_in_each_fold():
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 6, size=(80, 2)).astype(float)
    labels, folds = rng.random((80, 2)) < 0.4, np.arange(80) % 4
    for column, area in enumerate(_areas(scores, labels, folds)):
        expected = [roc_auc_score(labels[folds == k, column], scores[folds == k, column]) for k in range(4)]
        assert area == pytest.approx(np.mean(expected))


def test_permuted_labels_keep_their_number_in_every_fold():
    rng = np.random.default_rng(2)
    labels, folds = rng.random(60) < 0.3, np.arange(60) % 3
    permuted = _permute(labels, folds, rng)
    assert (permuted != labels).any()
    assert [permuted[folds == k].sum() for k in range(3)] == [labels[folds == k].sum() for k in range(3)]


def test_a_planted_factor_separates_the_halves_in_every_species(done):
    for group in ("all", "proton", "kaon"):
        row = row_of(done[2], group, "total_adc")
        assert row["auc_low"] > 0.95 > row["null_high"]
        assert row["auc_low"] <= row["auc"] <= row["auc_high"]


def test_unrelated_features_leave_the_null_band_about_as_often_as_one_in_twenty():
    latents = fake_latents(protons=160, kaons=0)
    table = pd.concat(
        [separate(latents, fake_features(latents, seed=seed), FEATURE_CATEGORIES, OPTIONS) for seed in (10, 11, 12)]
    )
    table = table[~table["feature"].isin(["total_adc", "chi2_kaon", "chi2_proton"])]
    outside = ((table["auc"] < table["null_low"]) | (table["auc"] > table["null_high"])).mean()
    assert len(table) == 72
    assert outside < 0.15
    assert table["auc"].mean() == pytest.approx(0.5, abs=0.03)


def test_values_at_the_median_lie_in_the_lower_half_and_are_counted(done):
    _, features, table = done
    row = row_of(table, "all", "n_local_maxima")
    assert (row["median"], row["n_upper"], row["n_lower"], row["n_ties"]) == (0.0, 100, 200, 200)
    plain = row_of(table, "all", "max_adc")
    assert plain["median"] == pytest.approx(features["max_adc"].median())
    assert (plain["n_upper"], plain["n_lower"], plain["n_ties"]) == (150, 150, 0)


def test_a_feature_without_an_upper_half_has_no_auc(done):
    row = row_of(done[2], "all", "bragg_peak_width")
    assert np.isnan(row["auc"])
    assert (row["n_upper"], row["n_ties"]) == (0, 300)


def test_undefined_values_are_left_out_and_counted(done):
    row = row_of(done[2], "all", "profile_kurtosis")
    assert list(done[2].columns) == list(SEPARATION_COLUMNS)
    assert row["n_undefined"] == 60
    assert row["n"] == 240


def test_a_species_of_few_tracks_or_of_none_with_the_feature_has_no_auc():
    latents = fake_latents(protons=40, kaons=12)
    features = fake_features(latents)
    features.loc[features["particle"] == "kaon", "max_adc"] = np.nan
    features = features[[*TRACK_KEY, "max_adc", "solidity"]]
    table = separate(latents, features, FEATURE_CATEGORIES, OPTIONS)
    kaons = table[table["group"] == "kaon"]
    assert kaons["auc"].isna().all()
    assert row_of(table, "kaon", "max_adc")["n"] == 0
    assert np.isfinite(row_of(table, "proton", "max_adc")["auc"])


def test_shuffled_rows_give_the_same_numbers():
    latents = fake_latents(protons=60, kaons=0)
    features = fake_features(latents)[[*TRACK_KEY, "total_adc", "max_adc"]]
    first = separate(latents, features, FEATURE_CATEGORIES, OPTIONS)
    again = separate(shuffled(latents), shuffled(features, 6), FEATURE_CATEGORIES, OPTIONS)
    pd.testing.assert_frame_equal(first, again, check_exact=True)


def test_folds_with_less_than_two_tracks_of_a_half_are_refused():
    with pytest.raises(ValidationError, match="min_tracks=4 must be at least twice folds=5"):
        SeparationConfig(min_tracks=4)
