"""What forests look at."""

import numpy as np
import pytest
from tests.unit.pid.table_fakes import fake_tracks, with_parts

from rootline.pid.analyses.importance import INPUT_SETS, rank_inputs
from rootline.pid.analyses.settings.importance import ImportanceConfig
from rootline.pid.columns import INPUTS

OPTIONS = ImportanceConfig(trees=15, max_depth=6, repeats=3)


def test_what_decides_the_species_is_lost_most_and_noise_is_not():
    # the fakes differ in TPC signal and velocity alone, and n-sigma are noise
    found = rank_inputs(with_parts(fake_tracks(1500)), OPTIONS)
    assert len(found) == 2 * sum(map(len, INPUT_SETS.values()))
    raw = found[(found["inputs"] == "raw") & (found["species"] == "kaon")].set_index("group")
    assert raw["loss"].idxmax() == "TPC signal" and raw.loc["TPC signal", "loss"] > 0.2
    assert abs(raw.loc["closest approach", "loss"]) < 0.03
    assert (raw["auc"] > 0.95).all() and (raw["n_species"] < raw["n"]).all() and (raw["spread"] >= 0).all()
    noise = found[found["inputs"] == "parametrised"]
    assert noise["auc"].max() < 0.75


def test_the_raw_groups_are_the_inputs_of_the_models_each_once():
    members = [name for group in INPUT_SETS["raw"].values() for name in group]
    assert sorted(members) == sorted(INPUTS)


def test_the_same_seed_gives_the_same_numbers_on_any_number_of_threads():
    tracks = with_parts(fake_tracks(400))
    assert rank_inputs(tracks, OPTIONS).equals(rank_inputs(tracks, OPTIONS, threads=2))


def test_fewer_tracks_are_drawn_from_all_data_frames():
    tracks = with_parts(fake_tracks(1500)).sample(frac=1, random_state=1).sort_values(["frame", "track"])
    is_test = tracks["part"] == "test"
    # the first tracks of the test part are protons alone
    tracks = tracks[~is_test | (tracks["species"] == "proton") | (tracks["frame"] > 8)].reset_index(drop=True)
    found = rank_inputs(tracks, OPTIONS.model_copy(update={"test_tracks": 25, "train_tracks": 400}))
    assert (found["n"] == 25).all()
    assert (found.loc[found["species"] == "kaon", "n_species"] > 0).all()


def test_a_species_that_is_not_there_has_no_number():
    tracks = fake_tracks(400)
    found = rank_inputs(with_parts(tracks[tracks["species"] != "kaon"].reset_index(drop=True)), OPTIONS)
    kaons = found[found["species"] == "kaon"]
    assert kaons["loss"].isna().all() and (kaons["n_species"] == 0).all()
    assert np.isfinite(found.loc[found["species"] == "proton", "loss"]).all()
    assert found.loc[found["species"] == "proton", "repeats"].iloc[0] == pytest.approx(3)
