"""Texts of the user and of earlier runs, damaged: a result or an error that names the file, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.faults.mutations import STRANGE, damaged
from tests.faults.readers import TEXTS, read_or_explain


@pytest.fixture(autouse=True)
def _in_the_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)  # relative paths in the texts mean nothing else


@pytest.mark.parametrize("name", TEXTS)
def test_the_whole_file_is_read(name, folder):
    path = folder / TEXTS[name].file
    path.write_bytes(TEXTS[name].valid)
    assert TEXTS[name].read(path) is not None


ANYTHING = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from([*STRANGE, b",", b"\t", b"\n", b":", b"- ", b"[", b"{", b"}", b"]"]), max_size=30).map(
        b"".join
    ),
)


@pytest.mark.parametrize("name", TEXTS)
@given(data=st.data())
def test_a_damaged_text_or_anything_else_is_read_or_refused_by_name(name, folder, data):
    contents = st.one_of(damaged(TEXTS[name].valid), damaged(TEXTS[name].valid), ANYTHING)
    read_or_explain(TEXTS[name], data.draw(contents, label="content"), folder)
