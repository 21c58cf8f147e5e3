"""Comparison of scores whose separation is planted."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy.stats import norm
from sklearn.metrics import roc_auc_score
from tests.unit.lartpc.analyses.pid_fakes import OPTIONS, fake_scores

from rootline.lartpc.analyses.pid import (
    COMPARISON_KEY,
    COMPARISONS,
    PID_KEY,
    ROC_KEY,
    compare_pid,
    pid_columns,
)
from rootline.lartpc.analyses.pid_answer import answer_question
from rootline.lartpc.analyses.pid_scores import METHODS, PID_SCORE_COLUMNS
from rootline.lartpc.analyses.settings.pid import PidConfig

SEPARATIONS = {"chi2_log_ratio": 1.0, "logistic": 2.0, "latents_and_chi2": 2.2, "mahalanobis": 0.0, "cnn": 2.0}


def planted(n_negative=250, n_positive=250, seed=0, **undefined):
    """Independent normal scores, the positive class `SEPARATIONS` above the other; a share of some is undefined."""
    rng = np.random.default_rng(seed)
    label = np.r_[np.zeros(n_negative, int), np.ones(n_positive, int)]
    n = len(label)
    table = pd.DataFrame({"sample": "s", "run": 1, "subrun": 1, "event": np.arange(n), "track": 0, "part": "val"})
    table = table.assign(particle=np.where(label == 1, "kaon", "proton"), label=label, fold=rng.permutation(n) % 5)
    table["picky"] = (label == 0) | (rng.random(n) < 0.6)
    for name in METHODS:
        table[name] = rng.normal(size=n) + SEPARATIONS.get(name, 1.0) * label
        table.loc[rng.random(n) < undefined.get(name, 0.0), name] = np.nan
    return table[list(PID_SCORE_COLUMNS)]


def row_of(numbers, method, tracks="common", selection="all"):
    chosen = numbers[
        (numbers["method"] == method) & (numbers["tracks"] == tracks) & (numbers["selection"] == selection)
    ]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.fixture(scope="module")
def compared():
    scores = planted(log_likelihood_difference=1.0, chi2_log_ratio=0.1, trees=0.7)
    return scores, compare_pid(scores, OPTIONS)


def test_area_and_efficiency_are_those_of_two_normal_distributions(compared):
    row = row_of(compared[1].numbers, "logistic", "own")
    assert row["auc_low"] < norm.cdf(2 / np.sqrt(2)) < row["auc_high"]
    expected = norm.sf(norm.isf(0.1) - 2)
    assert row["efficiency_rejection_90_low"] < expected < row["efficiency_rejection_90_high"]


def test_area_is_the_mean_over_folds_and_efficiency_pools_them(compared):
    scores, (numbers, _, _) = compared
    row = row_of(numbers, "cnn", "own")
    areas = [roc_auc_score(rows["label"], rows["cnn"]) for _, rows in scores.groupby("fold")]
    assert row["auc"] == pytest.approx(np.mean(areas))
    kaons, protons = (scores.loc[scores["label"] == label, "cnn"].to_numpy() for label in (1, 0))
    kept = [(kaons >= cut).mean() for cut in scores["cnn"] if (protons >= cut).mean() <= 0.05]
    assert row["efficiency_rejection_95"] == pytest.approx(max(kept))
    pure = [
        (kaons >= cut).mean()
        for cut in scores["cnn"]
        if (kaons >= cut).mean() >= 0.9 * ((kaons >= cut).mean() + (protons >= cut).mean())
    ]
    assert row["efficiency_purity_90"] == pytest.approx(max(pure))


def test_common_tracks_are_those_with_every_score_that_most_have(compared):
    scores, (numbers, _, _) = compared
    common = numbers[(numbers["tracks"] == "common") & (numbers["selection"] == "all")]
    assert set(METHODS) - set(common["method"]) == {"log_likelihood_difference", "trees"}
    with_chi2 = scores[scores["chi2_log_ratio"].notna()]
    assert set(common["n_positive"]) == {(with_chi2["label"] == 1).sum()}
    own = row_of(numbers, "trees", "own")
    assert own["n_negative"] + own["n_positive"] + own["n_undefined"] == len(scores)
    nothing = row_of(numbers, "log_likelihood_difference", "own")
    assert (nothing["n_positive"], np.isnan(nothing["auc"])) == (0, True)


def test_picky_leaves_out_positive_tracks_alone(compared):
    scores, (numbers, _, _) = compared
    row = row_of(numbers, "cnn", "own", "picky")
    assert row["n_positive"] == (scores["picky"] & (scores["label"] == 1)).sum()
    assert row["n_negative"] == (scores["label"] == 0).sum()


def test_a_better_score_is_above_a_worse_one_below_and_an_equal_one_is_not_told_apart(compared):
    found = compared[1].comparisons
    found = found[found["selection"] == "all"].set_index(["first", "second"])
    assert found.loc[("logistic", "chi2_log_ratio"), "answer"] == "above"
    assert found.loc[("mahalanobis", "chi2_log_ratio"), "answer"] == "below"
    assert found.loc[("cnn", "logistic"), "answer"] == "not told apart"
    assert found.loc[("trees", "logistic"), "answer"] == "too few tracks"
    assert len(found) == len(COMPARISONS)


def test_a_score_equal_to_chi2_gains_nothing_with_certainty(compared):
    scores = compared[0].assign(logistic=3 * compared[0]["chi2_log_ratio"] + 1)
    row = row_of(compare_pid(scores, OPTIONS).numbers, "logistic")
    ends = row[["difference_to_chi2", "difference_to_chi2_low", "difference_to_chi2_high"]]
    assert ends.to_numpy(dtype=float) == pytest.approx(np.zeros(3))


@pytest.mark.slow
def test_equal_separations_are_told_apart_at_the_stated_rate():
    options = OPTIONS.model_copy(update={"bootstrap": 200})
    wrong = 0
    for seed in range(60):
        found = compare_pid(planted(60, 60, seed=seed), options).comparisons
        row = found[(found["selection"] == "all") & (found["first"] == "cnn") & (found["second"] == "logistic")]
        wrong += row["answer"].iloc[0] != "not told apart"
    assert wrong <= 8  # 3 expected at 5 %; more than 8 has a chance of 0.3 %


def test_curves_hold_the_working_points(compared):
    numbers, roc, _ = compared[1]
    curve = roc[(roc["selection"] == "all") & (roc["method"] == "logistic")].set_index("negative_share")
    point = row_of(numbers, "logistic")["efficiency_rejection_90"]
    assert curve.loc[0.1, "positive_share"] == pytest.approx(point)
    assert (curve["low"] <= curve["positive_share"]).all()
    assert (curve["positive_share"] <= curve["high"]).all()
    assert curve["positive_share"].is_monotonic_increasing


def test_tables_have_keys_of_their_own_and_n_in_each_row(compared):
    numbers, roc, comparisons = compared[1]
    assert list(numbers.columns) == list(pid_columns(OPTIONS))
    for table, key in ((numbers, PID_KEY), (roc, ROC_KEY), (comparisons, COMPARISON_KEY)):
        assert not table.duplicated(list(key)).any()
        assert table[["n_negative", "n_positive"]].notna().all(axis=None)


def test_shuffled_rows_give_the_same_numbers(compared):
    scores, found = compared
    again = compare_pid(scores.sample(frac=1, random_state=3).reset_index(drop=True), OPTIONS)
    for one, other in zip(found, again, strict=True):
        pd.testing.assert_frame_equal(other, one, check_exact=True)


def test_the_answer_says_what_the_intervals_say(compared):
    numbers, _, comparisons = compared[1]
    text = " ".join(answer_question(numbers, comparisons))
    row = row_of(numbers, "chi2_log_ratio")
    assert f"On {row['n_negative']} proton and {row['n_positive']} kaon tracks" in text
    assert f"{row['auc']:.2f} [{row['auc_low']:.2f}, {row['auc_high']:.2f}]" in text
    assert "above that of chi2 alone" in text
    assert "so the latents hold something about the species that chi2 does not" in text
    assert "on the images, have" in text
    assert "not told apart from that of the logistic probe" in text
    assert "at this number of tracks it is no upper reference" in text
    assert "features" not in text  # the trees have too few tracks to be compared


def test_an_undecided_gain_is_called_undecided():
    scores = planted(40, 40)
    scores["latents_and_chi2"] = scores["chi2_log_ratio"] + 0.01 * scores["mahalanobis"]
    found = compare_pid(scores, OPTIONS)
    assert "these tracks do not decide whether the latents hold more" in " ".join(
        answer_question(found.numbers, found.comparisons)
    )


@pytest.mark.parametrize("sizes", [{"protons": 120, "kaons": 4}, {"protons": 90, "kaons": 24}])
def test_few_tracks_give_rows_and_an_answer_but_no_error(sizes):
    found = compare_pid(fake_scores(**sizes), OPTIONS)
    assert len(found.comparisons) == 2 * len(COMPARISONS)
    assert answer_question(found.numbers, found.comparisons)
    if sizes["kaons"] < 10:
        assert found.numbers["auc"].isna().all()
        assert "No answer: 0 and 0 tracks" in answer_question(found.numbers, found.comparisons)[0]


def test_working_points_that_share_a_column_are_refused():
    with pytest.raises(ValidationError, match="names a whole percent twice"):
        PidConfig.model_validate({"purities": [0.9, 0.901]})
