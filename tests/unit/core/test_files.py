import errno
import hashlib
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rootline.core.errors import UserError
from rootline.core.files import ContentIds, read_json, replacing, sha256, write_json, write_text

WITH_SOURCE = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3] / "src")}


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "new folder" / "table.parquet"
    with replacing(path) as unfinished:
        unfinished.write_text("half")
        assert not path.exists()
        assert unfinished.suffix == ".parquet"
        assert unfinished.parent == path.parent
    assert path.read_text() == "half"
    assert [file.name for file in path.parent.iterdir()] == ["table.parquet"]


def test_an_error_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "table.parquet"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as unfinished:
        unfinished.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_has_the_permissions_that_the_user_asks_for(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a.txt", "a")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_text_is_written_as_utf8_with_newlines(tmp_path):
    write_text(tmp_path / "a.txt", "\u03b2 = 1\nend\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xce\xb2 = 1\nend\n"


def test_json_does_not_depend_on_the_order_of_keys(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": [None, "x"]})
    write_json(tmp_path / "b.json", {"a": [None, "x"], "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert read_json(tmp_path / "a.json") == {"a": [None, "x"], "b": 1}


@pytest.mark.parametrize("content", [b"", b'{"a": 1', b"\xff", b"[" * 100_000])
def test_damaged_json_is_named_with_the_remedy(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.json: cannot be read as JSON \(.*\); delete it and run again"):
        read_json(tmp_path / "a.json")


def test_json_holds_no_nan(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_checksum_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 1000)
    assert sha256(tmp_path / "a") == hashlib.sha256(b"abc" * 1000).hexdigest()


def test_a_content_is_known_until_somebody_touches_the_file(tmp_path):
    path, cache = tmp_path / "a.root", tmp_path / "cache.json"
    path.write_bytes(b"one")
    assert ContentIds(cache).of(path) == sha256(path)
    remembered = read_json(cache)
    remembered[str(path)][3] = "as remembered"
    write_json(cache, remembered)
    assert ContentIds(cache).of(path) == "as remembered"
    os.utime(path, ns=(1, 1))  # another time, however coarse the clock of the file system is
    assert ContentIds(cache).of(path) == sha256(path)


def test_an_older_file_of_the_same_size_is_noticed_in_its_place(tmp_path):
    path, contents = tmp_path / "a.root", ContentIds(tmp_path / "cache.json")
    path.write_bytes(b"one")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    before = contents.of(path)
    path.write_bytes(b"two")
    written = path.stat().st_ctime_ns
    while path.stat().st_ctime_ns == written:  # the clock of some file systems stands still for milliseconds
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert contents.of(path) == sha256(path) != before


def test_a_spoilt_cache_only_costs_time(tmp_path):
    path, cache = tmp_path / "a.root", tmp_path / "cache.json"
    path.write_bytes(b"one")
    entries = [f'{{"{path}": {entry}}}' for entry in ("5", "[1, 2, 3]", '[1, NaN, 3, "aa"]')]
    for spoilt in ("{", "[1]", "", "[" * 100_000, *entries):
        cache.write_text(spoilt)
        assert ContentIds(cache).of(path) == sha256(path)


def test_what_a_killed_process_left_is_removed_by_the_next_one_that_writes_the_file(tmp_path, start):
    path = tmp_path / "table.parquet"
    body = (
        "import sys, time\nfrom pathlib import Path\nfrom rootline.core.files import replacing\n"
        "with replacing(Path(sys.argv[1])) as unfinished:\n"
        "    unfinished.write_text('half')\n    print(flush=True)\n    time.sleep(60)\n"
    )
    killed = start([sys.executable, "-c", body, str(path)], env=WITH_SOURCE, stdout=subprocess.PIPE)
    killed.stdout.readline()
    writing = start([sys.executable, "-c", body, str(path)], env=WITH_SOURCE, stdout=subprocess.PIPE)
    writing.stdout.readline()
    assert len(list(tmp_path.iterdir())) == 2  # the second did not take the first for dead
    killed.kill()
    killed.wait()
    other = tmp_path / ".tables-abcdefgh.parquet"
    other.touch()
    write_text(path, "whole")
    assert path.read_text() == "whole"
    left = set(tmp_path.iterdir()) - {path, other}
    assert len(left) == 1 and other.exists()
    writing.kill()
    writing.wait()
    write_text(path, "again")
    assert set(tmp_path.iterdir()) == {path, other}


def test_an_error_of_the_disk_names_the_file_that_was_to_be_written(tmp_path):
    path = tmp_path / "table.parquet"
    with pytest.raises(OSError, match=re.escape(f"No space left on device: '{path}'")), replacing(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="file of the user"), replacing(path):
        raise OSError(errno.EACCES, "Permission denied", "file of the user")
    with pytest.raises(OSError, match="^thrift$"), replacing(path):
        raise OSError("thrift")  # of a library, without a number
    assert list(tmp_path.iterdir()) == []


def test_checksums_are_given_though_they_cannot_be_remembered(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "no folder").touch()
    ids = ContentIds(tmp_path / "no folder" / "cache.json")
    assert ids.of(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()
