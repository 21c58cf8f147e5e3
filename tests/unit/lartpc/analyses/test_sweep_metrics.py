"""Which numbers a sweep may be judged by, and what they compare."""

import pytest

from rootline.core.errors import UserError
from rootline.lartpc.analyses.settings.best import BestConfig, ParetoConfig
from rootline.lartpc.analyses.sweep_metrics import (
    check_metric,
    goal_of,
    incomparable_keys,
    metrics_of,
    needs_labels,
)


def test_a_metric_with_a_typo_is_named_with_its_near_miss_and_all_others():
    with pytest.raises(UserError) as caught:
        check_metric("auc_logstic", ["proton"], key="lartpc.analyses.best.metric")
    text = str(caught.value)
    assert text.startswith(
        "lartpc.analyses.best.metric=auc_logstic: no number of a run; did you mean auc_logistic? There are ari_kmeans, "
    )
    assert "error_weighted_proton" in text and "error_kaon" not in text
    check_metric("error_kaon", ["proton", "kaon"], key="k")


def test_the_defaults_are_numbers_that_every_run_can_have():
    known = metrics_of([])
    assert {BestConfig().metric, ParetoConfig().score} <= set(known)
    assert not needs_labels(BestConfig().metric, ["proton"])
    assert incomparable_keys(BestConfig().metric, ["images.size", "train.transform", "train.beta"]) == []


def test_errors_losses_and_counts_are_to_be_small():
    assert {name: goal_of(name) for name in metrics_of(["proton"]) if goal_of(name) == "min"}.keys() == {
        "n_parameters", "n_epochs", "val_loss", "error_proton", "error_weighted_proton",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "other"),
    [
        ("error_proton", ["images.size", "images.resampling", "train.transform"]),
        ("error_weighted_proton", ["images.size", "images.resampling", "train.transform", "train.signal_weight"]),
        ("val_loss", ["images.size", "images.resampling", "train.transform", "train.signal_weight", "train.beta", "split.train"]),
        ("auc_logistic", []),
        ("r2_bragg_ridge", []),
    ],
)  # fmt: skip
def test_an_error_does_not_compare_between_other_images_or_transforms(metric, other):
    keys = ["images.size", "images.resampling", "train.transform", "train.signal_weight", "train.beta", "split.train"]
    assert incomparable_keys(metric, [*keys, "model.latent_dim", "train.lr"]) == other


def test_only_scores_and_errors_of_particles_that_were_not_trained_on_need_labels():
    assert needs_labels("auc_mlp", ["proton"]) and needs_labels("ari_kmeans", ["proton"])
    assert needs_labels("error_kaon", ["proton"]) and needs_labels("error_weighted_kaon", ["proton"])
    for metric in ("error_proton", "error_weighted_proton", "val_loss", "r2_charge_mlp", "n_parameters"):
        assert not needs_labels(metric, ["proton"])
