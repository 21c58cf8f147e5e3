"""ROOT files that are broken, odd or merely unusual: what the two scripts that read them say, and what they leave."""

import os
import re
import subprocess
import sys

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot
from tests.checkout import REPOSITORY, run_script
from tests.faults.refused import assert_refused, contents
from tests.unit.lartpc.tiny import tiny_event, write_channel_mapped, write_flat

from rootline.core.errors import UserError
from rootline.core.files import read_json, write_json
from rootline.core.tables import write_table
from rootline.lartpc.check import check_file
from rootline.lartpc.cluster_tables import join_clusters, write_clusters
from rootline.lartpc.clusters import ClusterConfig
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.raw import open_raw

WIRES, TICKS = 20, 40
DETECTOR = DetectorConfig(wires=WIRES, ticks=TICKS)
OPTIONS, CUTS = ClusterConfig(), CutsConfig()


def events(n, seed=1):
    rng = np.random.default_rng(seed)
    return [tiny_event(rng, wires=WIRES, ticks=TICKS) for _ in range(n)]


def keys(n, run=1):
    return [(run, 0, 10 + number) for number in range(n)]


def check(path, **options):
    """Check a file as the rule does; the report lies beside it."""
    with open_raw(str(path), tree=options.pop("tree", None), detector=DETECTOR) as raw:
        found = check_file(raw, **options)
    write_json(path.with_suffix(".json"), found.report)
    write_table(path.with_suffix(".events.parquet"), found.events, key=("run", "subrun", "event", "entry"))
    return found.report


def find(path):
    """Find the clusters of a file that was checked."""
    skipped = [bad["entry"] for bad in read_json(path.with_suffix(".json"))["bad_events"]]
    tables = {"clusters": path.with_suffix(".parquet"), "pixels": path.with_suffix(".pixels.parquet")}
    with open_raw(str(path), tree=None, detector=DETECTOR, skipped=skipped) as raw:
        write_clusters(raw, OPTIONS, CUTS.reference, sample="s", **tables)
    return pq.read_table(tables["clusters"])


def check_by_script(path, *options):
    outputs = ("--report", path.with_suffix(".json"), "--events", path.with_suffix(".events.parquet"))
    return run_script("check_file", path, "--detector", DETECTOR.model_dump_json(), *outputs, *options)


def find_by_script(path):
    outputs = ("--clusters", path.with_suffix(".parquet"), "--pixels", path.with_suffix(".pixels.parquet"))
    command = ["--sample", "s", "--detector", DETECTOR.model_dump_json(), "--options", OPTIONS.model_dump_json()]
    command += ["--cuts", CUTS.reference.model_dump_json(), "--check", path.with_suffix(".json")]
    return run_script("find_clusters", path, *command, *outputs)


def one_bad(payload, channels=None):
    """Write good events and in their midst one whose payload, or channels, are as given."""

    def write(path):
        every = events(4)
        every[2] = np.asarray(payload, np.int16)
        if channels is None:
            write_flat(path, every, keys(4))
        else:
            every_channel = [np.arange(2 * WIRES)] * 4
            every_channel[2] = np.array(channels)
            write_channel_mapped(path, every, keys(4), channels=every_channel)

    return write


def write_bytes(data):
    return lambda path: path.write_bytes(data)


def write_other_tree(path):
    with uproot.recreate(path) as file:
        file.mktree("ana/hits", {"run": "int32", "charge": "float32"}).extend({"run": [1], "charge": [2.0]})


def write_without_branch(path):
    with uproot.recreate(path) as file:
        columns = {"run": np.array([1], np.int32), "event": np.array([1], np.int32), "rawadc1": np.array([1], np.int16)}
        file.mktree("ana/raw", {name: values.dtype for name, values in columns.items()}).extend(columns)


def write_with_nan(path):
    with uproot.recreate(path) as file:
        number = np.array([1], np.int32)
        waveforms = ak.Array([[0.0, float("nan"), 3.0, 4.0]])
        tree = file.mktree("ana/raw", {"run": "int32", "subrun": "int32", "event": "int32", "rawadc1": "var * float32"})
        tree.extend({"run": number, "subrun": number, "event": number, "rawadc1": waveforms})


def write_two_trees(path):
    write_flat(path, events(2), keys(2))
    write_flat(path, events(2), keys(2), tree="other/raw", update=True)


BROKEN = {
    "zero length": (write_bytes(b""), r"the file is empty \(0 bytes\); copy it again"),
    "no ROOT file": (write_bytes(b"run,subrun,event\n" * 99), r"not a ROOT file, or damaged .*; copy it again"),
    "another tree": (write_other_tree, r"no tree with the branches of raw waveforms: ana/hits;1 lacks subrun, event"),
    "a branch is missing": (write_without_branch, r"ana/raw;1 lacks subrun$"),
    "two trees": (write_two_trees, r"2 trees hold raw waveforms \(ana/raw;1, other/raw;1\); name one of them in"),
    "NaN, which only numbers with a point can be": (
        write_with_nan,
        r"branch rawadc1 is of type .*float.*must hold int",
    ),
    "a payload that is no waveforms": (
        one_bad([1] * 7),
        r"ana/raw;1 entry 2 \(run 1 subrun 0 event 12\): rawadc1 holds 7 values, .*; write .*on_bad_event: skip",
    ),
    "a channel that does not exist": (
        one_bad(np.ones((2, TICKS)), [3, 40]),
        r"entry 2 .*: raw_channel 40 does not exist, channels are 0 to 39 with lartpc.detector.wires = 20; correct that",
    ),
    "a channel given twice": (one_bad(np.ones((2, TICKS)), [3, 3]), r"entry 2 .*: raw_channel 3 occurs 2 times"),
    "a pedestal left in": (
        lambda path: write_flat(path, [event + 900 for event in events(3)], keys(3)),
        r"the median of the collection waveforms is 90\d ADC, .*; subtract the pedestal of every channel",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_ends_in_one_line_and_earlier_results_stay_as_they_were(tmp_path, fault):
    write, message = BROKEN[fault]
    path = tmp_path / "mine.root"
    write(path)
    for name in ("mine.json", "mine.events.parquet"):
        (tmp_path / name).write_text("of an earlier file")
    assert_refused(tmp_path, lambda: check_by_script(path), named=f"{path}: ", message=message)


BAD_EVENTS = {
    "payload": one_bad([1] * 7),
    "channel that does not exist": one_bad(np.ones((2, TICKS)), [3, 40]),
    "channel twice": one_bad(np.ones((2, TICKS)), [3, 3]),
    "waveforms too long": one_bad(np.zeros((2 * WIRES, 32768))),
}


@pytest.mark.parametrize("fault", BAD_EVENTS)
def test_a_bad_event_is_skipped_where_that_is_asked_for_and_the_others_are_as_without_it(tmp_path, fault):
    path, good = tmp_path / "mine.root", tmp_path / "good.root"
    BAD_EVENTS[fault](path)
    (bad,) = check(path, max_bad_share=0.3)["bad_events"]
    assert (bad["entry"], bad["run"], bad["subrun"], bad["event"]) == (2, 1, 0, 12) and bad["reason"]
    write_flat(good, np.delete(events(4), 2, axis=0), np.delete(keys(4), 2, axis=0))
    check(good)
    assert find(path).equals(find(good)) and find(good).num_rows


def test_the_scripts_skip_bad_events_up_to_the_share_and_stop_above_it(tmp_path):
    path = tmp_path / "mine.root"
    one_bad([1] * 7)(path)
    process = check_by_script(path, "--max-bad-share", 0.2)
    assert process.returncode == 1
    assert (
        "1 of the first 3 of its 4 events are malformed, more than lartpc.input.max_bad_share = 0.2" in process.stderr
    )
    assert sorted(contents(tmp_path)) == ["mine.root"]
    assert check_by_script(path, "--max-bad-share", 0.3).returncode == find_by_script(path).returncode == 0
    assert set(pq.read_table(tmp_path / "mine.parquet")["event"].to_pylist()) == {10, 11, 13}


def basket_edges(path):
    """Give the first byte of every basket and of what follows the last."""
    with uproot.open(path) as file:
        return sorted(
            int(seek)
            for branch in file["ana/raw"].branches
            for seek in branch.member("fBasketSeek")[: branch.num_baskets]
        )


def test_a_file_cut_at_any_basket_or_byte_is_refused_by_name_with_the_remedy(tmp_path, how_many):
    whole, cut = tmp_path / "whole.root", tmp_path / "cut.root"
    write_channel_mapped(whole, events(8), keys(8))
    data = whole.read_bytes()
    edges = basket_edges(whole)
    assert len(edges) == 7 * 4  # branches, with the lengths of the lists, and baskets
    at_random = np.random.default_rng(4).integers(1, len(data), how_many(60, 5000)).tolist()
    for length in {*edges, *(edge + 1 for edge in edges), *at_random, len(data) - 1}:
        cut.write_bytes(data[:length])
        with pytest.raises(
            UserError, match=r"cut.root: (cut short|not a ROOT file, or damaged).*copy (it|the file) again"
        ):
            open_raw(str(cut), tree=None, detector=DETECTOR)


def test_a_file_that_loses_its_end_while_it_is_read_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "mine.root"
    write_flat(path, events(8), keys(8))
    with open_raw(str(path), tree=None, detector=DETECTOR) as raw:
        read = raw.iterate()
        next(read)
        with path.open("r+b") as file:
            file.truncate(basket_edges(path)[3])
        with pytest.raises(
            UserError, match=r"mine.root: entries \d+ to \d+ of branch \w+ cannot be read .*copy it again"
        ):
            list(read)


def test_a_file_whose_first_waveforms_are_damaged_opens_and_names_them_where_they_are_read(tmp_path):
    path = tmp_path / "mine.root"
    write_flat(path, events(4), keys(4), per_basket=2)
    with uproot.open(path) as file:
        first = int(file["ana/raw/rawadc1"].member("fBasketSeek")[0])
    damaged = bytearray(path.read_bytes())
    codec = damaged.index(b"ZS", first)
    damaged[codec : codec + 2] = b"??"
    path.write_bytes(damaged)
    with open_raw(str(path), tree=None, detector=DETECTOR) as raw:
        for look in (lambda: raw.codec, lambda: raw.read(0)):
            with pytest.raises(UserError, match=r"mine.root: entries 0 to 1 of branch rawadc1 cannot be read"):
                look()
        assert raw.read(2).event == 12


def test_the_highest_cycle_of_a_tree_is_read_and_the_report_names_it(tmp_path):
    path = tmp_path / "mine.root"
    write_flat(path, events(2, seed=1), keys(2))
    write_flat(path, events(3, seed=2), keys(3), update=True)
    assert (check(path)["cycle"], check(path)["entries"]) == (2, 3)
    assert check(path, tree="ana/raw;1")["entries"] == 2


@pytest.mark.parametrize("n", [0, 1])
def test_a_file_of_no_event_or_of_one_gives_tables_of_that_size(tmp_path, n):
    path = tmp_path / "mine.root"
    write_flat(path, events(n), keys(n))
    assert check(path)["entries"] == n
    assert set(find(path)["event"].to_pylist()) == set(range(10, 10 + n))


def test_saturated_and_silent_events_are_events_like_others(tmp_path):
    path = tmp_path / "mine.root"
    full = np.full((2 * WIRES, TICKS), 32767, np.int16)
    silent = np.zeros((2 * WIRES, TICKS), np.int16)
    one_plane = silent.copy()
    one_plane[WIRES + 3 : WIRES + 9, 5:8] = 100  # no pair can come of it
    write_flat(path, [silent, full, silent, one_plane, silent], keys(5))
    assert check(path)["adc_max"] == {"collection": 32767, "induction": 32767}
    rows = find(path).to_pylist()
    found = [(row["event"], row["plane"], row["n_pixels"], row["charge_sum"], row["charge_max"]) for row in rows]
    whole = WIRES * TICKS
    assert found == [
        (11, "collection", whole, whole * 32767, 32767),
        (11, "induction", whole, whole * 32767, 32767),
        (13, "collection", 18, 1800, 100),
    ]


SPOTS = """
import resource, sys
from rootline.lartpc.clusters import ClusterConfig, find_clusters
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.raw import open_raw
resource.setrlimit(resource.RLIMIT_DATA, (3 << 30, 3 << 30))
with open_raw(sys.argv[1], tree=None, detector=DetectorConfig.model_validate_json(sys.argv[2])) as raw:
    found = find_clusters(raw, ClusterConfig(), CutsConfig().train, sample="s").clusters
print(found.num_rows, found["charge_sum"].to_numpy().sum())
"""


def test_a_million_clusters_in_one_event_are_found_in_bounded_memory(tmp_path):
    detector = DetectorConfig(wires=1000, ticks=2000)
    spots = np.zeros((2000, 2000), np.int16)
    spots[::2, ::2] = 100  # every spot alone, also across corners
    write_flat(tmp_path / "noise.root", [spots], keys(1))
    process = subprocess.run(
        [sys.executable, "-c", SPOTS, tmp_path / "noise.root", detector.model_dump_json()],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")},
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert process.stdout.split() == ["1000000", "100000000"], process.stderr


def join(folder, *names):
    checks = [folder / f"{name}.{ending}" for name in names for ending in ("json", "events.parquet")]
    return run_script("join_checks", *checks, "--sample", "s", "--output", folder / "s.json")


def test_an_event_twice_in_a_file_stops_and_names_both_entries(tmp_path):
    path = tmp_path / "mine.root"
    write_flat(path, events(3), [(1, 0, 5), (1, 0, 6), (1, 0, 5)])
    assert check(path)["duplicate_events"] == 1
    for process in (join(tmp_path, "mine"), find_by_script(path)):
        assert process.returncode == 1 and len(process.stderr.splitlines()) == 1
        assert str(path) in process.stderr and re.search(r"event.5", process.stderr)
        assert "remove one of them" in process.stderr
    assert not (tmp_path / "s.json").exists() and not (tmp_path / "mine.parquet").exists()


def test_an_event_in_two_files_of_a_sample_stops_and_names_both(tmp_path):
    one, other = tmp_path / "a.root", tmp_path / "b.root"
    write_flat(one, events(2), keys(2))
    write_channel_mapped(other, events(2), [(7, 0, 0), (1, 0, 11)])
    check(one), check(other)
    process = join(tmp_path, "a", "b")
    assert process.returncode == 1
    assert f"entry 1 of {one} and entry 1 of {other}: remove one of them" in process.stderr
    assert not (tmp_path / "s.json").exists()


def test_files_of_both_layouts_in_one_sample_are_one_table(tmp_path):
    one, other = tmp_path / "a.root", tmp_path / "b.root"
    write_flat(one, events(2), keys(2))
    write_channel_mapped(other, events(2), keys(2, run=2))
    assert {check(path)["layout"] for path in (one, other)} == {"flat", "channel-mapped"}
    runs = [find(path)["run"].to_pylist() for path in (one, other)]
    join_clusters([tmp_path / "b.parquet", tmp_path / "a.parquet"], tmp_path / "s.parquet")
    assert pq.read_table(tmp_path / "s.parquet")["run"].to_pylist() == runs[0] + runs[1] and all(runs)
