"""Probes of clouds whose separation is known."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy.stats import norm
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score
from tests.unit.lartpc.analyses.fakes import SPECIES_LATENT, fake_latents, fake_tracks, shuffled

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.probe import probe
from rootline.lartpc.analyses.settings.probe import ProbeConfig

OPTIONS = ProbeConfig(bootstrap=200, mlp_hidden=(8,), mlp_epochs=60)


@pytest.fixture(scope="module")
def probed():
    latents = fake_latents(protons=240, kaons=90, muons=30, latent_dim=3)
    tracks = fake_tracks(latents)
    return (latents, tracks, *probe(latents, tracks, ["proton"], OPTIONS))


def row_of(probes, **wanted):
    chosen = probes[np.logical_and.reduce([probes[name] == value for name, value in wanted.items()])]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_no_track_that_was_trained_on_and_no_third_species_is_probed(probed):
    latents, _, probes, scores = probed
    used = scores[scores["selection"] == "all"]
    unseen = latents[
        (latents["particle"] == "kaon") | ((latents["particle"] == "proton") & (latents["part"] != "train"))
    ]
    assert set(used["event"]) == set(unseen["event"])
    row = row_of(probes, selection="all", kind="all", method="mlp")
    assert (row["n_negative"], row["n_positive"]) == ((unseen["particle"] == "proton").sum(), 90)


def test_protons_of_a_sample_that_was_never_trained_on_are_probed_whatever_their_part(probed):
    latents, tracks = (table.copy() for table in probed[:2])
    held_out = (latents["particle"] == "proton") & (latents.index % 4 == 0)
    for table in (latents, tracks):
        table.loc[held_out, "sample"] = "held_out"
    options = OPTIONS.model_copy(update={"bootstrap": 100, "pairs_up_to": 0, "mlp_epochs": 5})
    _, scores = probe(latents, tracks, ["proton"], options, train_samples=["protons"])
    unseen = latents[(latents["particle"] == "proton") & ((latents["part"] != "train") | held_out)]
    used = scores[(scores["selection"] == "all") & (scores["particle"] == "proton")]
    assert sorted(used["event"]) == sorted(unseen["event"])


def test_picky_means_kaons_with_p_of_one_and_all_protons(probed):
    latents, tracks, probes, scores = probed
    picky = scores[scores["selection"] == "picky"].merge(tracks, on=list(TRACK_KEY))
    kaons = picky[picky["particle"] == "kaon"]
    assert (kaons["p"] == 1).all()
    assert len(kaons) == ((latents["particle"] == "kaon") & (tracks["p"] == 1).fillna(False)).sum()
    assert len(picky) - len(kaons) == row_of(probes, selection="all", kind="all", method="mlp")["n_negative"]


def test_the_planted_latent_separates_best_and_its_auc_is_the_one_of_two_normal_clouds(probed):
    probes = probed[2]
    singles = probes[(probes["kind"] == "single") & (probes["selection"] == "all")].set_index("inputs")
    assert singles["auc"].idxmax() == SPECIES_LATENT
    expected = norm.cdf(2.0 / np.sqrt(2))
    assert singles.loc[SPECIES_LATENT, "auc_low"] < expected < singles.loc[SPECIES_LATENT, "auc_high"]


def test_every_latent_every_pair_and_both_methods_are_there(probed):
    kinds = probed[2].groupby(["selection", "kind", "method"]).size()
    expected = {
        ("single", "logistic"): 3,
        ("pair", "logistic"): 3,
        ("all", "logistic"): 1,
        ("all", "mlp"): 1,
        ("baseline", "chi2"): 1,
    }
    for selection in ("all", "picky"):
        assert kinds[selection].to_dict() == expected


def test_numbers_of_all_latents_follow_from_the_scores_of_the_tracks(probed):
    probes, scores = probed[2], probed[3]
    for selection in ("all", "picky"):
        used = scores[scores["selection"] == selection]
        folds = [rows for _, rows in used.groupby("fold")]
        for method in ("logistic", "mlp"):
            row = row_of(probes, selection=selection, kind="all", method=method)
            area = np.mean([roc_auc_score(rows["label"], rows[method]) for rows in folds])
            assert row["auc"] == pytest.approx(area)
            assert row["auc_low"] < row["auc"] < row["auc_high"]
            assert row["accuracy"] == pytest.approx(accuracy_score(used["label"], used[method] > 0.5))
            assert row["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(used["label"], used[method] > 0.5))
            assert row["agreement"] == pytest.approx(((used["mlp"] > 0.5) == (used["logistic"] > 0.5)).mean())
        wrong = [(used[method] > 0.5) != (used["label"] == 1) for method in ("logistic", "mlp")]
        assert (used["hard"] == (wrong[0] & wrong[1])).all()


def test_chi2_is_judged_on_the_tracks_that_have_one_and_the_gain_on_the_same(probed):
    probes, scores = probed[2], probed[3]
    used = scores[scores["selection"] == "all"]
    known = used[used["chi2"].notna()]
    row = row_of(probes, selection="all", kind="baseline", method="chi2")
    assert row["n_undefined"] == len(used) - len(known) > 0
    folds = [rows for _, rows in known.groupby("fold")]
    chi2 = np.mean([roc_auc_score(rows["label"], rows["chi2"]) for rows in folds])
    assert row["auc"] == pytest.approx(chi2)
    ours = np.mean([roc_auc_score(rows["label"], rows["logistic"]) for rows in folds])
    gained = row_of(probes, selection="all", kind="all", method="logistic")
    assert gained["gain"] == pytest.approx(ours - chi2)
    assert gained["n_gain"] == len(known)


def test_scores_are_out_of_fold_so_that_unrelated_latents_do_not_separate():
    latents = fake_latents(protons=240, kaons=90, separation=0.0, latent_dim=6, seed=3)
    probes, _ = probe(latents, fake_tracks(latents), ["proton"], OPTIONS)
    for method in ("logistic", "mlp"):
        row = row_of(probes, selection="all", kind="all", method=method)
        assert row["auc_low"] < 0.5 < row["auc_high"]


def test_clouds_far_apart_are_told_apart_without_a_mistake():
    latents = fake_latents(protons=200, kaons=60, separation=12.0)
    probes, scores = probe(latents, fake_tracks(latents), ["proton"], OPTIONS)
    row = row_of(probes, selection="all", kind="all", method="logistic")
    assert row["auc"] > 0.999
    assert row["accuracy"] > 0.99
    assert not scores["hard"].any()


def test_shuffled_rows_and_a_second_run_give_the_same_bytes(probed):
    latents, tracks, probes, scores = probed
    again = probe(shuffled(latents), shuffled(tracks, 6), ["proton"], OPTIONS)
    pd.testing.assert_frame_equal(again[0], probes, check_exact=True)
    pd.testing.assert_frame_equal(again[1], scores, check_exact=True)


def test_large_models_are_not_probed_pair_by_pair():
    latents = fake_latents(protons=90, kaons=30, latent_dim=5)
    probes, _ = probe(latents, fake_tracks(latents), ["proton"], OPTIONS.model_copy(update={"pairs_up_to": 4}))
    assert "pair" not in set(probes["kind"])


def test_too_few_tracks_give_a_row_with_their_number_and_no_auc():
    latents = fake_latents(protons=90, kaons=7)
    probes, scores = probe(latents, fake_tracks(latents), ["proton"], OPTIONS)
    assert probes["auc"].isna().all()
    assert probes["n_positive"].tolist()[0] == 7
    assert len(scores) == 0
    assert list(scores.columns[: len(TRACK_KEY)]) == list(TRACK_KEY)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"negative": "kaon"}, "name two different particles"),
        ({"folds": 15}, "must be at least twice folds=15"),
    ],
)
def test_options_that_cannot_work_are_refused(options, message):
    with pytest.raises(ValidationError, match=message):
        ProbeConfig.model_validate(options)


def test_other_flags_of_the_beamline_can_define_picky():
    latents = fake_latents(kaons=150)
    tracks = fake_tracks(latents).assign(m=[0, 1] * (len(latents) // 2))
    _, scores = probe(latents, tracks, ["proton"], ProbeConfig(picky=("p", "m"), bootstrap=100, pairs_up_to=0))
    picky = scores[scores["selection"] == "picky"].merge(tracks, on=list(TRACK_KEY))
    kaons = picky[picky["particle"] == "kaon"]
    held_out = latents["particle"] == "kaon"
    assert len(kaons) == ((tracks["p"] == 1) & (tracks["m"] == 1) & held_out.to_numpy()).sum() > 0
