"""Runs that are killed at random moments, and what the same command makes of what they left."""

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from tests.checkout import command
from tests.faults.processes import scripts_of
from tests.faults.results import assert_files_are_whole, assert_same_results, forget, remedy

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the processes of jobs in /proc")


class Killed(NamedTuple):
    """What of a study is run and killed.

    Attributes
    ----------
    target : str
        What `make test` asks for; `make faults` asks for the whole study.
    forgotten : tuple of str
        Folders and files that it makes again, in `make test`.
    at_least : int
        Results that are compared.
    """

    target: str
    forgotten: tuple[str, ...]
    at_least: int


LARTPC = Killed(
    "lartpc_analysis",
    (
        *("check", "clusters", "tracks", "reference", "images", "features", "splits", "models", "latents", "analysis"),
        "runs.tsv",
    ),
    50,
)
PID = Killed("pid_scores", ("check", "tracks", "splits", "models", "scores", "runs.tsv"), 25)


def read_until(run, share):
    """Read the screen until this share of the jobs is done, or to the end."""
    screen, n_jobs = "", None
    for line in run.stdout:
        screen += line
        if found := re.match(r"total +(\d+)", line):
            n_jobs = int(found[1])
        if n_jobs and line.startswith("Execute") and share * n_jobs < 1:
            break
        if (found := re.match(r"(\d+) of \d+ steps", line)) and int(found[1]) >= share * n_jobs:
            break
    return screen


def kill_all(run, rng):
    os.killpg(run.pid, signal.SIGKILL)


def kill_one_script(run, rng):
    """Kill as the kernel does when memory runs out."""
    while run.poll() is None:
        if scripts := scripts_of(run.pid):
            with contextlib.suppress(ProcessLookupError):  # it has just ended: take the next one
                os.kill(scripts[rng.integers(len(scripts))], signal.SIGKILL)
                return
        time.sleep(0.01)


def go_on_after(study, run, screen, target):
    """Do what a user does who reads the screen of a killed run."""
    if any((study.folder / ".snakemake").glob("locks/*")):
        again = study.snakemake(target)
        assert again.returncode == 1, again.text
        assert "no snakemake works here" in again.text, again.text
        unlocked = subprocess.run(remedy(again.text), cwd=study.folder, capture_output=True, text=True, check=False)
        assert unlocked.returncode == 0, unlocked.stderr
    elif run.returncode == 1:
        assert "1 job failed; what is finished stays, and the same command goes on from there." in screen, screen
        assert "it was ended from outside" in screen or "it ended before it wrote anything" in screen, screen


@pytest.mark.parametrize(("of", "killed"), [("", LARTPC), ("_pid", PID)], ids=["lartpc", "pid"])
def test_a_run_killed_at_random_moments_ends_with_the_bytes_of_an_undisturbed_one(of, killed, request, start, how_many):
    finished, study = (request.getfixturevalue(f"{name}{of}") for name in ("finished", "study"))
    target, n_kills, kills_per_run = how_many(killed.target, study.study), how_many(2, 50), how_many(2, 5)
    rng = np.random.default_rng(20)
    for number in range(n_kills):
        if number % kills_per_run == 0:
            forget(study, *how_many(killed.forgotten, [path.name for path in study.results.iterdir()]))
        run = start(command(target), cwd=study.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        screen = read_until(run, rng.uniform())
        time.sleep(rng.uniform(0, 2))
        (kill_all, kill_one_script)[number % 2](run, rng)
        screen += run.communicate(timeout=600)[0]
        assert_files_are_whole(study.results)
        go_on_after(study, run, screen, target)
        if number % kills_per_run == kills_per_run - 1:
            undisturbed = study.snakemake(target)
            assert undisturbed.returncode == 0, undisturbed.text
            assert_same_results(study, finished, at_least=killed.at_least)
