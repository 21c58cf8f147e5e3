"""Tracks per second that models score, beside the time that a simple analysis of the same tracks takes."""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from rootline.core.errors import UserError
from rootline.core.root_files import open_root
from rootline.core.screen import Progress
from rootline.pid.analyses.settings.throughput import ThroughputConfig
from rootline.pid.inputs import Float32s
from rootline.pid.tracks import frame_trees

Score = Callable[[Float32s], object]

ANALYSIS: Final = "analysis"
"""In the column `model`: a spectrum of transverse momenta, made from the ROOT file."""

LIBRARY: Final = "library"
ONNX: Final = "onnx"
TRACK: Final = "track"
EVENT: Final = "event"
BATCH: Final = "batch"

THROUGHPUT_KEY: Final = ("model", "engine", "call", "threads")
ORDER_KEY: Final = ("model", "engine", "claim", "threads")
THROUGHPUT_COLUMNS: Final = (
    *THROUGHPUT_KEY, "tracks_per_call", "rate", "rate_min", "rate_max", "n_repeats", "n_tracks", "relative_cost",
)  # fmt: skip
ORDER_COLUMNS: Final = (*ORDER_KEY, "holds", "apart", "ratio", "n_repeats")

PT_BINS_GEV: Final = np.linspace(0, 5, 101)


class Engine(NamedTuple):
    """How a model is run: the library or ONNX Runtime, on how many threads."""

    model: str
    engine: str
    threads: int


class Rates(NamedTuple):
    """Median, smallest and largest rate [tracks/s] of n measurements."""

    rate: float
    rate_min: float
    rate_max: float
    n_repeats: int


class Throughput(NamedTuple):
    """Rates of every way of scoring, and whether they are in the order that was reported elsewhere."""

    rates: pd.DataFrame
    order: pd.DataFrame


def time_scoring(
    engines: Mapping[Engine, Callable[[], Score]],
    inputs: Float32s,
    analysis: Callable[[], object],
    options: ThroughputConfig,
    *,
    n_analysed: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Throughput:
    """Measure every engine track by track, event by event and in one batch, and the analysis beside them.

    Parameters
    ----------
    engines : mapping of functions
        Each gives the function that scores, ready to be timed; it is called right before that, as it may set threads.
    inputs : (n, 16) float32
        As they were measured, in memory.
    analysis : function
        Does without any model what an analysis does with `n_analysed` tracks, see `fill_spectrum`.
    options : ThroughputConfig
        How many tracks, how long, how often.
    clock : function
        Time [s].

    Returns
    -------
    rates : data frame
        `THROUGHPUT_COLUMNS`: tracks/s as median of n_repeats with the smallest
        and the largest; relative_cost: the time for a track over that of the
        analysis, whose own row is 1.
    order : data frame
        As `check_order` gives it.

    Raises
    ------
    UserError
        If there are no tracks.
    """
    inputs = inputs[: options.tracks]
    if len(inputs) == 0:
        raise UserError("there is no track to score; simulate or read more")
    alone = measure_rate(cycle([analysis]), n_analysed, options, clock)
    records = [_record(Engine(ANALYSIS, "uproot", 1), BATCH, n_analysed, n_analysed, alone, alone.rate)]
    sizes = {TRACK: 1, EVENT: min(options.event_tracks, len(inputs)), BATCH: len(inputs)}
    progress = Progress("time_scoring", total=len(engines) * len(sizes), unit="numbers")
    for engine, prepare in engines.items():
        score = prepare()
        for call, size in sizes.items():
            found = measure_rate(_calls(score, inputs, size), size, options, clock)
            records.append(_record(engine, call, size, len(inputs), found, alone.rate))
            progress.advance()
    rates = pd.DataFrame.from_records(records, columns=list(THROUGHPUT_COLUMNS))
    return Throughput(rates, check_order(rates))


def measure_rate(
    calls: Iterator[Callable[[], object]], tracks: int, options: ThroughputConfig, clock: Callable[[], float]
) -> Rates:
    """Time calls of so many tracks each, as many of them in each repeat as the time allows, one at least.

    A call that is not counted goes before: it starts threads and fills caches.
    """
    next(calls)()
    began = clock()
    next(calls)()
    one = max(clock() - began, 1e-6)
    n_calls = max(1, int(options.seconds / options.repeats / one))
    rates = []
    for _ in range(options.repeats):
        began = clock()
        for _ in range(n_calls):
            next(calls)()
        rates.append(n_calls * tracks / max(clock() - began, 1e-9))
    return Rates(float(np.median(rates)), min(rates), max(rates), len(rates))


def check_order(rates: pd.DataFrame) -> pd.DataFrame:
    """Ask the rates for the order that a forest was reported to have: batch above event above track, one thread above many.

    Returns
    -------
    data frame
        `ORDER_COLUMNS`. A row per model, engine and claim (batch > event,
        event > track on `threads` threads; one thread > many, track by track,
        where `threads` is how many): holds, by the medians; apart: the repeats
        of the two do not overlap; ratio of the medians.
    """
    records = []
    for (model, engine), of in rates[rates["model"] != ANALYSIS].groupby(["model", "engine"], sort=True):
        row = {(values["call"], values["threads"]): values for values in of.to_dict("records")}
        many = sorted(of["threads"].unique())
        pairs = [
            (f"{upper} > {lower}", threads, row[upper, threads], row[lower, threads])
            for upper, lower in ((BATCH, EVENT), (EVENT, TRACK))
            for threads in many
        ]
        pairs += [("one thread > many", threads, row[TRACK, 1], row[TRACK, threads]) for threads in many if threads > 1]
        for claim, threads, upper, lower in pairs:
            apart = upper["rate_min"] > lower["rate_max"] or lower["rate_min"] > upper["rate_max"]
            records.append(
                {"model": model, "engine": engine, "claim": claim, "threads": threads}
                | {"holds": bool(upper["rate"] > lower["rate"]), "apart": bool(apart)}
                | {"ratio": float(upper["rate"] / lower["rate"]), "n_repeats": int(upper["n_repeats"])}
            )
    return pd.DataFrame.from_records(records, columns=list(ORDER_COLUMNS))


def fill_spectrum(root_file: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Count the tracks of a ROOT file in bins of transverse momentum, as an analysis without any model does."""
    found = np.zeros(len(PT_BINS_GEV) - 1, dtype=np.int64)
    with open_root(root_file) as file:
        for frame in frame_trees(file, root_file):
            found += np.histogram(frame.tree["fPt"].array(library="np"), PT_BINS_GEV)[0]
    return found


def count_tracks(root_file: str) -> int:
    """Count the tracks of all data frames of a ROOT file."""
    with open_root(root_file) as file:
        return sum(int(frame.tree.num_entries) for frame in frame_trees(file, root_file))


def _calls(score: Score, inputs: Float32s, size: int) -> Iterator[Callable[[], object]]:
    """Give calls of `size` tracks each, all of which take turns; a rest at the end is left out."""
    starts = range(0, len(inputs) - size + 1, size)
    return cycle([lambda part=inputs[start : start + size]: score(part) for start in starts])


def _record(engine: Engine, call: str, size: int, n_tracks: int, found: Rates, analysis: float) -> dict[str, Any]:
    return (
        engine._asdict()
        | {"call": call, "tracks_per_call": size, "n_tracks": n_tracks, "relative_cost": analysis / found.rate}
        | found._asdict()
    )
