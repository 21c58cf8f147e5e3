"""Tables and tensors of earlier runs, damaged: a result or an error that names the file, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.faults.mutations import damaged
from tests.faults.readers import read_or_explain
from tests.faults.table_readers import TABLES


@pytest.mark.parametrize("name", TABLES)
def test_the_whole_file_is_read(name, folder):
    path = folder / TABLES[name].file
    path.write_bytes(TABLES[name].valid)
    assert not isinstance(TABLES[name].read(path), str)  # as a checkpoint that is none


@pytest.mark.parametrize("name", TABLES)
@given(data=st.data())
def test_a_damaged_table_is_read_or_refused_by_name(name, folder, data):
    read_or_explain(TABLES[name], data.draw(damaged(TABLES[name].valid), label="content"), folder)


@pytest.mark.parametrize("name", [name for name in TABLES if name != "checkpoint"])
def test_a_table_that_ends_early_is_refused_wherever_it_ends(name, folder, how_many):
    reader = TABLES[name]
    path = folder / reader.file
    for size in range(0, len(reader.valid), how_many(max(1, len(reader.valid) // 60), 1)):
        read_or_explain(reader, reader.valid[:size], folder)
        with pytest.raises(Exception, match=reader.file):
            reader.read(path)
