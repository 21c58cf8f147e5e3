"""All scores of a track side by side."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from tests.unit.lartpc.analyses.fakes import shuffled
from tests.unit.lartpc.analyses.pid_fakes import OPTIONS, fake_inputs

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.pid_scores import METHODS, PID_SCORE_COLUMNS, assemble_scores


@pytest.fixture(scope="module")
def assembled():
    inputs = fake_inputs(protons=240, kaons=90, muons=60, log_likelihood=True)
    return inputs, assemble_scores(*inputs, ["proton"], OPTIONS)


def test_the_tracks_are_those_of_the_probe_with_its_scores_and_folds(assembled):
    (probed, *_), scores = assembled
    of_all = probed[probed["selection"] == "all"].sort_values(list(TRACK_KEY), ignore_index=True)
    pd.testing.assert_frame_equal(scores[[*TRACK_KEY, "fold", "logistic"]], of_all[[*TRACK_KEY, "fold", "logistic"]])
    assert scores["picky"].sum() == (probed["selection"] == "picky").sum()
    assert list(scores.columns) == list(PID_SCORE_COLUMNS)


def test_physics_scores_are_larger_for_kaons_and_undefined_where_chi2_is(assembled):
    (_, _, features, *_), scores = assembled
    joined = scores.merge(features, on=[*TRACK_KEY, "particle"], validate="one_to_one")
    missing = joined["chi2_kaon"].isna()
    assert missing.any()
    for name in ("chi2_difference", "chi2_log_ratio", "latents_and_chi2"):
        assert (joined[name].isna() == missing).all()
        known = joined[~missing]
        assert roc_auc_score(known["label"], known[name]) > 0.9
    known = joined[~missing]
    assert known["chi2_difference"].to_numpy() == pytest.approx(known["chi2_proton"] - known["chi2_kaon"])
    assert known["chi2_log_ratio"].to_numpy() == pytest.approx(np.log(known["chi2_proton"] / known["chi2_kaon"]))
    assert roc_auc_score(joined["label"], joined["log_likelihood_difference"]) > 0.85


def test_scores_of_the_latents_find_the_planted_species_and_those_of_unrelated_features_do_not(assembled):
    scores = assembled[1]
    for name in ("gaussians", "mahalanobis", "reconstruction_error", "logistic", "cnn"):
        assert roc_auc_score(scores["label"], scores[name]) > 0.65, name
    areas = [roc_auc_score(rows["label"], rows["trees"]) for _, rows in scores.groupby("fold")]
    assert np.mean(areas) == pytest.approx(0.5, abs=0.12)


def test_trees_find_a_species_that_is_planted_in_a_feature():
    probed, latents, features, classified, clustered = fake_inputs(protons=180, kaons=70)
    features["n_pixels"] += 3 * (features["particle"] == "kaon")
    scores = assemble_scores(probed, latents, features, classified, clustered, ["proton"], OPTIONS)
    assert roc_auc_score(scores["label"], scores["trees"]) > 0.95


def test_the_mixture_scores_no_track_of_its_anchors(assembled):
    scores = assembled[1]
    inside = (scores["particle"] == "proton") & (scores["part"] == "train")
    assert (scores["anchored_mixture"].isna() == inside).all()


def test_without_log_likelihood_the_score_is_undefined():
    scores = assemble_scores(*fake_inputs(protons=120, kaons=50), ["proton"], OPTIONS)
    assert scores["log_likelihood_difference"].isna().all()


@pytest.mark.slow
def test_shuffled_rows_give_the_same_scores(assembled):
    inputs, scores = assembled
    again = assemble_scores(*(shuffled(table, number) for number, table in enumerate(inputs)), ["proton"], OPTIONS)
    pd.testing.assert_frame_equal(again, scores, check_exact=True)


def test_without_a_probe_there_is_an_empty_table_of_the_same_columns():
    scores = assemble_scores(*fake_inputs(protons=120, kaons=4), ["proton"], OPTIONS)
    assert len(scores) == 0
    assert list(scores.columns) == list(PID_SCORE_COLUMNS)
    assert set(METHODS) <= set(scores.columns)


def test_other_folds_and_missing_tracks_are_refused(assembled):
    probed, latents, features, classified, clustered = assembled[0]
    with pytest.raises(UserError, match="trained in other folds than those of the probe"):
        assemble_scores(
            probed,
            latents,
            features,
            classified.assign(fold=(classified["fold"] + 1) % 5),
            clustered,
            ["proton"],
            OPTIONS,
        )
    with pytest.raises(UserError, match=r"1 tracks of the probe are not in the scores of the classifier, .*sample="):
        assemble_scores(probed, latents, features, classified.iloc[1:], clustered, ["proton"], OPTIONS)


def test_scores_of_what_the_model_learned_from_are_refused(assembled):
    probed, latents, *others = assembled[0]
    with pytest.raises(
        UserError, match=r"scores of the probe are of tracks that the model learned from, the first is .*kaons"
    ):
        assemble_scores(probed, latents.assign(part="train"), *others, ["proton", "kaon"], OPTIONS)
