"""Labels of features, latents and numbers of tracks."""

import pytest

from rootline.lartpc.features import FEATURES
from rootline.lartpc.figures.labels import FEATURE_LABELS, label_charge, label_count, label_feature, label_latent
from rootline.lartpc.transforms import TRANSFORMS


def test_every_feature_has_a_label_of_its_own():
    labels = [label_feature(name, unit=False) for name in FEATURES]
    assert set(FEATURES) < set(FEATURE_LABELS)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("name", "unit", "label"),
    [
        ("bragg_rise_slope", True, "Bragg rise slope [ADC/wire]"),
        ("bragg_rise_slope", False, "Bragg rise slope"),
        ("my_own_feature", True, "my own feature"),
    ],
)
def test_a_feature_is_labelled_with_or_without_its_unit(name, unit, label):
    assert label_feature(name, unit=unit) == label


def test_a_latent_is_mu_with_an_index():
    assert label_latent("mu_12") == r"$\mu_{12}$"


def test_numbers_of_tracks_that_differ_become_a_range():
    assert label_count([5, 5]) == "n = 5"
    assert label_count([7, 5, 6]) == "n = 5\N{EN DASH}7"
    assert label_count([]) == "n = 0"


def test_the_charge_has_another_label_after_every_transform():
    labels = [label_charge(name) for name in (None, *TRANSFORMS)]
    assert len(set(labels)) == len(labels)
    assert label_charge("log1p") == "ln(1 + charge [ADC])"
