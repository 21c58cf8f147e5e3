"""Signals that are held until the program asks for them."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rootline.core.signals import END_SIGNALS, hold_signals, signal_name

SOURCE = Path(__file__).resolve().parents[3] / "src"


@pytest.mark.parametrize("number", END_SIGNALS)
def test_a_signal_waits_until_it_is_asked_for(number):
    reached = []
    with pytest.raises(SystemExit) as caught, hold_signals() as end_if_asked:
        end_if_asked()
        signal.raise_signal(number)
        reached.append("after the signal")
        end_if_asked()
        reached.append("after the question")
    assert reached == ["after the signal"]
    assert caught.value.code == 128 + number
    assert signal_name(caught.value) == number.name


def test_another_signal_does_not_disturb_the_end_that_the_first_began():
    before = [signal.getsignal(number) for number in END_SIGNALS]
    saved = []
    with pytest.raises(SystemExit, match="138"), hold_signals() as end_if_asked:
        try:
            signal.raise_signal(signal.SIGUSR1)
            end_if_asked()
        except SystemExit:
            signal.raise_signal(signal.SIGTERM)
            saved.append("state")
            raise
    assert saved == ["state"]
    assert [signal.getsignal(number) for number in END_SIGNALS] == before


def test_a_signal_nobody_asked_for_takes_its_course_after_the_block():
    passed = []
    with pytest.raises(KeyboardInterrupt), hold_signals():
        signal.raise_signal(signal.SIGINT)
        passed.append("the block")
    assert passed == ["the block"]


def test_other_ends_have_no_name():
    assert signal_name(SystemExit(1)) is None
    assert signal_name(SystemExit("text")) is None
    assert signal_name(SystemExit(128 + signal.SIGKILL)) is None
    assert signal_name(ValueError()) is None


def test_a_thread_holds_nothing():
    found = []

    def work():
        with hold_signals() as end_if_asked:
            end_if_asked()
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGTERM)]


@pytest.mark.parametrize(
    ("trapped", "number", "expected"), [("USR1", "USR1", 128 + signal.SIGUSR1), ("INT", "INT", 7), ("", "INT", 130)]
)
def test_a_warning_that_the_shell_ignores_is_heeded_all_the_same(trapped, number, expected):
    code = (
        "import os, signal, sys\nfrom rootline.core.signals import hold_signals\n"
        f"with hold_signals() as ask:\n    os.kill(os.getpid(), signal.SIG{number})\n    ask()\nsys.exit(7)"
    )
    trap = f"trap '' {trapped}; " if trapped else ""
    command = ["bash", "-c", f'{trap}exec "{sys.executable}" -c "$1"', "bash", code]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(SOURCE)}, check=False, timeout=60)
    assert done.returncode == expected
