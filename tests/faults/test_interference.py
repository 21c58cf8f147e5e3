"""What other hands do to a run: a second one on the same folder, results deleted under it."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

from tests.checkout import command
from tests.faults.results import (
    CLUSTERS,
    assert_files_are_whole,
    assert_same_results,
    forget_clusters,
)


def begin(start, study):
    return start(command(CLUSTERS), cwd=study.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def read_until(run, word):
    """Read the screen until a line has this word."""
    screen = ""
    for line in run.stdout:
        screen += line
        if word in line:
            return screen
    raise AssertionError(f"no {word}: {screen}")


def go_on(study, finished):
    again = study.snakemake(CLUSTERS)
    assert again.returncode == 0, again.text
    assert_same_results(study, finished, at_least=4)


def test_a_second_snakemake_in_the_folder_refuses_and_the_first_ends_well(finished, study, start):
    forget_clusters(study)
    first = begin(start, study)
    read_until(first, "Execute")
    first.send_signal(signal.SIGSTOP)  # or it might be through before the second one looks
    second = study.snakemake(CLUSTERS)
    first.send_signal(signal.SIGCONT)
    assert second.returncode == 1, second.text
    if Path("/proc/self").exists():
        assert f"another snakemake works here (process {first.pid})" in second.text, second.text
        assert second.text.splitlines()[-1].endswith(
            "Wait until it has ended, or end it by Ctrl-C where it was started, then give the same command again."
        )
    screen, _ = first.communicate(timeout=300)
    assert first.returncode == 0, screen
    assert_same_results(study, finished, at_least=4)


def test_two_snakemakes_begun_in_one_moment_break_nothing(finished, study, start, how_many):
    for _ in range(how_many(1, 20)):
        forget_clusters(study)
        both = [begin(start, study) for _ in range(2)]
        screens = [run.communicate(timeout=600)[0] for run in both]
        assert 0 in [run.returncode for run in both], screens
        assert_files_are_whole(study.results)
        go_on(study, finished)


def test_results_deleted_under_a_run_are_made_again_by_the_same_command(finished, study, start):
    forget_clusters(study)
    run = begin(start, study)
    screen = read_until(run, "Finished jobid")
    study.results.rename(study.folder / "deleted")  # in one moment, whatever is being written
    shutil.rmtree(study.folder / "deleted")
    screen += run.communicate(timeout=300)[0]
    assert run.returncode != 0, screen
    assert "unexpected failure" not in screen, screen
    assert re.search("results/lartpc/.*(missing locally|no such file)", screen, flags=re.IGNORECASE), screen
    assert_files_are_whole(study.results)
    go_on(study, finished)
