"""Groups of planted clouds."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy.stats import norm
from tests.unit.lartpc.analyses.fakes import fake_latents, shuffled

from rootline.core.tables import TRACK_KEY
from rootline.lartpc.analyses.clustering import CLUSTERING_COLUMNS, CLUSTERING_KEY, SCAN_COLUMNS, cluster_latents
from rootline.lartpc.analyses.settings.clustering import ClusteringConfig

OPTIONS = ClusteringConfig(starts=3, scan_to=4, bootstrap=200, permutations=200, refits=100)


def fake_clouds(*, apart, **sizes):
    """Species `apart` standard deviations from each other in latents of their own."""
    latents = fake_latents(separation=0.0, latent_dim=3, **sizes)
    for number, particle in enumerate(("kaon", "muon")):
        latents[f"mu_{number}"] += np.float32(apart) * (latents["particle"] == particle)
    return latents


def value_of(numbers, **wanted):
    chosen = numbers[np.logical_and.reduce([numbers[name] == value for name, value in wanted.items()])]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.fixture(scope="module")
def separated():
    latents = fake_clouds(apart=12.0, protons=150, kaons=90, muons=60)
    return latents, cluster_latents(latents, OPTIONS)


def test_clouds_far_apart_are_recovered_by_every_method(separated):
    numbers = separated[1].numbers
    for method in ("mixture", "kmeans", "gaussians"):
        for selection in ("all", "pair"):
            row = value_of(numbers, method=method, selection=selection, score="ari")
            assert row["value"] > 0.98
            assert row["p_value"] == pytest.approx(1 / 201)
    assert value_of(numbers, method="gaussians", selection="all", score="accuracy")["value"] > 0.99


def test_one_cloud_agrees_with_no_species():
    numbers = cluster_latents(fake_clouds(apart=0.0, protons=150, kaons=150), OPTIONS).numbers
    for method in ("mixture", "kmeans", "gaussians"):
        assert abs(value_of(numbers, method=method, selection="pair", score="ari")["value"]) < 0.06
    area = value_of(numbers, method="gaussians", selection="pair", score="auc")
    assert area["low"] < 0.5 < area["high"]


def test_the_scan_prefers_as_many_components_as_there_are_clouds(separated):
    scan = separated[1].scan
    of_all = scan[scan["selection"] == "all"].set_index("k")
    assert of_all["bic"].idxmin() == 3
    assert of_all["ari"].idxmax() == 3
    of_pair = scan[scan["selection"] == "pair"].set_index("k")
    assert of_pair["bic"].idxmin() == 2
    assert of_pair.loc[1, "ari"] == 0
    assert list(scan.columns) == list(SCAN_COLUMNS)


def test_log_likelihood_ratio_has_the_area_of_two_normal_clouds():
    numbers = cluster_latents(fake_clouds(apart=1.5, protons=300, kaons=300), OPTIONS).numbers
    row = value_of(numbers, method="gaussians", selection="pair", score="auc")
    assert row["low"] < norm.cdf(1.5 / np.sqrt(2)) < row["high"]


def test_numbers_follow_from_the_groups_of_the_tracks(separated):
    latents, (numbers, _, tracks) = separated
    of_all = tracks[tracks["selection"] == "all"].set_index(list(TRACK_KEY))
    assert len(of_all) == len(latents)
    belongs = of_all[["responsibility_0", "responsibility_1", "responsibility_2"]]
    assert belongs.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(latents)))
    assert (belongs.to_numpy().argmax(axis=1) == of_all["mixture"]).all()
    assert (of_all["mixture"].value_counts().sort_index().diff().dropna() <= 0).all()
    right = (of_all["gaussians"] == of_all["particle"]).mean()
    assert value_of(numbers, method="gaussians", selection="all", score="accuracy")["value"] == pytest.approx(right)
    densities = of_all[["log_density_kaon", "log_density_muon", "log_density_proton"]]
    assert (densities.idxmax(axis=1).str.removeprefix("log_density_") == of_all["gaussians"]).all()


def test_kaons_go_to_the_free_component_and_anchors_to_none(separated):
    _, (numbers, _, tracks) = separated
    kaons = value_of(numbers, method="anchored", particle="kaon", component="kaon")
    assert kaons["value"] > 0.98
    assert kaons["n"] == 90
    assert value_of(numbers, method="anchored", particle="proton", component="proton")["value"] > 0.98
    of_all = tracks[tracks["selection"] == "all"]
    is_anchor = of_all["particle"].isin(["proton", "muon"]) & (of_all["part"] == "train")
    assert (of_all["anchored_kaon"].isna() == is_anchor).all()
    assert tracks.loc[tracks["selection"] == "pair", "anchored_kaon"].isna().all()


def test_every_row_has_its_number_of_tracks_and_a_key_of_its_own(separated):
    numbers = separated[1].numbers
    assert list(numbers.columns) == list(CLUSTERING_COLUMNS)
    assert not numbers.duplicated(list(CLUSTERING_KEY)).any()
    assert (numbers["n"] > 0).all()
    assert (numbers["low"] <= numbers["value"] + 1e-9).all()
    assert (numbers["value"] <= numbers["high"] + 1e-9).all()


def test_shuffled_rows_give_the_same_numbers(separated):
    latents, found = separated
    again = cluster_latents(shuffled(latents), OPTIONS)
    for one, other in zip(found, again, strict=True):
        pd.testing.assert_frame_equal(other, one, check_exact=True)


@pytest.mark.parametrize("sizes", [{"protons": 3, "kaons": 1}, {"protons": 1, "kaons": 0}, {"protons": 0, "kaons": 12}])
def test_a_handful_of_tracks_gives_rows_without_numbers(sizes):
    latents = fake_latents(**sizes, latent_dim=2 + 1)
    numbers, scan, tracks = cluster_latents(latents, OPTIONS)
    assert len(tracks) == len(latents) + latents["particle"].isin(["proton", "kaon"]).sum()
    assert scan.loc[scan["k"] > len(latents), "bic"].isna().all()
    assert numbers.loc[numbers["score"] == "fraction", "value"].isna().all()


def test_collapsed_latents_are_left_out():
    latents = fake_clouds(apart=12.0, protons=60, kaons=60)
    latents["mu_2"] = np.float32(0.5)
    numbers = cluster_latents(latents, OPTIONS).numbers
    assert value_of(numbers, method="mixture", selection="pair", score="ari")["value"] > 0.98


@pytest.mark.parametrize(
    ("options", "message"),
    [({"negative": "kaon"}, "name two different particles"), ({"anchors": ["kaon"]}, "the free one; leave it out")],
)
def test_options_that_cannot_work_are_refused(options, message):
    with pytest.raises(ValidationError, match=message):
        ClusteringConfig.model_validate(options)
