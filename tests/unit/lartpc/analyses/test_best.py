"""The best point of a sweep by the criterion that is stated with it."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from rootline.lartpc.analyses.best import choose_best, describe_best, write_config
from rootline.lartpc.analyses.settings.best import BestConfig
from rootline.lartpc.analyses.sweep_summary import summarise_points

KEYS = ["model.latent_dim"]
R2 = {4: (0.50, 100), 8: (0.59, 200), 16: (0.60, 400), 32: (0.595, 800)}
"""Latent dimension to R2 and number of parameters; 0.59 lies within one standard error of 0.60 (0.0115), 0.50 does not."""


def best(points=R2, *, seeds=(0, 1, 2), spread=0.02, keys=KEYS, **options):
    rows = [
        {"place": place, "run": f"{place:08x}", keys[0]: dim, "train.seed": seed, "n_parameters": size,
         "r2_bragg_ridge": r2 + spread * (seed - 1), "auc_mlp": r2 + 0.3, "val_loss": 1 - r2}
        for place, (dim, (r2, size), seed) in enumerate((dim, point, seed) for dim, point in points.items() for seed in seeds)
    ]  # fmt: skip
    runs = pd.DataFrame(rows)
    return choose_best(summarise_points(runs, keys), runs, keys, BestConfig(**options), species=["proton"])


def test_the_smallest_model_within_one_standard_error_of_the_best_is_taken():
    found = best()
    assert found["standard_error"] == pytest.approx(0.02 / np.sqrt(3))
    assert found["best_value"]["point"] == "model.latent_dim=16"
    chosen = found["chosen"]
    assert (chosen["point"], chosen["n_parameters"], chosen["n_seeds"]) == ("model.latent_dim=8", 200, 3)
    assert chosen["runs"] == {"0": "00000003", "1": "00000004", "2": "00000005"}
    values = 0.59 + np.array([-0.02, 0, 0.02])
    interval = stats.t.interval(0.95, 2, values.mean(), stats.sem(values))
    assert [chosen["value"], chosen["low"], chosen["high"]] == pytest.approx([0.59, *interval])
    assert [point["point"].rpartition("=")[2] for point in found["runners_up"]] == ["16", "32", "4"]
    json.dumps(found, allow_nan=False)


def test_without_that_rule_the_best_value_is_taken():
    found = best(within=0)
    assert found["chosen"]["point"] == "model.latent_dim=16"
    assert found["criterion"] == "the largest mean r2_bragg_ridge over seeds"


def test_two_seeds_give_no_standard_error_and_the_text_says_so():
    found = best(seeds=(0, 1))
    assert found["standard_error"] is None and found["chosen"]["point"] == "model.latent_dim=16"
    assert "With fewer than 3 seeds no standard error is known, and the best value counts." in " ".join(
        describe_best(found)
    )


def test_of_equal_models_the_better_one_is_taken():
    assert best({4: (0.59, 7), 8: (0.60, 7)})["chosen"]["point"] == "model.latent_dim=8"


def test_a_loss_is_to_be_small_unless_the_config_says_otherwise():
    assert best(metric="val_loss", within=0)["chosen"]["point"] == "model.latent_dim=16"
    found = best(metric="val_loss", goal="max", within=0)
    assert found["goal"] == "max" and found["chosen"]["point"] == "model.latent_dim=4"


def test_whether_labels_went_into_the_choice_is_said():
    assert not best()["labels"]
    found = best(metric="auc_mlp")
    assert found["labels"]
    assert "on the same tracks its scores are too good; quote those of other tracks." in describe_best(found)[-1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"keys": ["train.beta"], "metric": "val_loss"}, "val_loss has other units where train.beta differs; name another"),
        ({"metric": "ari_kmeans"}, "no run has ari_kmeans; there may be too few tracks for it"),
        ({"points": {4: (np.nan, 7)}}, "no run has r2_bragg_ridge"),
    ],
)  # fmt: skip
def test_where_nothing_can_be_chosen_the_reason_is_given(arguments, reason):
    found = best(**arguments)
    assert found["chosen"] is None and reason in found["reason"]
    text = write_config(found, {})
    assert text.startswith("# No best point: ") and yaml.safe_load(text) is None
    json.dumps(found, allow_nan=False)


def test_the_choice_is_a_part_of_a_config_with_what_it_is_as_remarks():
    text = write_config(best(), {"model.channels": [32, 64], "model.latent_dim": 8, "train.beta": 0.5})
    assert yaml.safe_load(text) == {
        "lartpc": {"model": {"channels": [32, 64], "latent_dim": 8}, "train": {"beta": 0.5}}
    }
    remarks = [line for line in text.splitlines() if line.startswith("# ")]
    assert remarks[0] == "# Best of 4: model.latent_dim=8."
    assert "# run 00000003: train.seed 0" in remarks
    assert "Criterion: the fewest parameters within one standard error of the largest mean r2_bragg_ridge" in text
    assert write_config(best({4: (0.5, 7)}), {}).endswith("# Only seeds differ: the config stays as it is.\n")
