"""What must not grow: the memory of a job with its events, and files, handles and processes with the runs of a sweep."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
from benchmarks.inputs import Case, simulate_events, write_root
from tests.checkout import command, run_script
from tests.faults.processes import processes_of

PEAK_OF = (  # Linux counts in the memory of a process what its parent had when it began: a small one measures better
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
GROWTH_MB = 40
"""The waveforms of one event are 3 MB."""


def peak_mb(root, folder):
    """Find the clusters of a file by its script, and give the peak of the memory that took."""
    done = run_script(
        "find_clusters", root, "--sample", "protons", "--detector", "{}", "--options", "{}", "--cuts", "{}",
        "--clusters", folder / "clusters.parquet", "--pixels", folder / "pixels.parquet",
        under=[sys.executable, "-c", PEAK_OF],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / 1024


def test_the_memory_for_clusters_does_not_grow_with_the_events(tmp_path, how_many):
    n_few, n_many, n_files = how_many(200, 1000), how_many(600, 10_000), how_many(1, 10)
    events = simulate_events(tmp_path / "waveforms.npy", clusters=23, n_events=12)
    root = tmp_path / "protons.root"
    peaks = {}
    for name, n_events in [("few", n_few), *((f"many {number}", n_many) for number in range(n_files))]:
        write_root(root, events, Case(layout="channel-mapped", codec="lz4", n_events=n_events))
        peaks[name] = peak_mb(root, tmp_path)
        root.unlink()
        assert pq.read_metadata(tmp_path / "clusters.parquet").num_rows > 10 * n_events
    few = peaks.pop("few")
    assert max(peaks.values()) - few < GROWTH_MB, (few, peaks)


def test_runs_of_a_sweep_leave_no_files_handles_or_processes_behind(study, start, how_many, tmp_path):
    n_runs = how_many(8, 500)
    (study.folder / "config" / "sweeps" / "seeds.yaml").write_text(f"seeds: {list(range(1, n_runs + 1))}\n")
    study.change("lartpc.sweeps", ["config/sweeps/seeds.yaml"])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    trained = list((study.results / "models").iterdir())
    before, records = bookkeeping(study), len(list((study.folder / ".snakemake" / "metadata").iterdir()))
    run = start(
        command("lartpc_sweep_seeds_models"),
        cwd=study.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    screen, n_handles, n_processes = "", [], []
    for line in run.stdout:
        screen += line
        if "Finished jobid" in line and "train_model" in line:
            n_handles.append(len(list(Path(f"/proc/{run.pid}/fd").iterdir())))
            n_processes.append(len(processes_of(run.pid)))
    assert run.wait() == 0, screen
    assert len(n_handles) == n_runs
    for counts in (n_handles, n_processes):  # a job that is running just then has some
        half = n_runs // 2
        assert max(counts[half:]) <= max(counts[:half]) + 2, counts
    assert processes_of(run.pid) == {}

    assert [path for path in scratch.rglob("*") if path.is_file()] == []  # torch makes one empty folder of its own
    assert len(bookkeeping(study)) <= len(before) + 2  # the table of runs as text, of this config
    runs = [path for path in (study.results / "models").iterdir() if path not in trained]
    assert len(runs) == n_runs
    outputs = sum(len(list(path.iterdir())) for path in runs)
    assert len(list((study.folder / ".snakemake" / "metadata").iterdir())) == records + outputs
    assert [file for file in study.results.rglob(".*") if file.is_file()] == []
    assert [file for file in (study.results / "checkpoints").rglob("*") if file.is_file()] == []


def bookkeeping(study):
    """List what Snakemake keeps beside its records of outputs and its logs, of which it writes one in each run."""
    return sorted(
        str(path)
        for path in (study.folder / ".snakemake").rglob("*")
        if path.is_file() and not {"metadata", "log"} & set(path.parts)
    )
