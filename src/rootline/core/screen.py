"""What a job shows while it works: one line now and then, never a flood.

The workflow sends a job's output to its log file. It keeps the user's screen
open under the file descriptor that ROOTLINE_SCREEN_FD names; a script run by
hand has its own standard error instead. Lines, not bars that redraw: several
jobs share one screen.
"""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TextIO, TypeVar

T = TypeVar("T")

SCREEN_FD = "ROOTLINE_SCREEN_FD"
FIRST_REPORT_S = 2.0
REPORT_EVERY_S = 5.0


def tell(message: str) -> None:
    """Show one line on the user's screen and, where the job has one, in its log."""
    descriptor = os.environ.get(SCREEN_FD, "")
    if descriptor.isdigit():
        with suppress(OSError):  # the screen is gone (a closed terminal); the log remains
            os.write(int(descriptor), f"{message}\n".encode())
    with suppress(OSError):  # the log's disk is full; the screen has it
        _write(sys.stderr, message)


def _write(stream: TextIO, message: str) -> None:
    stream.write(f"{message}\n")
    stream.flush()


class Progress:
    """Count work and tell how far it is, how fast, and how long it will take.

    Parameters
    ----------
    label : str
        What is being worked on, such as ``"find_clusters protons"``.
    total : int or None
        How many units there are; None where nobody knows beforehand.
    unit : str
        Plural noun of one unit, such as ``"events"``.
    """

    def __init__(self, label: str, *, total: int | None, unit: str) -> None:
        self._label, self._total, self._unit = label, total, unit
        self._done = 0
        self._started = time.monotonic()
        self._next_report = self._started + FIRST_REPORT_S

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count `n` more units done; `note` is appended to a line that is shown."""
        self._done += n
        now = time.monotonic()
        if now >= self._next_report:
            self._next_report = now + REPORT_EVERY_S
            tell(self._line(now - self._started, note))

    def _line(self, elapsed_s: float, note: str) -> str:
        rate = self._done / elapsed_s if elapsed_s > 0 else 0.0
        text = f"  {self._label}: {self._done}"
        if self._total is not None:
            text += f" of {self._total}"
        text += f" {self._unit}, {rate:.3g}/s"
        if self._total is not None and rate > 0:
            text += f", {max(self._total - self._done, 0) / rate:.0f} s left"
        return f"{text}  {note}".rstrip()


def progress(items: Iterable[T], label: str, *, total: int | None, unit: str) -> Iterator[T]:
    """Yield `items` one by one and report on the way."""
    counter = Progress(label, total=total, unit=unit)
    for item in items:
        yield item
        counter.advance()
