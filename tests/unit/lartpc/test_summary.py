"""The study in tables, for its report."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.lartpc.analyses.fakes import fake_features, fake_keys, fake_latents, fake_tracks

from rootline.lartpc import summary
from rootline.lartpc.analyses.probe import probe
from rootline.lartpc.analyses.reconstruction import measure_reconstruction
from rootline.lartpc.analyses.settings.probe import ProbeConfig
from rootline.lartpc.analyses.settings.reconstruction import ReconstructionConfig
from rootline.lartpc.features import FEATURES


def flow(sample, *counts, last=None):
    steps = [{"unit": "events", "step": "with clusters", "count": counts[0]}]
    steps += [
        {"unit": "pairs", "step": name, "count": n} for name, n in zip(("matched", "width"), counts[1:], strict=True)
    ]
    if last is not None:
        steps.append({"unit": "pairs", "step": "reconstruction", "count": last})
    return {"sample": sample, "particle": "kaon", "role": "held_out", "steps": steps, "side_files": {"reco_rows": 9}}


def check(sample, entries, *, partners=None, bad=()):
    side = None if partners is None else {"events_with_partner": partners}
    listed = [{"entry": n, "run": 1, "subrun": 0, "event": n, "reason": "7 values"} for n in bad]
    files = [{"path": "1.root", "duplicate_events": 0, "bad_events": listed}]
    files += [{"path": "2.root", "duplicate_events": 0, "bad_events": []}]
    return {
        "sample": sample,
        "entries": entries,
        "bad_events": len(bad),
        "files": files,
        "beamline": None,
        "reco": side,
    }


def test_the_cut_flow_counts_events_to_the_track_and_gives_shares_with_intervals():
    flows, checks = (
        [flow("short", 90, 40, 30), flow("long", 80, 20, 0, last=0)],
        [check("short", 100), check("long", 80)],
    )
    latents = fake_keys(["kaon"] * 12).assign(sample="short")
    latents.loc[6:, "track"] = 1
    latents.loc[6:, "event"] = latents["event"][:6].to_numpy()  # the second half are second tracks of the first
    table = summary.cutflow_table(flows, checks, latents)
    assert table["of"].tolist() == ["events", "", "", "pairs", "", ""]
    assert table["step"].tolist() == ["read", "with clusters", "with a track", "matched", "width", "reconstruction"]
    short = table["short (kaon, held out)"].tolist()
    assert short[0] == "100" and short[1].startswith("90 (90.0 [82.6, 94.5] %)")  # Wilson 1927
    assert short[2].startswith("6 (") and short[3] == "40" and short[5] == ""
    assert table["long (kaon, held out)"].tolist()[-1] == "0"


def test_malformed_events_are_a_step_of_the_cut_flow_only_where_there_are_any():
    latents = fake_keys(["kaon"] * 12).assign(sample="short")
    table = summary.cutflow_table(
        [flow("a", 90, 30, 20), flow("b", 40, 9, 8)], [check("a", 100), check("b", 50, bad=[3])], latents
    )
    assert table["step"].tolist() == ["read", "well formed", "with clusters", "with a track", "matched", "width"]
    assert table["a (kaon, held out)"].tolist()[:2] == ["100", ""]
    assert table["b (kaon, held out)"].tolist()[1].startswith("49 (98.0 [")


def test_tracks_are_counted_by_sample_and_part():
    latents = fake_latents(protons=12, kaons=6)
    table = summary.parts_table(latents).set_index("sample")
    assert table.loc["protons", ["train", "val", "test"]].sum() == table.loc["protons", "all"] == 12
    assert table.loc["kaons", "train"] == int(((latents["sample"] == "kaons") & (latents["part"] == "train")).sum())


def test_the_input_is_counted_per_sample_with_what_has_no_partner():
    table = summary.input_table([check("a", 10, partners=7), check("b", 5)], [flow("a", 9, 1, 1)]).set_index("")
    assert table["a"].to_dict() == {
        "files": 2, "events read": 10, "malformed, skipped": 0, "doubled": 0, "without beamline": "no such file",
        "without reco": 3, "reco rows": 9,
    }  # fmt: skip
    assert table.loc["without reco", "b"] == "no such file" and table.loc["reco rows", "b"] == ""


def test_only_features_that_are_undefined_somewhere_are_listed():
    features = fake_features(fake_latents(protons=20, kaons=10))
    found = summary.undefined_features(features, FEATURES)
    assert found["feature"].tolist() == ["profile_kurtosis"]
    assert found.columns.tolist() == ["feature", "kaon, of 10", "proton, of 20"]
    assert found.iloc[0, 1:].sum() == int(features["profile_kurtosis"].isna().sum())


def test_rows_without_any_number_are_counted_and_those_with_one_are_not():
    table = pd.DataFrame({"auc": [np.nan, 0.7, np.nan], "auc_low": 0.0, "auc_high": 1.0, "f1": [np.nan, np.nan, 0.1]})
    table = table.assign(f1_low=0.0, f1_high=1.0, n=3)
    of_tracks = fake_keys(["kaon"] * 3).assign(x=np.nan, x_low=0.0, x_high=0.0)
    found = summary.undefined_numbers({"a": table, "tracks": of_tracks, "plain": table[["n"]]})
    assert found.to_dict("records") == [{"analysis": "a", "numbers": "auc, f1", "undefined rows": 1, "of": 3}]


def history(losses, kept):
    epochs = np.arange(1, len(losses) + 1)
    return pd.DataFrame({"epoch": epochs, "train_loss": losses, "val_loss": losses, "kept": kept})


@pytest.mark.parametrize(
    ("losses", "kept", "words"),
    [
        ([3.0, 2.0, 2.5], [True, True, False], []),
        ([3.0, np.nan, 2.5], [True, False, False], ["not finite in 1 epochs, first in epoch 2"]),
        ([3.0, 2.0, 1.0], [True, True, True], ["The last of 3 epochs was the best.*lartpc.train.epochs"]),
        ([np.inf, np.nan, np.nan], [False] * 3, ["not finite in 3 epochs", "No epoch improved"]),
    ],
)
def test_a_training_that_went_wrong_is_told_in_words(losses, kept, words):
    found = summary.training_faults(history(losses, kept), 3)
    assert len(found) == len(words)
    for fault, expected in zip(found, words, strict=True):
        assert pd.Series([fault]).str.contains(expected).all()


def test_the_first_numbers_are_those_of_the_tables():
    latents = fake_latents(protons=240, kaons=90)
    probes, _ = probe(
        latents, fake_tracks(latents), ["proton"], ProbeConfig(bootstrap=100, mlp_hidden=(4,), mlp_epochs=5)
    )
    errors = measure_reconstruction(latents, ["proton"], ReconstructionConfig(bootstrap=100))
    table = summary.key_numbers({"probes": probes, "reconstruction": errors})
    row = probes[(probes["method"] == "mlp") & (probes["kind"] == "all") & (probes["selection"] == "all")].iloc[0]
    of_mlp = table[(table["question"] == "species from latents, all tracks") & (table["score"] == "MLP")]
    assert of_mlp["n"].tolist() == [f"{row['n_negative']} + {row['n_positive']}"]
    assert float(of_mlp["AUC [95 %]"].iloc[0].split(" ")[0]) == pytest.approx(row["auc"], abs=6e-4)
    assert (table["question"] == "kaon as an anomaly").sum() == 3
    assert summary.key_numbers({}).empty
