"""ROOT files with flipped, overwritten, missing and additional bytes: events, or an error that names the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.faults.mutations import damaged
from tests.faults.readers import read_or_explain
from tests.faults.root_readers import ROOTS


@pytest.mark.parametrize("name", ROOTS)
def test_the_whole_file_is_read(name, folder):
    path = folder / ROOTS[name].file
    path.write_bytes(ROOTS[name].valid)
    assert ROOTS[name].read(path).report["entries"] == 5


@pytest.mark.parametrize("name", ROOTS)
@given(data=st.data())
def test_a_damaged_root_file_is_read_or_refused_by_name(name, folder, data):
    read_or_explain(ROOTS[name], data.draw(damaged(ROOTS[name].valid), label="content"), folder)
