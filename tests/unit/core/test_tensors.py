import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rootline.core.errors import UserError
from rootline.core.tensors import read_metadata, read_tensors, write_tensors

SOURCE = Path(__file__).resolve().parents[3] / "src"


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.dictionaries(
        st.sampled_from(["images", "w.0", "b"]),
        st.sampled_from([np.float32, np.float64, np.int16, np.int64, np.uint8, np.bool_]).flatmap(
            lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0, max_side=4))
        ),
        min_size=1,
    )
)
def test_arrays_come_back_as_they_were(tmp_path_factory, written):
    path = tmp_path_factory.mktemp("t") / "a.safetensors"
    write_tensors(path, written)
    back = read_tensors(path)
    assert list(back) == sorted(written)
    for name, array in written.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array, strict=True)


def test_a_transposed_view_is_written_in_its_own_order(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    write_tensors(tmp_path / "a.safetensors", {"a": array})
    np.testing.assert_array_equal(read_tensors(tmp_path / "a.safetensors")["a"], array)


def test_metadata_travels_in_the_header(tmp_path):
    write_tensors(tmp_path / "a.safetensors", {"a": np.arange(5, dtype=np.int16)}, {"unit": "ADC", "note": "\u03b2=1"})
    assert read_metadata(tmp_path / "a.safetensors") == {"unit": "ADC", "note": "\u03b2=1"}
    assert read_tensors(tmp_path / "a.safetensors")["a"].tolist() == [0, 1, 2, 3, 4]
    write_tensors(tmp_path / "b.safetensors", {"a": np.zeros(1)})
    assert read_metadata(tmp_path / "b.safetensors") == {}


def test_two_processes_write_the_same_bytes(tmp_path):
    code = (
        "import sys, numpy as np; from pathlib import Path; from rootline.core.tensors import write_tensors;"
        "write_tensors(Path(sys.argv[1]), {n: np.ones(3) for n in 'zyxabc'}, {k: k for k in 'qwertyuiop'})"
    )
    contents = set()
    for i in range(3):
        command = [sys.executable, "-c", code, str(tmp_path / f"{i}.safetensors")]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(SOURCE)})
        contents.add((tmp_path / f"{i}.safetensors").read_bytes())
    assert len(contents) == 1


def test_the_header_is_what_the_format_asks_for(tmp_path):
    write_tensors(tmp_path / "a.safetensors", {"a": np.ones(2, np.float32)}, {"b": "1", "a": "2"})
    content = (tmp_path / "a.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    assert length % 8 == 0
    header = json.loads(content[8 : 8 + length])
    assert list(header["__metadata__"]) == ["a", "b"]
    assert header["a"] == {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize("damage", [lambda c: b"", lambda c: c[:-1], lambda c: c[:5], lambda c: b"\xff" * 8 + c[8:]])
@pytest.mark.parametrize("read", [read_tensors, read_metadata])
def test_a_broken_file_says_what_to_do(tmp_path, damage, read):
    path = tmp_path / "a.safetensors"
    write_tensors(path, {"a": np.ones(4)})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match=r"a\.safetensors: cannot be read as safetensors .*; delete it and run again"):
        read(path)


def forged(shape, offsets, *, header_bytes=None):
    """Give the bytes of a file of 8 numbers whose header claims something else."""
    header = json.dumps({"a": {"dtype": "F32", "shape": shape, "data_offsets": offsets}}).encode()
    header += b" " * (-len(header) % 8)
    return (len(header) if header_bytes is None else header_bytes).to_bytes(8, "little") + header + b"\0" * 32


@pytest.mark.parametrize(
    "content",
    [
        forged([1 << 50], [0, 1 << 52]),  # petabytes, were they allocated
        forged([1 << 33, 1 << 33], [0, 32]),  # a product beyond 64 bits
        forged([8], [0, 64]),
        forged([8], [32, 64]),
        forged([4], [0, 32]),
        forged([8], [0, 32], header_bytes=1 << 62),
    ],
)
def test_a_header_that_promises_what_the_file_does_not_hold_allocates_nothing(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError, match="cannot be read as safetensors"):
        read_tensors(path)
    path.write_bytes(forged([8], [0, 32]))  # the same way, but true
    assert read_tensors(path)["a"].tolist() == [0.0] * 8


def test_a_file_that_is_not_there_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match=r"a\.safetensors: cannot be read"):
        read_tensors(tmp_path / "a.safetensors")
