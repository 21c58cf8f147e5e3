"""What is measured, in which sizes: one thing at a time is changed from a middle point."""

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.inputs import (
    N_DISTINCT,
    Case,
    Events,
    Tables,
    build_tables,
    repeat_events,
    simulate_events,
    write_curves,
    write_hits,
    write_root,
)
from benchmarks.measure import DifferentResultsError, compare, run_together
from benchmarks.stages import Stage, chain, extraction, model, tables
from benchmarks.table import Row, knows_bfloat16
from rootline.lartpc.images import ImageConfig, render_images


class Form(NamedTuple):
    """How much is measured.

    Attributes
    ----------
    n_events : int
        Events of the middle point.
    n_varied : int
        Events of the files in which one thing is changed.
    sizes : tuple of int
        Further numbers of events, to see how time and memory grow.
    table_events : tuple of int
        Events whose tracks go through the stages after the clusters.
    n_images, epochs : int
        Images to train on and to encode, a fifth of them for validation.
    chain_events, chain_epochs : int
        Of the whole way.
    rounds : int
        Runs of each way after the first.
    """

    n_events: int
    n_varied: int
    sizes: tuple[int, ...]
    table_events: tuple[int, ...]
    n_images: int
    epochs: int
    chain_events: int
    chain_epochs: int
    rounds: int


QUICK = Form(32, 20, (), (600,), 160, 1, 64, 3, 3)
FULL = Form(200, 200, (2_000, 20_000), (200, 2_000, 20_000), 1280, 3, 500, 10, 5)

ROUNDS_MAX_EVENTS = 2_000
"""Larger ROOT files are run once, larger tables `LARGE_TABLE_ROUNDS` times after the first."""

LARGE_TABLE_ROUNDS = 3

CHAIN_ROUNDS = 1
"""Runs of the whole way after the first: each takes half a minute or more, most of it in many equal steps of training."""

IDLE_LOAD = 0.5
"""Above this many running processes before the first row, wall-clock times are those of the others' work."""

Measured = Row | DifferentResultsError


def measure_stages(form: Form, folder: Path, only: Sequence[str] = ()) -> Iterator[Measured]:
    """Measure all stages, or those whose names contain a word of `only`, and give each row, or why there is none, when it is done."""
    is_idle = os.getloadavg()[0] < IDLE_LOAD
    events = {clusters: simulate_events(folder / f"{clusters}.npy", clusters=clusters) for clusters in (23, 86)}
    middle = Case(n_events=form.n_events)
    with _written(folder, events, middle) as root:
        yield from _measure(partial(extraction.reading, root, middle), form.rounds, only, "read waveforms")
    for clusters, simulated in events.items():
        make = partial(extraction.labelling, simulated, n_events=min(24, form.n_events), clusters=clusters)
        yield from _measure(make, form.rounds, only, "label and measure")
    for case in _cases(form):
        if not is_wanted("ROOT to cut clusters", only):
            break
        rounds = form.rounds if case.n_events <= ROUNDS_MAX_EVENTS else 0  # ten minutes of work need no median
        with _written(folder, events, case) as root:
            yield from _measure(partial(extraction.clusters, root, case, folder), rounds, only, "ROOT to cut clusters")
    if is_idle and is_wanted("two processes, wall-clock", only):
        yield _two_processes(form, folder, events)
    yield from _measure_tables(form, folder, events[23], only)


def is_wanted(name: str, only: Sequence[str]) -> bool:
    """Say whether a stage is asked for: no word asks for all."""
    return not only or any(word in name for word in only)


class _written:  # noqa: N801  used like a function
    """A ROOT file that exists inside the block."""

    def __init__(self, folder: Path, events: dict[int, Events], case: Case, name: str = "raw.root") -> None:
        self._path, self._events, self._case = folder / name, events[case.clusters], case

    def __enter__(self) -> Path:
        write_root(self._path, self._events, self._case)
        return self._path

    def __exit__(self, *_: object) -> None:
        self._path.unlink()


def _cases(form: Form) -> list[Case]:
    varied = Case(n_events=form.n_varied)
    changes: tuple[dict[str, Any], ...] = (
        {"clusters": 86}, {"layout": "channel-mapped"}, {"codec": "zstd"}, {"codec": "lz4"}, {"per_basket": 10},
    )  # fmt: skip
    return [
        Case(n_events=form.n_events),
        *(varied._replace(**change) for change in changes),
        *(Case(n_events=n) for n in form.sizes),
    ]


def _measure(make: Callable[[], Stage], rounds: int, only: Sequence[str], name: str) -> Iterator[Measured]:
    if not is_wanted(name, only):
        return
    stage = make()
    try:
        found = compare(stage.baseline, stage.ours, check=stage.check, rounds=rounds, floors=stage.floors)
    except DifferentResultsError as error:
        yield DifferentResultsError(f"{stage.name} ({stage.case}): results differ: {error}")
        return
    per_unit = 1000 / stage.n
    yield Row(
        stage=stage.name,
        case=stage.case,
        n=stage.n,
        unit=stage.unit,
        baseline_ms=found.baseline.cpu * per_unit,
        ours_ms=found.ours.cpu * per_unit,
        ratio=found.ratio,
        floor_ms=None if found.floor is None else found.floor * per_unit,
        floor_is=stage.floor_is,
        baseline_mb=found.baseline.peak_mb,
        ours_mb=found.ours.peak_mb,
    )


def _two_processes(form: Form, folder: Path, events: dict[int, Events]) -> Row:
    """Two files in two processes, against one after the other."""
    case = Case(n_events=form.n_events)
    with _written(folder, events, case, "one.root") as one, _written(folder, events, case, "two.root") as two:
        stages = []
        for root in (one, two):
            mine = folder / root.stem
            mine.mkdir()
            stages.append(extraction.clusters(root, case, mine))
        rounds = run_together([stage.ours for stage in stages], rounds=form.rounds)
    in_turn, at_once = (statistics.median(times) for times in zip(*((a, b) for a, b, _ in rounds), strict=True))
    per_event = 1000 / (2 * case.n_events)
    return Row(
        stage="two processes, wall-clock",
        case=f"ROOT to cut clusters, two files of {case.n_events} events",
        n=2 * case.n_events,
        unit="event",
        baseline_ms=in_turn * per_event,
        ours_ms=at_once * per_event,
        ratio=statistics.median([a / b for a, b, _ in rounds]),
        floor_ms=None,
        floor_is="",
        baseline_mb=rounds[0].peak_mb / 2,
        ours_mb=rounds[0].peak_mb,
    )


def _measure_tables(form: Form, folder: Path, events: Events, only: Sequence[str]) -> Iterator[Measured]:
    curves = write_curves(folder)
    distinct = Case(codec="zstd", per_basket=4, n_events=N_DISTINCT)
    hits = folder / "hits.csv"
    write_hits(hits, events, n_events=N_DISTINCT)
    with _written(folder, {distinct.clusters: events}, distinct) as root:
        made = build_tables(root, hits, curves)
    for n_events in form.table_events:
        rounds = form.rounds if n_events <= ROUNDS_MAX_EVENTS else LARGE_TABLE_ROUNDS
        yield from _measure_table_stages(made, events, hits, curves, n_events=n_events, rounds=rounds, only=only)
    images = render_images(made.tracks, ImageConfig())
    images = np.tile(images, (-(-form.n_images // len(images)), 1, 1, 1))[: form.n_images]
    train = partial(model.training, images, n_val=form.n_images // 5)
    yield from _measure(partial(train, epochs=form.epochs), form.rounds, only, "training, float32")
    # A processor that has no instructions for it needs ten times as long: one epoch in one round.
    epochs, rounds = (form.epochs, form.rounds) if knows_bfloat16() else (1, 1)
    yield from _measure(partial(train, epochs=epochs, precision="bfloat16"), rounds, only, "training, bfloat16")
    yield from _measure(partial(model.inference, images), form.rounds, only, "inference")
    write_hits(hits, events, n_events=form.chain_events)
    precisions: tuple[model.Precision, ...] = ("float32", "bfloat16") if knows_bfloat16() else ("float32",)
    for per_basket in (1, 10):
        case = Case(per_basket=per_basket, n_events=form.chain_events)
        names = {precision: chain.name_of(case, precision) for precision in precisions}
        if not any(is_wanted(name, only) for name in names.values()):
            continue
        with _written(folder, {case.clusters: events}, case) as root:
            given = chain.Input(root, hits, curves)
            for precision, name in names.items():
                make = partial(chain.chain, given, folder, case, epochs=form.chain_epochs, precision=precision)
                yield from _measure(make, CHAIN_ROUNDS, only, name)


def _measure_table_stages(
    made: Tables,
    events: Events,
    hits: Path,
    curves: dict[str, Path],
    *,
    n_events: int,
    rounds: int,
    only: Sequence[str],
) -> Iterator[Measured]:
    repeated = partial(repeat_events, n_distinct=N_DISTINCT, n_events=n_events)
    clusters, tracks = repeated(made.found.clusters), repeated(made.tracks)
    write_hits(hits, events, n_events=n_events)
    yield from _measure(partial(tables.match, clusters, n_events=n_events), rounds, only, "match planes")
    make = partial(tables.compare_curves, hits, curves, n_events=n_events)
    yield from _measure(make, rounds, only, "chi2 with parsing")
    for resampling in ("area", "bilinear"):
        make = partial(tables.render, tracks, resampling=resampling, n_events=n_events)
        yield from _measure(make, rounds, only, f"images, {resampling}")
    yield from _measure(partial(tables.measure_features, tracks, n_events=n_events), rounds, only, "25 features")
