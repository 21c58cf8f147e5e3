import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.damaged import turn_over_a_bit
from tests.unit.lartpc.tiny import tiny_event, write_flat

from rootline.core.errors import UserError
from rootline.lartpc import clusters as module
from rootline.lartpc.cluster_tables import join_clusters, write_clusters
from rootline.lartpc.clusters import ClusterConfig, find_clusters
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.raw import open_raw

DETECTOR = DetectorConfig(wires=60, ticks=80)
CUTS = CutsConfig().reference


def write(folder, name, keys, *, seed=1, bad_last=False):
    """Write a ROOT file and its cluster tables; give the paths of the tables."""
    rng = np.random.default_rng(seed)
    events = [tiny_event(rng, wires=60, ticks=80) for _ in keys]
    if bad_last:
        events[-1] = np.zeros(7, np.int16)
    write_flat(folder / f"{name}.root", events, keys)
    paths = folder / f"{name}.parquet", folder / f"{name}.pixels.parquet"
    with open_raw(str(folder / f"{name}.root"), tree=None, detector=DETECTOR) as raw:
        write_clusters(raw, ClusterConfig(), CUTS, sample="p", clusters=paths[0], pixels=paths[1])
    return paths


@pytest.mark.parametrize("keys", [[(1, 0, n) for n in range(7)], [(2, 0, 1), (1, 0, 1), (1, 0, 0)]])
def test_streamed_tables_are_those_found_in_memory(tmp_path, keys, monkeypatch):
    monkeypatch.setattr(module, "EVENTS_PER_PART", 2)
    clusters, pixels = write(tmp_path, "a", keys)
    with open_raw(str(tmp_path / "a.root"), tree=None, detector=DETECTOR) as raw:
        found = find_clusters(raw, ClusterConfig(), CUTS, sample="p")
    assert pq.read_table(clusters).equals(found.clusters)
    assert pq.read_table(pixels).equals(found.pixels)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "a.pixels.parquet", "a.root"]


def test_the_same_file_gives_the_same_bytes(tmp_path):
    keys = [(1, 0, n) for n in range(5)]
    first = [path.read_bytes() for path in write(tmp_path, "a", keys)]
    assert [path.read_bytes() for path in write(tmp_path, "a", keys)] == first


def test_a_bad_entry_leaves_no_output_behind(tmp_path):
    with pytest.raises(UserError, match="entry 2"):
        write(tmp_path, "a", [(1, 0, 0), (1, 0, 1), (1, 0, 2)], bad_last=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.root"]


def test_an_event_that_occurs_twice_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UserError, match=r"entries 0 and 2 of ana/raw are both run=1 subrun=0 event=4"):
        write(tmp_path, "a", [(1, 0, 4), (1, 0, 1), (1, 0, 4)])
    assert [path.name for path in tmp_path.iterdir()] == ["a.root"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([(1, 0, 0), (1, 0, 1)], [(2, 0, 0), (2, 0, 5)]),
        ([(1, 0, 0), (3, 0, 1)], [(2, 0, 0), (2, 0, 5)]),
        ([(1, 0, 0)], []),
    ],
)
def test_joined_tables_hold_every_row_in_the_order_of_the_key(tmp_path, one, other):
    parts = [write(tmp_path, "a", one)[0], write(tmp_path, "b", other, seed=2)[0]]
    join_clusters(parts[::-1], tmp_path / "all.parquet")
    joined = pq.read_table(tmp_path / "all.parquet")
    rows = [row for part in parts for row in pq.read_table(part).to_pylist()]
    key = ("sample", "run", "subrun", "event", "plane", "cluster")
    assert joined.to_pylist() == sorted(rows, key=lambda row: tuple(row[name] for name in key))
    join_clusters(parts, tmp_path / "again.parquet")
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "all.parquet").read_bytes()


def test_clusters_of_an_event_in_two_files_are_refused(tmp_path):
    parts = [write(tmp_path, "a", [(1, 0, 0), (1, 0, 1)])[0], write(tmp_path, "b", [(1, 0, 1)])[0]]
    with pytest.raises(UserError, match=r"duplicate keys, the first is sample=p run=1 subrun=0 event=1"):
        join_clusters(parts, tmp_path / "all.parquet")
    assert not (tmp_path / "all.parquet").exists()


def test_tables_that_are_none_are_refused(tmp_path):
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(UserError, match=r"text.parquet: cannot be read as Parquet .*delete it and run again"):
        join_clusters([tmp_path / "text.parquet"], tmp_path / "all.parquet")
    pq.write_table(pa.table({"run": [1]}), tmp_path / "other.parquet")
    with pytest.raises(UserError, match=r"other.parquet: has the columns run, expected sample, run"):
        join_clusters([tmp_path / "other.parquet"], tmp_path / "all.parquet")


def test_damage_in_a_column_that_only_the_join_reads_is_told_by_name(tmp_path):
    part, _ = write(tmp_path, "a", [(1, 0, 0), (1, 0, 1)])
    turn_over_a_bit(part, "charge_sum")
    with pytest.raises(UserError, match=r"a.parquet: cannot be read as Parquet .*delete it and run again"):
        join_clusters([part], tmp_path / "all.parquet")
    assert not (tmp_path / "all.parquet").exists()
