"""Mixtures with a planted fraction."""

import numpy as np
import pytest
from scipy.stats import binom

from rootline.lartpc.analyses.anchored import fit_anchored, measure_fractions, responsibilities
from rootline.lartpc.analyses.gaussians import fit_gaussian
from rootline.lartpc.analyses.settings.clustering import ClusteringConfig

OPTIONS = ClusteringConfig(refits=100)
CENTRES = {"proton": [0.0, 0.0, 0.0], "muon": [4.0, 0.0, 0.0], "kaon": [0.0, 3.0, 1.0]}


def planted(rng, *, fraction, n=400):
    """Anchors in the train part; of the kaon-tagged tracks outside, `fraction` are kaons and the others protons."""
    n_kaons = rng.binomial(n, fraction)
    clouds = [("proton", "proton", 300, True), ("muon", "muon", 120, True)]
    clouds += [("kaon", "kaon", n_kaons, False), ("kaon", "proton", n - n_kaons, False)]
    points = np.vstack([CENTRES[cloud] + rng.normal(size=(count, 3)) for _, cloud, count, _ in clouds])
    labels = np.concatenate([np.full(count, label, dtype=object) for label, _, count, _ in clouds])
    in_train = np.concatenate([np.full(count, train) for *_, count, train in clouds])
    return points, labels, in_train


def fraction_of(found, component, particle="all"):
    rows = [row for row in found.records if (row["particle"], row["component"]) == (particle, component)]
    assert len(rows) == 1
    return rows[0]


@pytest.mark.slow
def test_a_planted_fraction_lies_in_its_interval_at_the_stated_rate():
    rng = np.random.default_rng(0)
    trials, inside = 20, 0
    for _ in range(trials):
        row = fraction_of(measure_fractions(*planted(rng, fraction=0.6, n=200), OPTIONS), "kaon", "kaon")
        inside += row["low"] <= 0.6 <= row["high"]
    # a true rate of 95 % gives fewer than this once in ten thousand times
    assert inside >= binom.ppf(1e-4, trials, 0.95)


@pytest.mark.parametrize("fraction", [0.15, 0.85])
def test_the_fraction_follows_what_was_planted(fraction):
    found = measure_fractions(*planted(np.random.default_rng(1), fraction=fraction, n=1000), OPTIONS)
    row = fraction_of(found, "kaon")
    assert row["value"] == pytest.approx(fraction, abs=0.06)
    assert row["n"] == 1000
    assert fraction_of(found, "muon")["value"] < 0.03
    assert sum(fraction_of(found, name)["value"] for name in found.components) == pytest.approx(1)


def test_the_labels_of_the_other_tracks_are_not_looked_at():
    points, labels, in_train = planted(np.random.default_rng(2), fraction=0.5)
    found = measure_fractions(points, labels, in_train, OPTIONS)
    relabelled = labels.copy()
    relabelled[~in_train] = "proton"
    again = measure_fractions(points, relabelled, in_train, OPTIONS)
    np.testing.assert_array_equal(found.belongs, again.belongs)


def test_anchors_have_no_probability_and_the_others_add_up_to_one():
    points, labels, in_train = planted(np.random.default_rng(3), fraction=0.5)
    belongs = measure_fractions(points, labels, in_train, OPTIONS).belongs
    assert np.isnan(belongs[in_train]).all()
    assert belongs[~in_train].sum(axis=1) == pytest.approx(np.ones((~in_train).sum()))


def test_an_anchor_with_too_few_tracks_is_left_out_and_its_tracks_are_fitted_with_the_others():
    points, labels, in_train = planted(np.random.default_rng(4), fraction=0.5)
    keep = (labels != "muon") | (np.cumsum(labels == "muon") <= 3)
    found = measure_fractions(points[keep], labels[keep], in_train[keep], OPTIONS)
    assert found.components == ("proton", "kaon")
    assert fraction_of(found, "kaon", "muon")["n"] == 3


def test_without_anchors_there_is_no_fraction():
    points, labels, _ = planted(np.random.default_rng(5), fraction=0.5)
    found = measure_fractions(points, labels, np.zeros(len(points), dtype=bool), OPTIONS)
    assert found.components == ("kaon",)
    assert np.isnan(fraction_of(found, "kaon")["value"])
    assert np.isnan(found.belongs).all()


def test_a_fit_from_its_own_end_stays_there_and_likelihood_does_not_fall_with_starts():
    points, _, in_train = planted(np.random.default_rng(6), fraction=0.4)
    anchor = fit_gaussian(points[:300])
    mixture = fit_anchored([anchor], points[~in_train])
    again = fit_anchored([anchor], points[~in_train], start=mixture)
    assert again.weights == pytest.approx(mixture.weights, abs=1e-3)
    assert again.log_likelihood >= mixture.log_likelihood - 1e-9
    assert responsibilities(mixture, points).shape == (len(points), 2)
