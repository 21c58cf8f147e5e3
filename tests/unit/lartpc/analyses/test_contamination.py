"""A planted proton share is found, known protons are found again, and pure samples stay pure."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from tests.unit.lartpc.analyses.planted import planted_mixture

from rootline.lartpc.analyses.contamination import CONTAMINATION_COLUMNS, TAIL_SHARES, fit_contamination
from rootline.lartpc.analyses.likeness import score_tracks
from rootline.lartpc.analyses.settings.contamination import ContaminationConfig

OPTIONS = ContaminationConfig(bootstrap=200, splits=3, permutations=100)
WINDOW = (430.0, 560.0)


def fit(options=OPTIONS, **mixture):
    latents, tracks = planted_mixture(**mixture)
    scores = score_tracks(latents, tracks, ["proton"], options, window=WINDOW, references=["references"])
    return scores, fit_contamination(scores, options)


def row_of(found, method, kind):
    rows = found[(found["method"] == method) & (found["kind"] == kind)]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.fixture(scope="module")
def fitted():
    return fit(share=0.12, references=120, separation=3.0)


@pytest.mark.parametrize("method", ["mass", "reference", "tail"])
def test_the_planted_share_lies_in_the_interval_of_each_method(fitted, method):
    for kind in ("raw", "corrected", "offset"):
        row = row_of(fitted[1], method, kind)
        assert row["low"] < 0.12 < row["high"]
        assert row["low"] < row["value"] < row["upper"] <= row["high"]


@pytest.mark.parametrize("method", ["mass", "reference", "tail"])
def test_known_protons_are_found_one_by_one(fitted, method):
    slope = row_of(fitted[1], method, "slope")
    assert slope["low"] < 1 < slope["high"]
    assert slope["value"] == pytest.approx(1, abs=0.12)


@pytest.mark.parametrize("method", ["mass", "reference", "tail"])
def test_protons_alone_are_all_protons(fitted, method):
    row = row_of(fitted[1], method, "control_proton")
    assert row["low"] < 1 < row["high"]
    assert row["value"] == pytest.approx(1, abs=0.12)


def test_mass_tagged_kaons_alone_hold_next_to_none(fitted):
    for method in ("reference", "tail"):
        row = row_of(fitted[1], method, "control_window")
        assert row["low"] < 0.03
        assert row["value"] < 0.05


def width_beside_permuted(found, method):
    raw, control = (row_of(found, method, kind) for kind in ("raw", "control_permuted"))
    return (raw["high"] - raw["low"]) / (control["high"] - control["low"])


def test_scores_that_know_the_species_narrow_the_answer_and_blind_ones_do_not(fitted):
    blind = fit(share=0.12, references=120, separation=0.0, seed=4)[1]
    for method in ("mass", "reference", "tail"):
        assert width_beside_permuted(fitted[1], method) < 0.4
        assert width_beside_permuted(blind, method) > 0.5
    # without a kaon template two samples of one distribution are all protons
    assert row_of(fitted[1], "tail", "control_permuted")["value"] == pytest.approx(1, abs=0.1)


def test_what_the_mass_alone_allows_is_the_share_of_tracks_outside_of_its_window(fitted):
    scores, found = fitted
    tagged = scores[scores["role"] == "data"]
    assert row_of(found, "mass", "fitted")["value"] == pytest.approx(1 - tagged["in_window"].mean())
    assert row_of(found, "tail", "fitted")["value"] == 1


def test_corrected_is_offset_over_slope_and_the_line_goes_through_the_answers(fitted):
    found = fitted[1]
    slope, offset = (row_of(found, "mass", kind)["value"] for kind in ("slope", "offset"))
    assert row_of(found, "mass", "corrected")["value"] == pytest.approx(offset / slope)
    points = found[(found["method"] == "mass") & (found["kind"] == "injection")]
    assert points["at"].tolist() == [0.0, 0.05, 0.1, 0.2, 0.3]
    reference = np.polyfit(points["at"], points["value"], 1)
    assert (slope, offset) == pytest.approx(tuple(reference))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["mass", "reference"])
def test_the_interval_holds_the_planted_share_in_nine_of_ten_mixtures(method):
    held = []
    for seed in range(50):
        row = row_of(fit(share=0.1, references=100, separation=1.5, seed=seed)[1], method, "corrected")
        held.append(row["low"] <= 0.1 <= row["high"])
    # of 150 other mixtures the intervals of mass held 144 and those of reference 140
    assert sum(held) >= 45


@pytest.mark.slow
def test_the_upper_limit_of_the_tail_holds_also_where_kaons_reach_above_the_cut():
    limits = [row_of(fit(share=0.1, separation=1.0, seed=seed)[1], "tail", "raw")["upper"] for seed in range(30)]
    assert np.mean(np.array(limits) >= 0.1) == 1


def test_kaons_above_the_cut_show_as_answers_that_rise_with_it_and_as_mass_tagged_protons():
    found = fit(share=0.02, separation=1.0, tagged=600, protons=200, seed=2)[1]
    cuts = found[found["kind"] == "cut"].sort_values("at")
    assert cuts["at"].tolist() == TAIL_SHARES.tolist()
    assert cuts["value"].iloc[-1] > 2 * cuts["value"].iloc[0]
    assert row_of(found, "tail", "control_window")["low"] > 0.05


def plateau_p_values(**mixture):
    return np.array([row_of(fit(seed=seed, **mixture)[1], "tail", "plateau")["p_value"] for seed in range(20)])


@pytest.mark.slow
def test_the_plateau_is_denied_where_kaons_reach_above_the_cut_if_there_are_many_and_kept_where_none_do():
    assert (plateau_p_values(share=0.02, separation=1.0, tagged=4000, protons=1500) < 0.05).mean() > 0.8
    # at the 5 % level 5 or more of 20 happen once in 400
    assert (plateau_p_values(share=0.1, separation=4.0, tagged=600, protons=200) < 0.05).sum() <= 4


def test_without_any_mass_and_reference_the_tail_alone_answers():
    _, found = fit(with_mass=False)
    assert set(found["method"]) == {"tail"}
    assert "control_window" not in set(found["kind"])


def test_what_the_model_learned_from_takes_no_part():
    latents, tracks = planted_mixture(protons=120)
    latents.loc[latents["event"] % 2 == 0, "part"] = "train"
    scores = score_tracks(latents, tracks, ["proton"], OPTIONS, window=WINDOW)
    protons = scores[scores["role"] == "proton"]
    assert (protons["event"] % 2 == 1).all()
    assert (scores["role"] == "data").sum() == 250
    everything = score_tracks(latents, tracks, ["proton", "kaon"], OPTIONS, window=WINDOW)
    assert (everything["event"] % 2 == 1).all()


def test_scores_are_out_of_fold_so_that_latents_without_a_difference_do_not_separate():
    latents, tracks = planted_mixture(separation=0.0, protons=250, seed=5)
    scores = score_tracks(latents, tracks, ["proton"], OPTIONS, window=WINDOW)
    of_role = scores.groupby("role")["score"]
    assert abs(of_role.mean()["proton"] - of_role.mean()["data"]) < 3 * of_role.std().max() * np.sqrt(2 / 250)


def test_a_reference_of_a_tagged_event_is_scored_by_the_fit_that_did_not_see_it():
    latents, tracks = planted_mixture(references=60)
    references = latents["sample"] == "references"
    latents.loc[references, "event"] = np.arange(60)  # the events of the first 60 tagged tracks
    scores = score_tracks(latents, tracks, ["proton"], OPTIONS, window=WINDOW, references=["references"])
    tagged = scores[scores["role"] == "data"].set_index("event")["fold"]
    chosen = scores[scores["role"] == "reference"]
    assert len(chosen) == 60
    assert (chosen["fold"].to_numpy() == tagged.loc[chosen["event"]].to_numpy()).all()


@pytest.mark.slow
def test_shuffled_rows_and_a_second_run_give_the_same_bytes():
    latents, tracks = planted_mixture(references=40)
    shuffled = latents.sample(frac=1, random_state=0), tracks.sample(frac=1, random_state=1)
    tables = [
        score_tracks(*both, ["proton"], OPTIONS, window=WINDOW, references=["references"])
        for both in ((latents, tracks), shuffled)
    ]
    pd.testing.assert_frame_equal(*(table.reset_index(drop=True) for table in tables), check_exact=True)
    found = [fit_contamination(table, OPTIONS) for table in tables]
    pd.testing.assert_frame_equal(*found, check_exact=True)


def test_too_few_tracks_give_their_number_and_no_answer():
    scores, found = fit(tagged=8)
    assert scores["score"].isna().all()
    assert list(found.columns) == list(CONTAMINATION_COLUMNS)
    assert found["value"].isna().all()
    assert found[["n_data", "n_proton"]].to_numpy().tolist() == [[8, 80]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kaon": "proton"}, "name two different particles"),
        ({"folds": 15}, "must be at least twice folds=15"),
        ({"injected": (0.1, 0.1)}, "two different shares"),
    ],
)
def test_options_that_cannot_work_are_refused(options, message):
    with pytest.raises(ValidationError, match=message):
        ContaminationConfig.model_validate(options)
