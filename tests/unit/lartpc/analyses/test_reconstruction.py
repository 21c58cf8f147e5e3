"""Errors and distances per species against plain numpy and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import mahalanobis as reference_distance
from sklearn.metrics import roc_auc_score
from tests.unit.lartpc.analyses.fakes import fake_latents, fake_tracks, shuffled

from rootline.core.errors import UserError
from rootline.lartpc.analyses.reconstruction import mahalanobis, measure_reconstruction
from rootline.lartpc.analyses.settings.reconstruction import ReconstructionConfig

OPTIONS = ReconstructionConfig(bootstrap=300)


@pytest.fixture(scope="module")
def measured():
    latents = fake_latents(protons=180, kaons=60, muons=20)
    return latents, measure_reconstruction(latents, ["proton"], OPTIONS)


def rows_of(latents, particle, *, trained_on):
    trained = (latents["particle"] == "proton") & (latents["part"] == "train")
    return latents[(latents["particle"] == particle) & (trained == trained_on)]


def test_each_species_is_summarised_apart_for_what_was_trained_on(measured):
    latents, errors = measured
    assert len(errors) == 3 * 4
    for row in errors[errors["quantity"] == "reconstruction_error"].itertuples():
        values = rows_of(latents, row.particle, trained_on=row.trained_on)["reconstruction_error"]
        assert row.n == len(values)
        assert row.mean == pytest.approx(values.mean())
        assert row.median == pytest.approx(values.median())
        assert [row.q05, row.q95] == pytest.approx(np.quantile(values, [0.05, 0.95]))
        assert row.mean_low < row.mean < row.mean_high
        assert row.median_low <= row.median <= row.median_high


def test_auc_is_that_of_the_species_above_the_reference_that_was_not_trained_on(measured):
    latents, errors = measured
    reference = rows_of(latents, "proton", trained_on=False)
    kaons = latents[latents["particle"] == "kaon"]
    row = errors[(errors["quantity"] == "reconstruction_error") & (errors["particle"] == "kaon")].iloc[0]
    values = np.r_[reference["reconstruction_error"], kaons["reconstruction_error"]]
    labels = np.r_[np.zeros(len(reference)), np.ones(len(kaons))]
    assert row["auc"] == pytest.approx(roc_auc_score(labels, values))
    assert row["n_reference"] == len(reference)
    assert 0.5 < row["auc_low"] < row["auc"] < row["auc_high"] <= 1
    assert np.mean(row["roc"]) == pytest.approx(row["auc"], abs=0.02)


def test_the_reference_is_not_compared_with_itself_but_with_what_was_trained_on(measured):
    errors = measured[1].set_index(["quantity", "particle", "trained_on"])["auc"]
    assert np.isnan(errors["mahalanobis", "proton", False])
    assert 0.3 < errors["mahalanobis", "proton", True] < 0.7


def test_a_sample_that_was_never_trained_on_is_part_of_the_reference():
    latents = fake_latents(protons=180, kaons=60)
    held_out = (latents["particle"] == "proton") & (latents.index % 4 == 0)
    latents.loc[held_out, "sample"] = "held_out"
    errors = measure_reconstruction(latents, ["proton"], OPTIONS, train_samples=["protons"])
    unseen = (latents["particle"] == "proton") & ((latents["part"] != "train") | held_out)
    assert set(errors["n_reference"]) == {unseen.sum()}
    inside = ((latents["particle"] == "proton") & ~unseen).to_numpy()
    expected = np.median(mahalanobis(latents.filter(like="mu_").to_numpy(float), inside)[latents["particle"] == "kaon"])
    row = errors[(errors["quantity"] == "mahalanobis") & (errors["particle"] == "kaon")].iloc[0]
    assert row["median"] == pytest.approx(expected)


def test_distance_agrees_with_scipy_and_finds_the_planted_shift(measured):
    latents, errors = measured
    mus = latents[["mu_0", "mu_1", "mu_2", "mu_3"]].to_numpy(dtype=float)
    inside = ((latents["particle"] == "proton") & (latents["part"] == "train")).to_numpy()
    inverse = np.linalg.inv(np.cov(mus[inside], rowvar=False))
    expected = [reference_distance(row, mus[inside].mean(axis=0), inverse) for row in mus]
    assert mahalanobis(mus, inside) == pytest.approx(expected)
    auc = errors.set_index(["quantity", "particle", "trained_on"])["auc_low"]
    assert auc["mahalanobis", "kaon", False] > 0.5
    assert auc["mahalanobis", "muon", False] < 0.5


def test_a_collapsed_latent_does_not_count_in_the_distance():
    rng = np.random.default_rng(0)
    mus = np.column_stack([rng.normal(size=(50, 2)), np.full(50, 3.0)])
    inside = np.arange(50) < 30
    assert mahalanobis(mus, inside) == pytest.approx(mahalanobis(mus[:, :2], inside))
    assert np.isnan(mahalanobis(mus, np.arange(50) < 4)).all()


def test_chi2_is_judged_on_the_tracks_that_have_it():
    latents = fake_latents(protons=180, kaons=60, muons=20)
    tracks = fake_tracks(latents)
    of_muons = (latents["particle"] == "muon").to_numpy()
    tracks.loc[of_muons, ["chi2_kaon", "chi2_proton"]] = np.nan
    errors = measure_reconstruction(latents, ["proton"], OPTIONS, features=shuffled(tracks))
    found = errors[errors["quantity"] == "chi2_log_ratio"]
    assert set(found["particle"]) == {"kaon", "proton"}
    row = found[found["particle"] == "kaon"].iloc[0]
    ratio = np.log(tracks["chi2_proton"] / tracks["chi2_kaon"])
    known = ratio.notna()
    reference = known & (latents["particle"] == "proton") & (latents["part"] != "train")
    kaons = known & (latents["particle"] == "kaon")
    assert (row["n"], row["n_reference"]) == (kaons.sum(), reference.sum())
    assert row["n"] < 60
    chosen = kaons | reference
    assert row["auc"] == pytest.approx(roc_auc_score(kaons[chosen], ratio[chosen]))
    alone = measure_reconstruction(latents, ["proton"], OPTIONS)
    assert set(alone["quantity"]) | {"chi2_log_ratio"} == set(errors["quantity"])


def test_features_of_other_tracks_are_refused():
    latents = fake_latents(protons=20, kaons=5)
    with pytest.raises(UserError, match="in latents but not in features"):
        measure_reconstruction(latents, ["proton"], OPTIONS, features=fake_tracks(latents).iloc[1:])


def test_shuffled_rows_give_the_same_numbers(measured):
    latents, errors = measured
    again = measure_reconstruction(shuffled(latents), ["proton"], OPTIONS)
    pd.testing.assert_frame_equal(again, errors, check_exact=True)


def test_without_the_reference_species_there_is_no_anomaly_score():
    errors = measure_reconstruction(fake_latents(protons=0, kaons=30), ["kaon"], OPTIONS)
    assert errors["auc"].isna().all()
    assert set(errors["n_reference"]) == {0}


def test_an_error_that_is_not_finite_is_refused():
    latents = fake_latents(protons=20, kaons=0)
    latents.loc[0, "reconstruction_error"] = np.nan
    with pytest.raises(UserError, match="1 values of reconstruction_error are not finite"):
        measure_reconstruction(latents, ["proton"], OPTIONS)
