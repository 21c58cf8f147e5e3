"""Track tables on disk to one file of images."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import save_file

from rootline.core.errors import UserError
from rootline.core.tables import TRACK_KEY, write_table
from rootline.lartpc.image_files import read_images, write_images
from rootline.lartpc.images import CHUNK_TRACKS, ImageConfig, render_images
from rootline.lartpc.tracks import TRACK_SCHEMA, read_tracks

OPTIONS = ImageConfig(size=16)


def write_tracks(path, sample, n, seed=0):
    """A track table of n small random tracks, one per event, with every column of the contract."""
    rng = np.random.default_rng(seed)
    rows = []
    for event in rng.permutation(n):
        row = dict.fromkeys(TRACK_SCHEMA.names) | {"sample": sample, "run": 1, "subrun": 2, "event": event, "track": 0}
        row["particle"] = sample.removesuffix("s")
        for plane in ("collection", "induction"):
            wires = np.arange(20, 20 + rng.integers(3, 9))
            ticks = 1000 + rng.integers(0, 40, len(wires))
            box = (wires[0], wires[-1] + 1, ticks.min(), ticks.max() + 1)
            sides = ("wire_min", "wire_max", "tick_min", "tick_max")
            row |= {f"{plane}_{side}": int(value) for side, value in zip(sides, box, strict=True)}
            row[f"{plane}_pixels"] = {"wire": wires, "tick": ticks, "adc": rng.integers(16, 900, len(wires))}
            row[f"{plane}_profile"] = row[f"{plane}_pixels"]["adc"]
        rows.append(row)
    write_table(path, pa.Table.from_pylist(rows, schema=TRACK_SCHEMA), key=TRACK_KEY)
    return path


@pytest.fixture
def tables(tmp_path):
    n_many = CHUNK_TRACKS + 30
    return [write_tracks(tmp_path / "p.parquet", "protons", n_many), write_tracks(tmp_path / "k.parquet", "kaons", 12)]


def test_images_lie_in_the_order_of_the_key_whatever_the_order_of_the_files(tmp_path, tables):
    keys = write_images(tmp_path / "images.safetensors", tables, OPTIONS)
    expected = render_images(read_tracks(tables), OPTIONS)
    np.testing.assert_array_equal(read_images(tmp_path / "images.safetensors"), expected)
    assert keys.column_names == [*TRACK_KEY, "particle", "row"]
    assert keys["sample"].to_pylist() == ["kaons"] * 12 + ["protons"] * (len(keys) - 12)
    assert keys["row"].to_pylist() == list(range(len(keys)))
    write_images(tmp_path / "other.safetensors", tables[::-1], OPTIONS)
    assert (tmp_path / "other.safetensors").read_bytes() == (tmp_path / "images.safetensors").read_bytes()


def test_rows_of_a_shuffled_table_find_their_place(tmp_path, tables):
    table = pq.read_table(tables[0])
    order = np.random.default_rng(1).permutation(len(table))
    pq.write_table(table.take(order), tmp_path / "shuffled.parquet")
    write_images(tmp_path / "a.safetensors", tables[:1], OPTIONS)
    write_images(tmp_path / "b.safetensors", [tmp_path / "shuffled.parquet"], OPTIONS)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_the_file_is_what_safetensors_itself_writes(tmp_path, tables):
    write_images(tmp_path / "images.safetensors", tables, OPTIONS)
    save_file({"images": read_images(tmp_path / "images.safetensors")}, tmp_path / "reference.safetensors")
    assert (tmp_path / "images.safetensors").read_bytes() == (tmp_path / "reference.safetensors").read_bytes()


def test_tables_without_tracks_give_a_file_without_images(tmp_path, tables):
    empty = tmp_path / "empty.parquet"
    pq.write_table(pq.read_table(tables[0]).slice(0, 0), empty)
    keys = write_images(tmp_path / "images.safetensors", [empty], OPTIONS)
    assert len(keys) == 0
    assert read_images(tmp_path / "images.safetensors").shape == (0, 2, 16, 16)


def test_a_failure_leaves_no_file(tmp_path, tables):
    pixels = {"wire": [1, 2], "tick": [5], "adc": [20, 20]}
    broken = pq.read_table(tables[1]).to_pylist()
    broken[3]["collection_pixels"] = pixels
    write_table(tables[1], pa.Table.from_pylist(broken, schema=TRACK_SCHEMA), key=TRACK_KEY)
    before = set(tmp_path.iterdir())
    with pytest.raises(UserError, match=r"sample=kaons .*differ in length"):
        write_images(tmp_path / "images.safetensors", tables, OPTIONS)
    assert set(tmp_path.iterdir()) == before


def test_a_table_that_lacks_the_pixels_is_named(tmp_path, tables):
    pq.write_table(pq.read_table(tables[1]).drop_columns("induction_pixels"), tables[1])
    with pytest.raises(UserError, match=r"k\.parquet: no column induction_pixels; rebuild the tracks"):
        write_images(tmp_path / "images.safetensors", tables, OPTIONS)
    assert not (tmp_path / "images.safetensors").exists()


def test_a_file_without_images_says_what_it_holds(tmp_path):
    save_file({"weights": np.zeros((3, 2), dtype=np.float32)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match=r"needs a tensor images, float32 .*; it holds weights float32\[3, 2\]"):
        read_images(tmp_path / "other.safetensors")
