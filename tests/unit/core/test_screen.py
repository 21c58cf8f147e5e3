import os
import time

import pytest

from rootline.core import screen
from rootline.core.screen import SCREEN_FD, Progress, progress, tell


@pytest.fixture
def user_screen(monkeypatch):
    """Give a function that reads what was shown on a screen of its own."""
    reading, writing = os.pipe()
    monkeypatch.setenv(SCREEN_FD, str(writing))
    os.set_blocking(reading, False)

    def shown():
        try:
            return os.read(reading, 65536).decode()
        except BlockingIOError:
            return ""

    yield shown
    os.close(reading)
    os.close(writing)


def test_a_line_goes_to_the_screen_and_to_the_log(user_screen, capsys):
    tell("half done")
    assert user_screen() == "half done\n"
    assert capsys.readouterr().err == "half done\n"


def test_by_hand_a_line_goes_to_standard_error_once(capsys):
    tell("half done")
    assert capsys.readouterr() == ("", "half done\n")


@pytest.mark.parametrize("descriptor", ["", "no number", "987654"])
def test_a_screen_that_is_gone_stops_no_job(monkeypatch, capsys, descriptor):
    monkeypatch.setenv(SCREEN_FD, descriptor)
    tell("half done")
    assert capsys.readouterr().err == "half done\n"


def test_a_short_job_says_nothing(capsys):
    assert list(progress(range(1000), "cluster protons", total=1000, unit="events")) == list(range(1000))
    assert capsys.readouterr().err == ""


def test_a_long_job_says_how_far_how_fast_and_how_long(monkeypatch, capsys):
    clock = iter([100.0, 101.0, 110.0, 111.0, 120.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    counter = Progress("cluster protons", total=80, unit="events")
    for _ in range(3):
        counter.advance(10)
    counter.advance(10, note="last file p1.root")
    assert capsys.readouterr().err.splitlines() == [
        "  cluster protons: 20 of 80 events, 2/s, 30 s left",
        "  cluster protons: 40 of 80 events, 2/s, 20 s left  last file p1.root",
    ]


def test_where_nobody_knows_the_end_none_is_told(monkeypatch, capsys):
    monkeypatch.setattr(screen, "FIRST_REPORT_S", 0.0)
    monkeypatch.setattr(screen, "REPORT_EVERY_S", 1e9)
    assert len(list(progress(iter("abc"), "read", total=None, unit="rows"))) == 3
    line = capsys.readouterr().err
    assert line.startswith("  read: 1 rows, ")
    assert "left" not in line
    assert " of " not in line
