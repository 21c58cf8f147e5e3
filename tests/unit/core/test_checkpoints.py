"""States of unfinished trainings on disk."""

import time

import numpy as np

from rootline.core.checkpoints import Checkpoints, clear_checkpoints

ARRAYS = {"weights": np.arange(6, dtype=np.float32).reshape(2, 3), "step": np.array(7.0, dtype=np.float32)}
NOTE = {"loss": 0.1 + 0.2, "epoch": 3}


def test_a_state_comes_back_exactly(tmp_path):
    Checkpoints(tmp_path / "run", digest="a").save(ARRAYS, NOTE)
    arrays, note = Checkpoints(tmp_path / "run", digest="a").find()
    assert note == NOTE
    assert list(note) == list(NOTE)
    for name, array in ARRAYS.items():
        assert arrays[name].tobytes() == array.tobytes()


def test_the_newer_state_replaces_the_older(tmp_path):
    checkpoints = Checkpoints(tmp_path, digest="a")
    checkpoints.save(ARRAYS, NOTE)
    checkpoints.save(ARRAYS, {"epoch": 4})
    assert checkpoints.find()[1] == {"epoch": 4}
    assert len(list(tmp_path.iterdir())) == 1


def test_nothing_is_found_where_nothing_was_saved(tmp_path):
    assert Checkpoints(tmp_path / "run", digest="a").find() is None


def test_another_digest_finds_nothing_and_says_so(tmp_path, capsys):
    Checkpoints(tmp_path, digest="a").save(ARRAYS, NOTE)
    assert Checkpoints(tmp_path, digest="b").find() is None
    assert "other settings, data or code; starting anew" in capsys.readouterr().err


def test_a_damaged_file_is_left_aside_and_says_so(tmp_path, capsys):
    Checkpoints(tmp_path, digest="a").save(ARRAYS, NOTE)
    file = tmp_path / "checkpoint.safetensors"
    whole = file.read_bytes()
    for damaged in (b"", whole[:-3], whole[:40], b"no checkpoint at all"):
        file.write_bytes(damaged)
        assert Checkpoints(tmp_path, digest="a").find() is None
        assert "is no whole checkpoint; starting anew" in capsys.readouterr().err


def test_one_wrong_byte_of_arrays_or_note_is_noticed(tmp_path, capsys):
    Checkpoints(tmp_path, digest="a").save(ARRAYS, NOTE)
    file = tmp_path / "checkpoint.safetensors"
    whole = file.read_bytes()
    for wrong in (whole[:-1] + bytes([whole[-1] ^ 1]), whole.replace(b"epoch", b"epocH")):
        assert wrong != whole
        file.write_bytes(wrong)
        assert Checkpoints(tmp_path, digest="a").find() is None
        assert "is no whole checkpoint; starting anew" in capsys.readouterr().err
    file.write_bytes(whole)
    assert Checkpoints(tmp_path, digest="a").find() is not None


def test_a_state_of_no_arrays_and_of_numbers_that_are_none_comes_back(tmp_path):
    Checkpoints(tmp_path, digest="a").save({}, {"loss": float("inf"), "other": float("nan")})
    assert Checkpoints(tmp_path, digest="a").find()[1]["loss"] == float("inf")


def test_saving_takes_a_small_share_of_the_time(tmp_path):
    checkpoints = Checkpoints(tmp_path, digest="a")
    assert checkpoints.due
    started = time.monotonic()
    checkpoints.save({"weights": np.zeros(2_000_000)}, NOTE)
    cost = time.monotonic() - started
    assert not checkpoints.due
    while not checkpoints.due:
        time.sleep(0.001)
    assert time.monotonic() - started >= 5 * cost


def test_a_state_is_due_at_once_and_then_after_the_interval(tmp_path):
    checkpoints = Checkpoints(tmp_path, digest="a", every_minutes=0.01)
    assert checkpoints.due
    checkpoints.save({}, NOTE)
    saved = time.monotonic()
    while not checkpoints.due:
        time.sleep(0.001)
    assert time.monotonic() - saved >= 0.59


def test_a_history_is_a_table_with_exact_numbers(tmp_path):
    rows = [{"epoch": 1, "val_loss": 0.1 + 0.2, "kept": True}, {"epoch": 2, "val_loss": float("nan"), "kept": False}]
    file = Checkpoints(tmp_path / "run", digest="a").save_history(rows)
    assert file.read_text() == "epoch\tval_loss\tkept\n1\t0.30000000000000004\tTrue\n2\tnan\tFalse\n"


def test_clearing_removes_the_state_and_its_folder_but_nothing_else(tmp_path):
    Checkpoints(tmp_path / "run", digest="a").save(ARRAYS, NOTE)
    (tmp_path / "run" / ".checkpoint-x1.safetensors").write_bytes(b"half")  # from a job killed while writing
    Checkpoints(tmp_path / "run", digest="a").save_history([{"epoch": 1}])
    clear_checkpoints(tmp_path / "run")
    assert not (tmp_path / "run").exists()
    Checkpoints(tmp_path / "other", digest="a").save(ARRAYS, NOTE)
    (tmp_path / "other" / "mine.txt").write_text("kept")
    clear_checkpoints(tmp_path / "other")
    assert [file.name for file in (tmp_path / "other").iterdir()] == ["mine.txt"]
    clear_checkpoints(tmp_path / "never made")
