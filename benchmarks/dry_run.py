"""Measure how long Snakemake plans a sweep before its first job, and how long for each job.

Usage: python benchmarks/dry_run.py [RUNS]
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
DEFAULT_RUNS = 10_000
FEWER = 10
"""The target with all analyses has six jobs for each run, and is tried with so many times fewer runs."""


def main() -> None:
    """Print one line per target: first with a line for each job, as `snakemake -n` has it, then without (`-q`)."""
    n_runs = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_RUNS
    print(f"{'target':<28}{'runs':>8}{'jobs':>8}{'-n [s]':>10}{'ms/job':>8}{'-n -q [s]':>11}{'ms/job':>8}")
    for target, runs in (
        ("lartpc_images", 0),
        ("lartpc_sweep_many_models", n_runs),
        ("lartpc_sweep_many", n_runs // FEWER),
    ):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "many.yaml").write_text(f"seeds: {list(range(runs))}\n" if runs else "seeds: [1]\n")
            (Path(folder) / "config.yaml").write_text("lartpc: {sweeps: [many.yaml]}\n")
            jobs, loud = plan(folder, target)
            _, quiet = plan(folder, target, "--quiet")
        each = "".join(f"{wall:>{width}.1f}{1000 * wall / jobs:>8.2f}" for wall, width in ((loud, 10), (quiet, 11)))
        print(f"{target:<28}{runs:>8,}{jobs:>8,}{each}", flush=True)


def plan(folder: str, target: str, *options: str) -> tuple[int, float]:
    """Give the number of jobs of a dry run and its wall-clock time [s]."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile"), "--dry-run", *options]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "--cores", "1", target, "--configfile", "config.yaml"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    wall = time.perf_counter() - start
    counted = re.findall(r"^total +(\d+)$", done.stdout + done.stderr, flags=re.MULTILINE)
    return int(counted[0]) if counted else 0, wall


if __name__ == "__main__":
    main()
