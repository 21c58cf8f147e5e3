import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootline.core.errors import UserError
from rootline.core.tables import (
    EVENT_KEY,
    TRACK_KEY,
    describe_key,
    join_strict,
    read_frame,
    read_frames,
    read_numbers,
    read_table,
    sort_by_key,
    write_table,
)


def frame(rows, columns=EVENT_KEY):
    return pd.DataFrame(rows, columns=list(columns))


ROWS = [("kaons", 1, 1, 2), ("kaons", 1, 1, 10), ("protons", 1, 1, 1), ("kaons", 2, 0, 1)]


def test_rows_come_back_in_the_order_of_the_key_whoever_wrote_the_file(tmp_path):
    pq.write_table(pa.Table.from_pandas(frame(ROWS).assign(value=range(4))), tmp_path / "foreign.parquet")
    table = read_frame(tmp_path / "foreign.parquet", key=EVENT_KEY)
    assert table["value"].tolist() == [0, 1, 3, 2]


def test_the_same_rows_in_another_order_give_the_same_bytes(tmp_path):
    table = frame(ROWS).assign(value=[1.5, np.nan, 2, 3], tag=["a", None, "b", "c"])
    write_table(tmp_path / "a.parquet", table, key=EVENT_KEY)
    write_table(tmp_path / "b.parquet", table.sample(frac=1, random_state=3), key=EVENT_KEY)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_ragged_columns_and_nulls_survive(tmp_path):
    table = pa.table(
        {
            "run": pa.array([2, 1], pa.int64()),
            "adc": pa.array([[1, 2, 3], []], pa.list_(pa.int16())),
            "pixels": pa.array([{"wire": [4]}, {"wire": [5, 6]}], pa.struct([("wire", pa.list_(pa.int16()))])),
            "p": pa.array([None, 1], pa.int64()),
        }
    )
    write_table(tmp_path / "a.parquet", table, key=("run",))
    back = read_table(tmp_path / "a.parquet", key=("run",))
    assert back.schema.field("adc").type == pa.list_(pa.int16())
    assert back.to_pylist() == table.to_pylist()[::-1]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sets(st.tuples(st.sampled_from(["a", "b"]), *[st.integers(-3, 3)] * 4), max_size=12), st.randoms())
def test_sorting_by_key_is_pythons_sorting_of_tuples(keys, random):
    rows = list(keys)
    random.shuffle(rows)
    table = pa.table(
        {
            name: pa.array([row[i] for row in rows], pa.string() if i == 0 else pa.int64())
            for i, name in enumerate(TRACK_KEY)
        }
    )
    result = sort_by_key(table, key=TRACK_KEY, name="t")
    assert [tuple(row.values()) for row in result.to_pylist()] == sorted(keys)


def test_a_table_without_rows_is_a_table(tmp_path):
    write_table(tmp_path / "a.parquet", frame(ROWS).iloc[:0], key=EVENT_KEY)
    assert read_table(tmp_path / "a.parquet", key=EVENT_KEY).num_rows == 0


def test_duplicate_keys_are_counted_and_the_first_is_named(tmp_path):
    with pytest.raises(UserError, match="2 duplicate keys, the first is sample=kaons run=1 subrun=1 event=2$") as error:
        write_table(tmp_path / "a.parquet", frame([*ROWS, ROWS[0], ROWS[3]]), key=EVENT_KEY)
    assert str(tmp_path / "a.parquet") in str(error.value)
    assert not (tmp_path / "a.parquet").exists()


def test_keys_of_several_chunks_are_compared_across_them():
    chunked = pa.concat_tables([pa.table({"run": [1, 2]}), pa.table({"run": [2, 3]})])
    with pytest.raises(UserError, match="t: 1 duplicate keys, the first is run=2"):
        sort_by_key(chunked, key=("run",), name="t")


def test_categorical_keys_are_keys_as_well():
    table = pa.table({"sample": pa.array(["b", "a", "b"]).dictionary_encode(), "run": [1, 1, 1]})
    with pytest.raises(UserError, match="t: 1 duplicate keys, the first is sample=b run=1"):
        sort_by_key(table, key=("sample", "run"), name="t")


def test_a_row_without_key_is_an_error():
    with pytest.raises(UserError, match="t: 1 rows have no run"):
        sort_by_key(pa.table({"run": [1, None]}), key=("run",), name="t")


def test_a_missing_key_column_is_named_with_those_that_are_there(tmp_path):
    with pytest.raises(UserError, match="no key column subrun, event; it has sample, run"):
        write_table(tmp_path / "a.parquet", pa.table({"sample": ["a"], "run": [1]}), key=EVENT_KEY)


def test_only_the_rows_with_the_wanted_values_are_read_wherever_the_file_lies(tmp_path):
    path = tmp_path / "event=7" / "a.parquet"
    path.parent.mkdir()
    write_table(path, frame(ROWS).assign(value=range(4), other=0), key=EVENT_KEY)
    table = read_frame(path, key=EVENT_KEY, columns=["value"], where={"sample": "kaons", "run": 1})
    assert table["value"].tolist() == [0, 1] and list(table) == [*EVENT_KEY, "value"]
    assert read_frame(path, key=EVENT_KEY, where={"event": 7}).empty


def test_only_wanted_columns_are_read_and_their_lack_is_an_error(tmp_path):
    write_table(tmp_path / "a.parquet", frame(ROWS).assign(x=1, y=2), key=EVENT_KEY)
    assert read_table(tmp_path / "a.parquet", key=EVENT_KEY, columns=["y"]).column_names == [*EVENT_KEY, "y"]
    with pytest.raises(UserError, match="no column z; it has"):
        read_table(tmp_path / "a.parquet", key=EVENT_KEY, columns=["z"])


@pytest.mark.parametrize("content", [b"", b"PAR1 but not really", b"PK\x03\x04" + b"\0" * 100])
def test_a_broken_file_says_what_to_do(tmp_path, content):
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.parquet: cannot be read as Parquet .*; delete it and run again"):
        read_table(tmp_path / "a.parquet", key=EVENT_KEY)


def test_a_table_with_a_damaged_text_or_note_of_pandas_is_no_traceback(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pandas(frame(ROWS)), path, compression="none", use_dictionary=False)
    whole = path.read_bytes()
    path.write_bytes(
        whole.replace(b'{"index_columns', b'"{index_columns').replace(b"pandas_version", b"pandas\x01version")
    )
    assert read_frame(path, key=EVENT_KEY).shape == (len(ROWS), len(frame(ROWS).columns))
    path.write_bytes(whole.replace(ROWS[0][0].encode(), b"\xff" * len(ROWS[0][0])))
    for read in (read_numbers, lambda path: read_frame(path, key=EVENT_KEY)):
        with pytest.raises(UserError, match=r"a\.parquet: cannot be read as Parquet .*; delete it and run again"):
            read(path)


@pytest.mark.parametrize("read", [lambda path: read_table(path, key=["run"]), read_numbers])
def test_a_bit_that_turns_over_on_the_disk_is_an_error_and_no_number(tmp_path, read):
    path = tmp_path / "numbers.parquet"
    write_table(
        path, pd.DataFrame({"run": np.arange(2000), "x": np.random.default_rng(0).normal(size=2000)}), key=["run"]
    )
    data = bytearray(path.read_bytes())
    data[data.index(b"\x28\xb5\x2f\xfd") + 2000] ^= 1  # within what zstd holds
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"numbers.parquet: cannot be read as Parquet .*delete it and run again"):
        read(path)


def test_a_join_goes_by_key_not_by_position():
    left = frame(ROWS).assign(x=range(4))
    right = frame(ROWS).assign(y=range(4)).iloc[::-1]
    joined = join_strict(left, right, key=EVENT_KEY, names=("latents", "features"))
    assert joined["x"].tolist() == joined["y"].tolist() == [0, 1, 3, 2]
    assert joined.dtypes["event"] == np.int64
    assert list(joined.columns) == [*EVENT_KEY, "x", "y"]


@pytest.mark.parametrize(
    ("left", "right", "there", "lacking"), [(4, 3, "latents", "features"), (3, 4, "features", "latents")]
)
def test_a_key_without_partner_is_named_with_its_side(left, right, there, lacking):
    with pytest.raises(UserError) as error:
        join_strict(frame(ROWS[:left]), frame(ROWS[:right]), key=EVENT_KEY, names=("latents", "features"))
    assert str(error.value).startswith(
        f"1 keys lack a partner; the first, sample=kaons run=2 subrun=0 event=1, is in {there} but not in {lacking}"
    )


def test_a_doubled_key_is_named_with_its_table():
    with pytest.raises(UserError, match="features: 1 duplicate keys, the first is sample=protons run=1"):
        join_strict(frame(ROWS), frame([*ROWS, ROWS[2]]), key=EVENT_KEY, names=("latents", "features"))


def test_a_column_in_both_tables_is_not_renamed_in_silence():
    table = frame(ROWS).assign(particle="kaon")
    with pytest.raises(ValueError, match="latents and features both have particle; drop it from one of them"):
        join_strict(table, table, key=EVENT_KEY, names=("latents", "features"))


def test_a_key_reads_as_people_write_it():
    assert describe_key({"sample": "protons", "run": np.int64(3)}) == "sample=protons run=3"


def test_tables_of_different_rows_are_read_as_one_in_the_order_of_the_key(tmp_path):
    key = ("sample", "event")
    first, second, third = (tmp_path / f"{name}.parquet" for name in ("first", "second", "third"))
    write_table(first, pd.DataFrame({"sample": ["b", "a"], "event": [1, 2], "x": [0.5, 1.5]}), key=key)
    write_table(second, pd.DataFrame({"sample": ["a"], "event": [1], "x": [2.5]}), key=key)
    assert read_frames([first, second], key=key)["x"].tolist() == [2.5, 1.5, 0.5]
    with pytest.raises(UserError, match=r"duplicate keys, the first is sample=a event=1"):
        read_frames([first, second, second], key=key)
    write_table(third, pd.DataFrame({"sample": ["c"], "event": [1], "y": [2.5]}), key=key)
    with pytest.raises(UserError, match=r"third.parquet: have different columns"):
        read_frames([first, third], key=key)
