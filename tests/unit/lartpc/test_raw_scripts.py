import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.checkout import run_script
from tests.unit.lartpc.tiny import tiny_event, write_channel_mapped, write_flat

from rootline.lartpc.clusters import ClusterConfig
from rootline.lartpc.cuts import CutsConfig
from rootline.lartpc.detector import DetectorConfig

DETECTOR = DetectorConfig(wires=60, ticks=80).model_dump_json()
OPTIONS = ClusterConfig().model_dump_json()
CUTS = CutsConfig().reference.model_dump_json()


def check(folder, name):
    outputs = [folder / f"{name}.json", folder / f"{name}.events.parquet"]
    command = [folder / f"{name}.root", "--tree", "", "--detector", DETECTOR]
    return run_script("check_file", *command, "--report", outputs[0], "--events", outputs[1]), outputs


def find(folder, name):
    outputs = [folder / f"{name}.parquet", folder / f"{name}.pixels.parquet"]
    command = [folder / f"{name}.root", "--tree", "", "--sample", "p", "--detector", DETECTOR]
    command += ["--options", OPTIONS, "--cuts", CUTS]
    return run_script("find_clusters", *command, "--clusters", outputs[0], "--pixels", outputs[1]), outputs


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(1)
    events = [tiny_event(rng, wires=60, ticks=80) for _ in range(4)]
    write_flat(tmp_path / "a.root", events[:2], [(1, 0, 0), (1, 0, 1)])
    write_channel_mapped(tmp_path / "b.root", events[2:], [(2, 0, 0), (2, 0, 1)])
    return tmp_path


@pytest.mark.slow
def test_the_scripts_lead_from_root_files_to_one_cluster_table(files):
    done = [check(files, "a"), check(files, "b"), find(files, "a"), find(files, "b")]
    assert [process.returncode for process, _ in done] == [0, 0, 0, 0]
    checks = [path for _, outputs in done[:2] for path in outputs]
    joined = run_script("join_checks", *checks, "--sample", "p", "--output", files / "p.json")
    assert (joined.returncode, joined.stdout) == (0, "")
    assert joined.stderr == "  p: 4 events, channel-mapped in ana/raw;1, flat in ana/raw;1\n"
    assert json.loads((files / "p.json").read_text())["entries"] == 4
    tables = [outputs[0] for _, outputs in done[2:]]
    assert run_script("join_clusters", *tables, "--clusters", files / "p.parquet").returncode == 0
    assert pq.read_table(files / "p.parquet").num_rows == sum(pq.read_table(table).num_rows for table in tables)


@pytest.mark.parametrize("step", [check, find])
def test_a_bad_entry_ends_in_one_line_without_outputs(files, step):
    rng = np.random.default_rng(2)
    write_flat(files / "bad.root", [tiny_event(rng, wires=60, ticks=80), np.zeros(7, np.int16)], [(1, 0, 0), (1, 0, 1)])
    process, outputs = step(files, "bad")
    assert process.returncode == 1
    assert process.stdout == ""
    assert len(process.stderr.splitlines()) == 1
    assert process.stderr.startswith(f"Error: {files / 'bad.root'}: ana/raw;1 entry 1 (run 1 subrun 0 event 1): ")
    assert not any(path.exists() for path in outputs)
