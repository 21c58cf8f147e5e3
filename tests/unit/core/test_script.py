import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "src"


@pytest.fixture
def script(tmp_path):
    """Give a function that makes a script of a body and gives the command that runs it."""

    def make(body):
        path = tmp_path / "work.py"
        path.write_text(
            "from pathlib import Path\nimport os, time\n"
            "from rootline.core.errors import UserError\nfrom rootline.core.script import run_script\n"
            f"def main(path: Path, times: int = 1) -> None:\n{textwrap.indent(body, '    ')}\n"
            "run_script(main)\n"
        )
        return [sys.executable, str(path)]

    return make


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if name != "ROOTLINE_SCREEN_FD"}
    return {**kept, "PYTHONPATH": str(SOURCE), **more}


def run(command, *arguments, **more):
    return subprocess.run(
        [*command, *arguments], env=environment(**more), capture_output=True, text=True, check=False, timeout=60
    )


def test_arguments_have_the_types_of_the_function(script):
    done = run(script("print(type(path).__name__, path.name, times + 1)"), "a/b.root", "--times", "4")
    assert done.stdout.split()[1:] == ["b.root", "5"]
    assert done.returncode == 0


def test_a_wrong_argument_is_explained_with_exit_code_2(script):
    done = run(script("pass"), "a", "--times", "many")
    assert done.returncode == 2
    assert "--times" in done.stderr


def test_a_user_error_is_its_own_text_without_traceback(script):
    done = run(script("raise UserError('samples.tsv, line 3: no path; write one')"), "a")
    assert done.returncode == 1
    assert done.stderr == "Error: samples.tsv, line 3: no path; write one\n"


def test_in_a_job_the_log_has_the_traceback_and_the_screen_has_not(script, tmp_path):
    with (tmp_path / "screen").open("w") as user_screen:
        done = subprocess.run(
            [*script("raise UserError('no path; write one')"), "a"],
            env=environment(ROOTLINE_SCREEN_FD=str(user_screen.fileno())),
            pass_fds=[user_screen.fileno()],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (tmp_path / "screen").read_text() == "Error: no path; write one\n"
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("Error: no path; write one\n")


def test_an_unexpected_failure_names_its_kind_and_keeps_the_traceback(script):
    done = run(script("{}['latents']"), "a")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last == "Error: KeyError: 'latents' (an unexpected failure; the log has its traceback)"


def test_an_unexpected_failure_of_a_thousand_lines_is_cut_on_the_screen_and_whole_in_the_log(script):
    done = run(script("raise ValueError('node ' * 30_000)"), "a")
    *kept, last = done.stderr.splitlines()
    assert last == f"Error: ValueError: {'node ' * 200} ... (an unexpected failure; the log has its traceback)"
    assert any("node " * 30_000 in line for line in kept)


def test_what_the_disk_refuses_is_a_sentence_with_its_remedy(script):
    done = run(script("raise OSError(28, 'No space left on device', 'images.safetensors')"), "a")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: images.safetensors: the disk is full; free some space")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the log is /dev/full, a disk that is always full")
def test_the_screen_gets_its_line_though_the_log_has_no_room(script, tmp_path):
    with (tmp_path / "screen").open("w") as user_screen, Path("/dev/full").open("w") as log:
        done = subprocess.run(
            [*script("raise UserError('no path; write one')"), "a"],
            env=environment(ROOTLINE_SCREEN_FD=str(user_screen.fileno())),
            pass_fds=[user_screen.fileno()],
            stdout=log,
            stderr=log,
            check=False,
        )
    assert (tmp_path / "screen").read_text() == "Error: no path; write one\n"
    assert done.returncode != 0


def test_a_terminated_script_cleans_up_behind_it(script, start, tmp_path):
    body = "try:\n    path.write_text('started')\n    time.sleep(60)\nfinally:\n    path.write_text('cleaned')"
    process = start([*script(body), str(tmp_path / "state")], env=environment())
    while not (tmp_path / "state").exists() or not (tmp_path / "state").read_text():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert (tmp_path / "state").read_text() == "cleaned"
