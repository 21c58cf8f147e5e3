"""Closure with a planted truth: what the latents were given is found, what they were not is not."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from tests.unit.lartpc.analyses.fakes import fake_keys, shuffled

from rootline.core.errors import UserError
from rootline.core.tables import EVENT_KEY, TRACK_KEY
from rootline.lartpc.analyses.closure import CLOSURE_COLUMNS, CLOSURE_KEY, close_latents, match_truth
from rootline.lartpc.analyses.settings.closure import ClosureConfig
from rootline.lartpc.analyses.settings.regression import RegressionConfig

OPTIONS = ClosureConfig(bootstrap=200, mlp_epochs=30, mlp_hidden=(8,))
REGRESSION = RegressionConfig(bootstrap=200, mlp_epochs=60, mlp_hidden=(8,), importance_repeats=1)


def planted(n=300, *, seed=0):
    """Latents that know the range (mu_0), decays in flight (mu_1) and the species (mu_2); half are kaons."""
    rng = np.random.default_rng(seed)
    keys = fake_keys(["proton"] * (n // 2) + ["kaon"] * (n // 2))
    kaon = (keys["sample"] == "kaons").to_numpy()
    ending = np.where(kaon, rng.choice(["decay_at_rest", "decay_in_flight", "interaction"], n), "stop").astype(object)
    ending[~kaon & (rng.random(n) < 0.5)] = "interaction"
    stopping = np.isin(ending, ["stop", "decay_at_rest"])
    truth = keys[list(EVENT_KEY)].assign(
        species=np.where(kaon, "kaon", "proton"), momentum=np.where(kaon, 350, 650) + 250 * rng.random(n),
        true_range=rng.normal(30, 10, n), ending=ending, angle_xz=rng.normal(0, 0.03, n),
        angle_yz=rng.normal(0, 0.03, n), entry_x=rng.normal(23, 3, n), entry_y=rng.normal(0, 3, n),
    )  # fmt: skip
    latents = keys.assign(part="test", particle=np.where(kaon, "kaon", "proton"))
    latents["mu_0"] = (truth["true_range"] - 30) / 10 + rng.normal(0, 0.3, n)
    latents["mu_1"] = 4.0 * (ending == "decay_in_flight") + rng.normal(0, 1, n)
    latents["mu_2"] = np.where(stopping, 3.0, 0.0) * kaon + rng.normal(0, 1, n)
    scores = latents[[*TRACK_KEY, "part", "particle"]].assign(
        selection="all", label=kaon.astype(int), fold=np.arange(n) % 5, logistic=1 / (1 + np.exp(-latents["mu_2"])),
        mlp=rng.random(n), chi2=np.where(stopping, 3.0, 0.0) * kaon + rng.normal(0, 1, n), hard=False,
    )  # fmt: skip
    scores.loc[::11, "chi2"] = np.nan
    return latents, scores, truth


@pytest.fixture(scope="module")
def closed():
    tables = planted()
    return tables, close_latents(*tables, ["proton"], OPTIONS, REGRESSION)


def one(table, **wanted):
    found = table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    assert len(found) == 1
    return found.iloc[0]


def test_the_planted_range_is_read_and_nothing_else_is(closed):
    table = closed[1][closed[1]["question"] == "truth"]
    row = one(table, target="true_range", group="all", method="ridge")
    # mu_0 is the range with noise of 0.3 in units of its spread
    assert row["value"] == pytest.approx(1 / 1.09, abs=0.06)
    assert row["low"] < row["value"] < row["high"] and row["n"] == 300
    assert one(table, target="true_range", group="all", method="mlp")["low"] > 0.6
    of_species = table[(table["group"] == "kaon") & (table["target"] != "true_range") & (table["method"] == "ridge")]
    assert (of_species["low"] < 0.05).all() and (of_species["value"] < 0.1).all()


def test_the_planted_decay_in_flight_is_told_and_an_interaction_is_told_by_what_stopping_leaves(closed):
    table = closed[1][closed[1]["question"] == "ending"]
    asked = {"target": "decay_in_flight", "group": "kaon", "method": "logistic"}
    row = one(table, negative="decay_at_rest or interaction", **asked)
    assert row["low"] > 0.95 and row["n_positive"] + row["n_negative"] == row["n"] == 150
    assert one(table, group="kaon", target="interaction", method="logistic")["low"] > 0.9
    blind = one(table, group="proton", target="interaction", method="logistic")
    assert blind["low"] < 0.5 < blind["high"]


def test_chi2_knows_stopping_tracks_and_not_interacting_ones(closed):
    (_, scores, truth), table = closed
    rows = table[(table["question"] == "species") & (table["metric"] == "auc") & (table["method"] == "chi2")]
    alike = rows[rows["group"] == "ending of both"].set_index("negative")
    assert alike.loc["proton stop or decay_at_rest", "low"] > 0.9
    blind = alike.loc["proton interaction or exit"]
    assert blind["low"] < 0.5 < blind["high"]
    joined = scores.merge(truth, on=list(EVENT_KEY)).dropna(subset=["chi2"])
    stopping = joined[joined["ending"].isin(["stop", "decay_at_rest"])]
    expected = roc_auc_score(stopping["species"] == "kaon", stopping["chi2"])
    assert alike.loc["proton stop or decay_at_rest", "value"] == pytest.approx(expected)


def test_a_bin_of_momentum_holds_its_tracks_against_all_of_the_other_species(closed):
    (_, scores, truth), table = closed
    row = one(table, question="species", group="momentum of kaon", momentum_low=400, method="chi2", metric="auc")
    joined = scores.merge(truth, on=list(EVENT_KEY)).dropna(subset=["chi2"])
    kaons = (joined["species"] == "kaon") & joined["momentum"].between(400, 500, inclusive="left")
    chosen = joined[kaons | (joined["species"] == "proton")]
    assert row["value"] == pytest.approx(roc_auc_score(chosen["species"] == "kaon", chosen["chi2"]))
    assert (row["n_positive"], row["n_negative"]) == (kaons.sum(), len(chosen) - kaons.sum())


def test_the_gain_is_the_difference_to_chi2_on_the_same_tracks(closed):
    rows = closed[1][(closed[1]["question"] == "species") & (closed[1]["group"] == "all")]
    auc = rows[rows["metric"] == "auc"].set_index("method")["value"]
    gain = rows[rows["metric"] == "gain"].set_index("method")
    assert gain.loc["logistic", "value"] == pytest.approx(auc["logistic"] - auc["chi2"])
    assert gain.loc["mlp", "high"] < 0


def test_the_true_species_counts_and_not_the_tag():
    latents, scores, truth = planted()
    impure = truth["sample"].eq("kaons") & (np.arange(len(truth)) % 5 == 0)
    truth.loc[impure, "species"] = "proton"
    row = one(
        close_latents(latents, scores, truth, ["proton"], OPTIONS, REGRESSION),
        question="species", group="all", method="chi2", metric="auc",
    )  # fmt: skip
    assert row["n_positive"] == (scores["chi2"].notna() & (truth["species"] == "kaon").to_numpy()).sum()


def test_tracks_that_were_trained_on_are_left_out():
    latents, scores, truth = planted()
    learned = (latents["particle"] == "proton") & (latents.index % 2 == 0)
    latents.loc[learned, "part"] = "train"
    table = close_latents(latents, scores[~learned], truth, ["proton"], OPTIONS, REGRESSION)
    assert one(table, question="truth", target="momentum", group="all", method="ridge")["n"] == 300 - learned.sum()


def test_of_several_tracks_the_best_match_of_the_event_stands_for_the_beam_particle():
    latents, _, truth = planted(20)
    second = latents.iloc[[3]].assign(track=np.int32(1), mu_0=99.0)
    matched = match_truth(shuffled(pd.concat([second, latents])), truth)
    assert len(matched) == 20 and (matched["track"] == 0).all()
    assert matched["momentum"].tolist() == truth["momentum"].tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda truth: truth.iloc[1:], r"truth: 1 events have none, the first is sample=kaons run=1 subrun=1 event=10"),
        (lambda truth: pd.concat([truth, truth.iloc[:1]]), r"truth: two rows for sample=kaons run=1"),
    ],
)
def test_an_event_without_its_truth_is_named(change, message):
    latents, _, truth = planted(20)
    with pytest.raises(UserError, match=message):
        match_truth(latents, change(truth))


def test_too_few_tracks_give_their_number_and_no_value():
    latents, scores, truth = planted(12)
    table = close_latents(latents, scores.iloc[:0], truth, ["proton"], OPTIONS, REGRESSION)
    assert tuple(table.columns) == CLOSURE_COLUMNS and table["value"].isna().all()
    assert not table.duplicated(list(CLOSURE_KEY)).any()
    assert set(table.loc[table["question"] == "species", "n"]) == {0}


def test_shuffled_rows_give_the_same_numbers(closed):
    tables, table = closed
    again = close_latents(*map(shuffled, tables), ["proton"], OPTIONS, REGRESSION)
    pd.testing.assert_frame_equal(again, table, check_exact=True)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"positive": "proton"}, "negative and positive are both 'proton'; name two different particles"),
        ({"momentum_edges": [400, 300]}, r"momentum_edges\n.*\[400, 300\] do not rise"),
        ({"min_tracks": 6}, "min_tracks=6 must be at least twice folds=5"),
    ],
)
def test_impossible_options_are_refused(raw, message):
    with pytest.raises(ValueError, match=message):
        ClosureConfig(**raw)
