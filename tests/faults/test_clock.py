"""A clock that is set back: what is stale is told by contents, and files from the future stop a run with the remedy instead of looping."""

import os
import shlex
import subprocess
import time

from tests.checkout import command
from tests.engines.packages import need
from tests.faults.results import CLUSTERS, assert_files_are_whole, assert_same_results, forget_clusters

from rootline.core.files import sha256

DAY_S = 86_400
SPLIT = "results/lartpc/splits/default.parquet"

# Python 3.11 and newer sleep until a monotonic time, which libfaketime 0.9.10 takes for one of the clock that it sets
# (its issue 426): "Invalid argument". What waits for a file with a time limit does not pass through it.
SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds)
"""


def test_results_from_the_future_are_neither_believed_nor_made_for_ever(finished, study):
    """Leave what a clock leaves that is set back a day after a run: every file is newer than what is made from now on."""
    tomorrow = time.time() + DAY_S
    for file in study.results.rglob("*"):
        os.utime(file, (tomorrow, tomorrow))
    unchanged = study.snakemake()
    assert "Nothing to be done" in unchanged.text, unchanged.text

    study.change("lartpc.split", {"train": 0.5, "val": 0.3})
    refused = study.snakemake(SPLIT)
    assert refused.returncode == 1
    assert f"Output {SPLIT} has older modification time" in refused.text, refused.text
    assert "Files from the future keep others from being made: a clock was set back" in refused.text
    assert not (study.folder / SPLIT).exists()  # the one of the old config would be wrong
    (remedy,) = [line for line in refused.text.splitlines() if line.startswith("  find ")]
    subprocess.run(shlex.split(remedy), cwd=study.folder, check=True)
    changed = study.snakemake(SPLIT)
    assert changed.returncode == 0, changed.text
    assert changed.ran == {"split_tracks"}
    assert sha256(study.folder / SPLIT) != sha256(finished.folder / SPLIT)
    again = study.snakemake(SPLIT)
    assert "Nothing to be done" in again.text, again.text


def test_a_clock_that_is_set_back_during_a_run_stops_it_and_a_right_one_lets_it_go_on(finished, study, start, tmp_path):
    need("clock")
    library = subprocess.run(
        ["faketime", "-f", "+0", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True
    )
    clock, set_back = tmp_path / "clock", tmp_path / "set back"
    clock.write_text("+0")
    set_back.write_text("-1d")
    (tmp_path / "sitecustomize.py").write_text(SLEEP)
    forget_clusters(study)
    run = start(
        command(CLUSTERS),
        cwd=study.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={
            **os.environ,
            "LD_PRELOAD": library.stdout.strip(),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",  # every process looks at that file whenever it asks for the time
            "DONT_FAKE_MONOTONIC": "1",  # what counts waiting times is never set back
            "NO_FAKE_STAT": "1",  # files keep the dates that they have
            "PYTHONPATH": str(tmp_path),
        },
    )
    screen = ""
    for line in run.stdout:
        screen += line
        if "Finished jobid" in line and set_back.exists():
            set_back.replace(clock)  # at once: nobody sees an empty file
    assert run.wait() == 1, screen
    assert "has older modification time" in screen, screen
    assert "a clock was set back" in screen and "  find results -newermt now" in screen, screen
    assert_files_are_whole(study.results)

    again = study.snakemake(CLUSTERS)  # the clock is right again
    assert again.returncode == 0, again.text
    assert_same_results(study, finished, at_least=4)
    assert "Nothing to be done" in study.snakemake(CLUSTERS).text
