from pathlib import Path

import pytest

from rootline.core.files import sha256
from rootline.ssh.returned import LogTail, ReturnedFile, damaged, mirror_checkpoints, misplaced, put_in_place


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_file_with_other_bytes_or_none_is_named(tmp_path):
    good = write(tmp_path / "out" / "good.txt", "as it was")
    listed = [ReturnedFile(name, "output", sha256(good)) for name in ("out/good.txt", "out/bad.txt", "out/gone.txt")]
    write(tmp_path / "out" / "bad.txt", "as it wasn't")
    assert damaged(listed, tmp_path) == ["out/bad.txt", "out/gone.txt"]


@pytest.mark.parametrize(("name", "home"), [("results/a b", "results/a b"), ("outside/data/out/a", "/data/out/a")])
def test_a_returned_file_knows_its_place_here(name, home):
    assert str(ReturnedFile(name, "output", "0").home) == home


@pytest.mark.parametrize(
    ("results", "at_home"), [("results of it", "results of it"), ("/data/results of it", "outside/data/results of it")]
)
def test_a_host_returns_what_its_job_makes_and_nothing_else(results, at_home):
    def strange(kind, *names):
        listed = [ReturnedFile(name, kind, "0") for name in names]
        return misplaced(listed, logs=["logs/a.log"], checkpoints=["checkpoints/run"], results=Path(results))

    assert strange("output", f"{at_home}/lartpc/models/a.safetensors") == []
    assert strange("log", "logs/a.log") == [] and strange("checkpoint", "checkpoints/run/state") == []
    outside = [
        *("../a", "/etc/passwd", "outside/etc/passwd", "outside", "src/rootline/core/files.py", "Snakefile", "", "."),
        *(f"{at_home}/../Snakefile", f"{at_home} 2/a", f"{at_home}//a", f"./{at_home}/a", f"{at_home}/a\nb", at_home),
    ]
    assert strange("output", *outside) == outside
    assert strange("log", "logs/b.log", "../a.log") == ["logs/b.log", "../a.log"]
    assert strange("checkpoint", "checkpoints/run", "checkpoints/run/../../a") == [
        "checkpoints/run",
        "checkpoints/run/../../a",
    ]
    assert strange("link", f"{at_home}/a") == [f"{at_home}/a"]


def test_a_file_is_put_in_place_with_the_time_of_this_clock(tmp_path):
    import os

    source, target = write(tmp_path / "fetched", "new"), write(tmp_path / "results" / "model", "old")
    os.utime(source, (0, 0))
    put_in_place(source, target)
    assert target.read_text() == "new" and target.stat().st_mtime > 1e9
    assert not source.exists() and [path.name for path in target.parent.iterdir()] == ["model"]


def test_checkpoints_are_replaced_while_a_job_runs_and_removed_only_at_its_end(tmp_path):
    home, staged = tmp_path / "home" / "run", tmp_path / "staged"
    write(home / "old.safetensors", "old")
    write(staged / "checkpoints/run/checkpoint.safetensors", "1")
    write(staged / "checkpoints/run/.checkpoint-half", "half")
    mirror_checkpoints(staged, {"checkpoints/run": home}, remove=False)
    assert {path.name for path in home.iterdir()} == {"old.safetensors", "checkpoint.safetensors"}
    mirror_checkpoints(tmp_path / "nothing", {"checkpoints/run": home}, remove=True)
    assert not home.exists() and home.parent.exists()


def test_a_log_is_appended_to_and_never_twice(tmp_path):
    home, fetched = write(tmp_path / "logs" / "train.log", "first attempt\n"), tmp_path / "fetched.log"
    log = LogTail(home)
    log.append_new(fetched)
    fetched.write_text("one\n")
    log.append_new(fetched)
    log.append_new(fetched)
    fetched.write_text("one\ntwo\n")
    log.append_new(fetched)
    assert home.read_text() == "first attempt\none\ntwo\n"
