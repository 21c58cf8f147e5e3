"""libdeflate in uproot's reader, and uproot's own zlib where it cannot be."""

import sys
import zlib

import numpy as np
import pytest
import uproot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rootline.core.inflate import use_libdeflate


@pytest.fixture
def reader(monkeypatch):
    """uproot's reader of zlib blocks, as it was before; it is put back at the end."""
    reader = uproot.compression._decompress_ZLIB
    monkeypatch.setattr(reader, "decompress", type(reader).decompress.__get__(reader))
    return reader


def write_numbers(path, numbers):
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        file["t"] = {"x": numbers}


def read_numbers(path):
    with uproot.open(path) as file:
        return file["t"]["x"].array(library="np")


NUMBERS = np.arange(5000, dtype=np.int32) // 7


def test_the_reader_of_root_files_uses_libdeflate(tmp_path, monkeypatch, reader):
    deflate = pytest.importorskip("deflate")
    sizes = []

    def watched(data, size, inflate=deflate.zlib_decompress):
        sizes.append(size)
        return inflate(data, size)

    monkeypatch.setattr(deflate, "zlib_decompress", watched)
    write_numbers(tmp_path / "t.root", NUMBERS)
    assert use_libdeflate() == ""
    np.testing.assert_array_equal(read_numbers(tmp_path / "t.root"), NUMBERS)
    assert 4 * len(NUMBERS) in sizes


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=3000), level=st.integers(1, 9))
def test_libdeflate_gives_the_bytes_of_zlib(reader, data, level):
    pytest.importorskip("deflate")
    assert use_libdeflate() == ""
    assert bytes(reader.decompress(np.frombuffer(zlib.compress(data, level), np.uint8), len(data))) == data


@pytest.mark.parametrize("spoil", [lambda block: block[:-5], lambda block: b"no" + block[2:]])
def test_a_damaged_block_fails_as_zlib_says_it(reader, spoil):
    pytest.importorskip("deflate")
    use_libdeflate()
    with pytest.raises(zlib.error, match="while decompressing data"):
        reader.decompress(spoil(zlib.compress(NUMBERS.tobytes())), NUMBERS.nbytes)


def test_without_the_package_zlib_stays_and_the_reason_is_told(tmp_path, monkeypatch, reader):
    own = reader.decompress
    monkeypatch.setitem(sys.modules, "deflate", None)
    assert use_libdeflate() == "the package deflate is not installed"
    assert reader.decompress == own
    write_numbers(tmp_path / "t.root", NUMBERS)
    np.testing.assert_array_equal(read_numbers(tmp_path / "t.root"), NUMBERS)


def test_another_uproot_stays_as_it_is_and_the_reason_is_told(monkeypatch, reader):
    pytest.importorskip("deflate")
    monkeypatch.delattr(uproot.compression, "_decompress_ZLIB")
    assert use_libdeflate() == f"uproot {uproot.__version__} has no uproot.compression._decompress_ZLIB.decompress"
    assert not hasattr(uproot.compression, "_decompress_ZLIB")
