"""Parts of tracks, and what a model gives each of them."""

import numpy as np
import pytest
from tests.unit.pid.table_fakes import fake_parts, fake_tracks, with_parts

from rootline.core.errors import UserError
from rootline.core.tables import write_table
from rootline.pid import scores
from rootline.pid.runs import PartsConfig
from rootline.pid.scores import library_scores, read_parts, species_scores
from rootline.pid.tracks import FRAME_TRACK_KEY

OUTPUTS = ("pion+", "pion-", "kaon+", "kaon-", "proton+", "proton-")


def written(folder, tracks, parts):
    paths = folder / "tracks" / "mc.parquet", folder / "splits" / "mc.parquet"
    for path, table in zip(paths, (tracks, parts), strict=True):
        write_table(path, table, key=FRAME_TRACK_KEY)
    return paths


def test_tracks_are_read_with_the_part_of_their_own_key(tmp_path):
    tracks = fake_tracks(200)
    parts = fake_parts(tracks)
    read = read_parts(*written(tmp_path, tracks.sample(frac=1, random_state=1), parts), PartsConfig())
    assert read["part"].tolist() == parts["part"].tolist()
    assert (read["fPt"] == tracks["fPt"]).all()


def test_a_test_track_that_was_put_into_the_train_part_is_refused(tmp_path):
    tracks = fake_tracks(200)
    parts = fake_parts(tracks)
    moved = parts.index[parts["part"] == "test"][0]
    parts.loc[moved, "part"] = "train"
    key = parts.loc[moved]
    with pytest.raises(UserError, match=f"frame {key['frame']} track {key['track']} is in train, but belongs to test"):
        read_parts(*written(tmp_path, tracks, parts), PartsConfig())


def test_a_split_of_other_tracks_is_refused(tmp_path):
    tracks = fake_tracks(200)
    with pytest.raises(UserError, match=r"tracks/mc\.parquet but not in .*splits/mc\.parquet"):
        read_parts(*written(tmp_path, tracks, fake_parts(tracks).iloc[:-1]), PartsConfig())


def test_tracks_of_another_sample_are_refused_though_their_parts_fit_them(tmp_path):
    tracks = fake_tracks(50, sample="data")
    with pytest.raises(UserError, match=r"tracks/mc\.parquet: holds tracks of the sample data, not of mc; .*delete it"):
        read_parts(*written(tmp_path, tracks, fake_parts(tracks)), PartsConfig())


def test_the_library_scores_the_first_tracks_of_the_test_part():
    table = with_parts(fake_tracks(300))
    found = library_scores(table, lambda inputs: inputs[:, :2], 7)
    judged = table[table["part"] == "test"].head(7)
    assert list(found.columns) == [*FRAME_TRACK_KEY, "output_0", "output_1"]
    assert found["output_0"].tolist() == judged["fTPCSignal"].tolist()


def test_of_two_signs_the_one_of_the_track_counts(monkeypatch):
    monkeypatch.setattr(scores, "BATCH", 7)
    tracks = fake_tracks(50)
    values = np.arange(6, dtype=np.float32) / 10
    found = species_scores(tracks, lambda inputs: np.tile(values, (len(inputs), 1)), OUTPUTS)
    positive = (tracks["fSign"] > 0).to_numpy()
    assert found["kaon"].to_numpy() == pytest.approx(np.where(positive, 0.2, 0.3))
    assert found["proton"].to_numpy() == pytest.approx(np.where(positive, 0.4, 0.5))


def test_classes_count_whatever_the_sign_and_what_was_never_learnt_scores_nothing():
    tracks = fake_tracks(20)
    found = species_scores(tracks, lambda inputs: np.tile(np.float32([0.7, 0.3]), (len(inputs), 1)), ("proton", "pion"))
    assert (found["proton"] == np.float32(0.7)).all() and (found["pion"] == np.float32(0.3)).all()
    assert (found["kaon"] == 0).all()


def test_no_track_has_no_score():
    found = species_scores(fake_tracks(20).iloc[:0], lambda inputs: inputs, OUTPUTS)
    assert list(found.columns) == [*FRAME_TRACK_KEY, "pion", "kaon", "proton"] and found.empty
