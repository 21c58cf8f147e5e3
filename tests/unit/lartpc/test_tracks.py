"""The track table: read back as it was written, its ragged columns as flat arrays."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY, write_table
from rootline.lartpc.tracks import TRACK_SCHEMA, plane_boxes, plane_pixels, plane_profiles, read_tracks

PIXEL_LISTS = st.lists(st.tuples(st.integers(0, 239), st.integers(0, 3071), st.integers(1, 4095)), max_size=6)


def table_of(pixel_lists, *, sample="s", first_event=0):
    rows = []
    for event, pixels in enumerate(pixel_lists, start=first_event):
        row = dict.fromkeys(TRACK_SCHEMA.names)
        row |= {"sample": sample, "run": 1, "subrun": 0, "event": event, "track": 0, "particle": "kaon"}
        for plane in ("collection", "induction"):
            row |= {f"{plane}_wire_min": 5, f"{plane}_wire_max": 8, f"{plane}_tick_min": 0, f"{plane}_tick_max": 9}
            row[f"{plane}_profile"] = [1, 2, event]
            row[f"{plane}_pixels"] = {
                name: [pixel[i] for pixel in pixels] for i, name in enumerate(("wire", "tick", "adc"))
            }
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=TRACK_SCHEMA)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(PIXEL_LISTS, max_size=6), st.integers(0, 3))
def test_flat_pixels_are_the_lists_one_after_the_other(pixel_lists, start):
    table = pa.concat_tables([table_of(pixel_lists[:2]), table_of(pixel_lists[2:], first_event=2)]).slice(start)
    pixels = plane_pixels(table, "induction")
    expected = [(row, *pixel) for row, lists in enumerate(pixel_lists[start:]) for pixel in lists]
    assert list(zip(*(values.tolist() for values in pixels[:4]), strict=True)) == expected
    assert np.diff(pixels.offsets).tolist() == [len(lists) for lists in pixel_lists[start:]]


def test_lists_of_one_track_that_differ_in_length_name_the_track():
    table = table_of([[(5, 1, 20)]] * 3)
    bad = table["collection_pixels"].to_pylist()
    bad[1]["adc"] = [20, 30]
    place = table.column_names.index("collection_pixels")
    table = table.set_column(place, "collection_pixels", pa.array(bad, TRACK_SCHEMA.field("collection_pixels").type))
    message = (
        r"track sample=s run=1 subrun=0 event=1 track=0: collection_pixels.wire and collection_pixels.adc .* 1 and 2"
    )
    with pytest.raises(UserError, match=message):
        plane_pixels(table, "collection")


def test_profiles_and_boxes_are_given_row_by_row():
    table = table_of([[], [(5, 1, 20)]])
    values, offsets = plane_profiles(table, "induction")
    assert values.tolist() == [1, 2, 0, 1, 2, 1]
    assert offsets.tolist() == [0, 3, 6]
    assert plane_boxes(table, "collection").tolist() == [[5, 8, 0, 9]] * 2


def test_samples_are_read_as_one_table_in_the_order_of_the_key(tmp_path):
    names = ["protons", "kaons"]
    for name in names:
        write_table(tmp_path / f"{name}.parquet", table_of([[(5, 1, 20)]] * 2, sample=name), key=TRACK_KEY)
    read = read_tracks([tmp_path / f"{name}.parquet" for name in names])
    assert read["sample"].to_pylist() == ["kaons", "kaons", "protons", "protons"]
    assert read.schema.equals(TRACK_SCHEMA)
    some = read_tracks([tmp_path / "kaons.parquet"], columns=["particle", "p"])
    assert some.column_names == [*TRACK_KEY, "particle", "p"]


def test_tables_that_other_tools_wrote_are_read(tmp_path):
    table = table_of([[(5, 1, 20)]] * 2)
    large = [field.with_type(pa.large_string()) if pa.types.is_string(field.type) else field for field in TRACK_SCHEMA]
    pq.write_table(table.cast(pa.schema(large)).take([1, 0]), tmp_path / "t.parquet")
    assert read_tracks([tmp_path / "t.parquet"]).equals(table)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop_columns("p"), r"t\.parquet: no column p; it has sample, run"),
        (lambda table: table.set_column(4, "track", pa.array([0.0, 0.0])), r"column track is double, must be int32"),
        (lambda table: pa.concat_tables([table, table]), r"2 duplicate keys, the first is sample=s run=1"),
    ],
)
def test_a_table_that_is_no_track_table_names_the_file_and_column(tmp_path, change, message):
    pq.write_table(change(table_of([[]] * 2)), tmp_path / "t.parquet")
    with pytest.raises(UserError, match=message):
        read_tracks([tmp_path / "t.parquet"])


def test_the_same_sample_given_twice_is_an_error(tmp_path):
    write_table(tmp_path / "t.parquet", table_of([[]]), key=TRACK_KEY)
    with pytest.raises(UserError, match="duplicate keys"):
        read_tracks([tmp_path / "t.parquet"] * 2)
    with pytest.raises(UserError, match="no track table was named"):
        read_tracks([])
