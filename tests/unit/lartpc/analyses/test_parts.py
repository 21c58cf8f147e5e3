"""Parts of one distribution, of one learned by heart, and of a shifted mixture."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.unit.lartpc.analyses.fakes import fake_latents, shuffled

from rootline.lartpc.analyses.parts import PARTS_COLUMNS, POWER_COLUMNS, compare_parts, matched_counts
from rootline.lartpc.analyses.settings.parts import PartsConfig

OPTIONS = PartsConfig(permutations=100, bootstrap=200, power_draws=40)


def row_of(tests, **wanted):
    rows = tests[np.logical_and.reduce([tests[name] == value for name, value in wanted.items()])]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.fixture(scope="module")
def compared():
    latents = fake_latents(protons=360, kaons=240)
    return latents, *compare_parts(latents, ["proton"], OPTIONS)


def test_each_part_is_compared_beside_both_controls(compared):
    latents, tests, _ = compared
    protons = latents[latents["particle"] == "proton"]
    names = ["mu_0", "mu_1", "mu_2", "mu_3", "reconstruction_error", "reconstruction_error_weighted"]
    for part in ("val", "test"):
        for control in ("none", "negative", "positive"):
            rows = tests[(tests["part"] == part) & (tests["control"] == control)]
            assert set(rows["test"]) >= {"energy", "c2st_auc", "c2st_accuracy", "ks", "log_ratio"}
            assert rows[rows["test"] == "ks"]["quantity"].tolist() == names
        row = row_of(tests, part=part, control="none", test="energy")
        assert row["n_train"] == (protons["part"] == "train").sum()
        assert row["n_other"] == (protons["part"] == part).sum()


def test_a_kolmogorov_smirnov_test_is_scipys_of_the_tracks_of_both_parts(compared):
    latents, tests, _ = compared
    protons = latents[latents["particle"] == "proton"]
    first, second = (protons.loc[protons["part"] == part, "mu_1"] for part in ("train", "val"))
    row = row_of(tests, part="val", control="none", test="ks", quantity="mu_1")
    reference = stats.ks_2samp(first, second)
    assert (row["statistic"], row["p_value"]) == pytest.approx((reference.statistic, reference.pvalue))
    assert row["p_holm"] >= row["p_value"]


def test_the_ratio_of_the_errors_is_that_of_their_geometric_means(compared):
    latents, tests, _ = compared
    protons = latents[latents["particle"] == "proton"].set_index("part")["reconstruction_error"]
    row = row_of(tests, part="val", control="none", test="log_ratio", quantity="reconstruction_error")
    expected = np.log(protons["val"]).mean() - np.log(protons["train"]).mean()
    assert row["statistic"] == pytest.approx(expected)
    assert row["low"] < expected < row["high"]


def test_parts_of_one_distribution_are_not_told_apart(compared):
    tests = compared[1]
    rows = tests[tests["control"].isin(["none", "negative"]) & tests["test"].isin(["energy", "c2st_auc"])]
    assert (rows["p_value"] > 0.01).all()
    assert (rows["null_q05"] < rows["null_q95"]).all()


def test_what_was_learned_by_heart_is_found():
    latents = fake_latents(protons=600, kaons=60)
    learnt = (latents["particle"] == "proton") & (latents["part"] == "train")
    latents.loc[learnt, ["mu_0", "mu_1"]] *= 0.4  # the model holds its own tracks nearer together
    latents.loc[learnt, "reconstruction_error"] *= 0.7
    tests, _ = compare_parts(latents, ["proton"], OPTIONS)
    for test in ("energy", "c2st_auc"):
        assert row_of(tests, part="val", control="none", test=test)["p_value"] < 0.02
    assert row_of(tests, part="val", control="none", test="ks", quantity="mu_0")["p_holm"] < 0.05
    ratio = row_of(tests, part="val", control="none", test="log_ratio", quantity="reconstruction_error")
    assert ratio["low"] < -np.log(0.7) < ratio["high"]
    assert ratio["p_value"] < 0.02
    assert row_of(tests, part="val", control="negative", test="energy")["p_value"] > 0.02


def test_another_mixture_of_species_is_no_memory():
    rng = np.random.default_rng(0)
    latents = fake_latents(protons=500, kaons=500, separation=3.0)
    # the val part loses most of its kaons, so that its mixture differs by far more than 7 points
    dropped = (latents["particle"] == "kaon") & (latents["part"] == "val") & (rng.random(len(latents)) < 0.8)
    tests, _ = compare_parts(latents[~dropped], ["proton", "kaon"], OPTIONS)
    rows = tests[(tests["part"] == "val") & (tests["control"] == "none") & tests["test"].isin(["energy", "c2st_auc"])]
    assert (rows["p_value"] > 0.05).all()


@pytest.mark.parametrize(
    ("first", "second"), [((300, 100), (40, 30)), ((90, 10), (5, 50)), ((7, 3), (2, 9)), ((50, 50), (50, 50))]
)
def test_matched_samples_hold_equal_shares_up_to_one_track(first, second):
    kept = [np.asarray(each) for each in matched_counts(np.array(first), np.array(second))]
    for of_kept, of_given in zip(kept, (first, second), strict=True):
        assert (of_kept <= of_given).all()
    shares = [each / each.sum() for each in kept]
    assert abs(shares[0] - shares[1]).max() <= 1 / min(each.sum() for each in kept)


def test_a_species_that_a_part_lacks_goes_and_the_others_stay():
    first, second = matched_counts(np.array([100, 0, 30]), np.array([20, 5, 0]))
    assert first.tolist() == [100, 0, 0]
    assert second.tolist() == [20, 0, 0]


@pytest.mark.slow
def test_a_shift_of_seven_points_is_found_where_there_are_enough_tracks():
    latents = fake_latents(protons=4000, kaons=4000, separation=6.0, latent_dim=3)
    latents["part"] = np.where(np.arange(len(latents)) % 2, "train", "val")
    options = PartsConfig(permutations=100, bootstrap=100, power_draws=20, max_tracks=1000)
    tests, power = compare_parts(latents, ["proton"], options)
    row = row_of(tests, part="val", control="positive", test="energy")
    assert (row["n_train"], row["n_other"]) == (1000, 1000)
    assert row["p_value"] < 0.05
    assert row_of(tests, part="val", control="negative", test="energy")["p_value"] > 0.02
    assert power.loc[power["shift"] == 0.07, "power"].iloc[0] > 0.6
    assert row_of(tests, part="val", control="positive", test="detectable_shift")["statistic"] < 0.12


def test_with_few_tracks_the_shift_is_not_found_and_the_number_needed_says_so(compared):
    _, tests, power = compared
    shift = row_of(tests, part="val", control="positive", test="detectable_shift")
    needed = row_of(tests, part="val", control="positive", test="n_needed")
    assert shift["statistic"] > 0.15
    assert needed["statistic"] == np.ceil(shift["n_other"] * (shift["statistic"] / 0.07) ** 2)
    assert list(power.columns) == list(POWER_COLUMNS)
    of_val = power[power["part"] == "val"].sort_values("shift")
    assert of_val["power"].iloc[-1] > 0.8
    assert of_val["power"].iloc[0] < 0.4


def test_one_species_alone_has_no_mixture_to_shift():
    tests, power = compare_parts(fake_latents(protons=200, kaons=0), ["proton"], OPTIONS)
    assert power.empty
    row = row_of(tests, part="val", control="positive", test="energy")
    assert np.isnan(row["p_value"])
    assert row["n_train"] == 0


def test_a_part_of_a_few_tracks_is_counted_and_not_compared():
    tests, power = compare_parts(fake_latents(protons=30, kaons=10), ["proton"], OPTIONS)
    assert list(tests.columns) == list(PARTS_COLUMNS)
    assert power.empty
    assert tests["p_value"].isna().all()
    assert tests["n_other"].tolist() == [5, 5]


def test_samples_that_were_never_trained_on_are_in_no_part():
    latents = fake_latents(protons=300, kaons=60)
    other = (latents["particle"] == "proton") & (latents.index % 4 == 0)
    latents.loc[other, "sample"] = "held_out"
    tests, _ = compare_parts(latents, ["proton"], OPTIONS, train_samples=["protons"])
    row = row_of(tests, part="val", control="none", test="energy")
    inside = (latents["sample"] == "protons").to_numpy()
    assert row["n_train"] == (inside & (latents["part"] == "train")).sum()


def test_shuffled_rows_and_a_second_run_give_the_same_bytes(compared):
    latents, tests, power = compared
    again = compare_parts(shuffled(latents), ["proton"], OPTIONS)
    pd.testing.assert_frame_equal(again[0], tests, check_exact=True)
    pd.testing.assert_frame_equal(again[1], power, check_exact=True)
