"""The stages that are measured: the baseline's way and ours of each, and what makes their results the same."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from benchmarks.measure import Work


class Stage(NamedTuple):
    """One stage on one input.

    Attributes
    ----------
    name, case : str
        What is done, and on what.
    n, unit : int, str
        How many of what; times are given for one.
    baseline, ours : functions
        Do it; they return what `check` compares.
    check : function
        Raises AssertionError where the two results differ by more than the tolerance it states.
    floors : sequence of functions
        Ways of doing the least that has to be done; the fastest counts.
    floor_is : str
        What that is.
    """

    name: str
    case: str
    n: int
    unit: str
    baseline: Work
    ours: Work
    check: Callable[[Any, Any], None]
    floors: Sequence[Work] = ()
    floor_is: str = ""
