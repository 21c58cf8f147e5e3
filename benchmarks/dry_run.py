"""Measure how long Snakemake plans a sweep before its first job, and how long for each job.

Usage: python benchmarks/dry_run.py [RUNS]
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
DEFAULT_RUNS = 10_000
FEWER = 10
"""The target with all analyses has six jobs for each run, and is tried with so many times fewer runs."""

PLAIN = """
def seen(wildcards):
    return {"images": "images", "image_keys": "keys", "split": "split"}
rule all:
    input: expand("models/{run}/model", run=range(RUNS)),
rule train_model:
    input: unpack(seen),
    output: model="models/{run}/model", config="models/{run}/c", history="models/{run}/h", provenance="models/{run}/p",
    log: "logs/{run}.log",
    benchmark: "benchmarks/{run}.tsv",
    threads: 2
    resources: gpu=1, mem_mb=lambda wildcards, attempt: 4000 * attempt, runtime=lambda wildcards, attempt: 240 * attempt,
    params: options=lambda wildcards: wildcards.run, checkpoints=lambda wildcards, output: output.model,
    shell: "touch {output}"
"""
"""What Snakemake by itself takes for as many jobs whose rule has as many files and functions."""


def main() -> None:
    """Print one line per target: with a line for each job, as `snakemake -n` has it, and without, as with `-q`.

    Wall-clock time counts, CPU time shows what a busy machine took away.
    """
    n_runs = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_RUNS
    print(
        f"{'target':<26}{'runs':>8}{'jobs':>8}{'-n [s]':>9}{'CPU [s]':>9}{'-n -q [s]':>11}{'CPU [s]':>9}{'ms/job':>8}"
    )
    ours = str(REPOSITORY / "Snakefile")
    plans = (
        ("an empty Snakefile", "empty.smk", "all", 1),
        ("lartpc_images", ours, "lartpc_images", 1),
        ("a plain Snakefile", "plain.smk", "all", n_runs),
        ("lartpc_sweep_many_models", ours, "lartpc_sweep_many_models", n_runs),
        ("lartpc_sweep_many", ours, "lartpc_sweep_many", n_runs // FEWER),
    )
    for name, snakefile, target, runs in plans:
        with tempfile.TemporaryDirectory() as folder:
            for file in ("images", "keys", "split"):
                (Path(folder) / file).touch()
            (Path(folder) / "empty.smk").write_text("rule all:\n")
            (Path(folder) / "plain.smk").write_text(PLAIN.replace("RUNS", str(runs)))
            (Path(folder) / "many.yaml").write_text(f"seeds: {list(range(runs))}\n")
            (Path(folder) / "config.yaml").write_text("lartpc: {sweeps: [many.yaml]}\n")
            loud, quiet = plan(folder, snakefile, target), plan(folder, snakefile, target, "--quiet")
        times = f"{loud.wall:>9.1f}{loud.cpu:>9.1f}{quiet.wall:>11.1f}{quiet.cpu:>9.1f}"
        print(f"{name:<26}{runs:>8,}{loud.jobs:>8,}{times}{1000 * loud.cpu / loud.jobs:>8.2f}", flush=True)


class Planned(NamedTuple):
    """Jobs of a dry run, its wall-clock time and its CPU time [s]."""

    jobs: int
    wall: float
    cpu: float


def plan(folder: str, snakefile: str, target: str, *options: str) -> Planned:
    """Let Snakemake plan what a target needs where nothing is made yet."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--dry-run", *options]
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(
        [*command, "--cores", "1", target, "--configfile", "config.yaml"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    wall, after = time.perf_counter() - start, os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    counted = re.findall(r"^total +(\d+)$", done.stdout + done.stderr, flags=re.MULTILINE)
    return Planned(int(counted[0]) if counted else 0, wall, cpu)


if __name__ == "__main__":
    main()
