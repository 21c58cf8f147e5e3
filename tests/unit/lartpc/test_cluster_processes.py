"""Several processes on one file: the same bytes as one, and faults told as by one."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.unit.lartpc.tiny import tiny_event, write_flat

from rootline.core.errors import UserError
from rootline.lartpc import clusters as module
from rootline.lartpc.cluster_tables import write_clusters
from rootline.lartpc.clusters import ClusterConfig, entry_parts
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.raw import open_raw

DETECTOR = DetectorConfig(wires=60, ticks=80)
N_EVENTS = 11


class Counter:
    """Counts like Progress, without a screen."""

    def __init__(self):
        self.n = 0

    def advance(self, n=1):
        self.n += n


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(module, "EVENTS_PER_PART", 2)


def write_events(path, *, damaged=()):
    rng = np.random.default_rng(3)
    events = [tiny_event(rng, wires=60, ticks=80) for _ in range(N_EVENTS)]
    for entry in damaged:
        events[entry] = np.zeros(7, np.int16)
    # against the order of the key, so that the tables are sorted at the end
    write_flat(path, events, [(2 if n < 5 else 1, 0, n) for n in range(N_EVENTS)], per_basket=3)


def cluster(path, folder, processes, skipped=()):
    """The bytes of both tables, and how many events were counted."""
    counter = Counter()
    tables = folder / f"{processes}.parquet", folder / f"{processes}.pixels.parquet"
    with open_raw(str(path), tree=None, detector=DETECTOR, skipped=skipped) as raw:
        write_clusters(
            raw,
            ClusterConfig(),
            CutsConfig().reference,
            sample="p",
            clusters=tables[0],
            pixels=tables[1],
            processes=processes,
            progress=counter,
        )
    return [table.read_bytes() for table in tables], counter.n


def test_the_tables_do_not_depend_on_the_number_of_processes(tmp_path, small_parts):
    write_events(tmp_path / "a.root")
    alone = cluster(tmp_path / "a.root", tmp_path, 1)
    assert alone[1] == N_EVENTS
    for processes in (2, 3):
        assert cluster(tmp_path / "a.root", tmp_path, processes) == alone


def test_a_malformed_entry_is_told_as_by_one_process_and_leaves_no_tables(tmp_path, small_parts):
    write_events(tmp_path / "a.root", damaged=(8,))
    texts = []
    for processes in (1, 2):
        with pytest.raises(UserError, match=r"entry 8 \(run 1 subrun 0 event 8\)") as caught:
            cluster(tmp_path / "a.root", tmp_path, processes)
        texts.append(str(caught.value))
    assert texts[0] == texts[1]
    assert [path.name for path in tmp_path.iterdir()] == ["a.root"]


def test_skipped_entries_are_counted_and_leave_the_clusters_of_the_others(tmp_path, small_parts):
    bad = (2, 3, 8)  # one part as a whole, and half of another
    write_events(tmp_path / "a.root", damaged=bad)
    by_one = cluster(tmp_path / "a.root", tmp_path, 1, skipped=bad)
    assert by_one[1] == N_EVENTS
    assert cluster(tmp_path / "a.root", tmp_path, 2, skipped=bad) == by_one
    write_events(tmp_path / "whole.root")
    cluster(tmp_path / "whole.root", tmp_path / "whole", 1)
    for name in ("1.parquet", "1.pixels.parquet"):
        expected = pq.read_table(tmp_path / "whole" / name)
        expected = expected.filter(pc.invert(pc.is_in(expected["event"], pa.array(bad))))
        assert pq.read_table(tmp_path / name).equals(expected) and expected.num_rows


def test_a_small_file_is_left_to_one_process(tmp_path, monkeypatch):
    from rootline.lartpc import cluster_processes

    monkeypatch.setattr(cluster_processes, "ProcessPoolExecutor", None)
    write_events(tmp_path / "a.root")
    assert cluster(tmp_path / "a.root", tmp_path, 4)[1] == N_EVENTS


def test_parts_hold_every_entry_once(small_parts):
    assert entry_parts(0) == []
    assert [entry for part in entry_parts(5) for entry in part] == [0, 1, 2, 3, 4]
    assert max(map(len, entry_parts(5))) == 2
