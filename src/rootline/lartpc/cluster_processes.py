"""The parts of one ROOT file's cluster tables, found by several processes."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rootline.core.memory import keep_freed_memory
from rootline.core.screen import Progress
from rootline.lartpc.clusters import ClusterConfig, ClusterTables, entry_parts, find_part, iterate_clusters
from rootline.lartpc.cuts import RoleCuts
from rootline.lartpc.detector import DetectorConfig
from rootline.lartpc.raw import RawFile, open_raw

_WAITING_PARTS: Final = 2
"""Parts per process that are begun before their turn to be written; bounds the memory."""


class _Job(NamedTuple):
    """All that a process must know to open the file anew and find its clusters."""

    path: str
    tree: str
    detector: DetectorConfig
    keys: NDArray[np.int64]
    skipped: frozenset[int]
    options: ClusterConfig
    cuts: RoleCuts
    sample: str


class _Worker(NamedTuple):
    """A job and its open file, in a process of its own."""

    job: _Job
    raw: RawFile


_workers: list[_Worker] = []
"""In a process that `iterate_parts` started, its one worker."""


def iterate_parts(
    raw: RawFile,
    options: ClusterConfig,
    cuts: RoleCuts,
    *,
    sample: str,
    processes: int,
    progress: Progress | None = None,
) -> Iterator[ClusterTables]:
    """Yield what `iterate_clusters` does, in the same order, found by so many processes.

    Each takes part after part of the file and opens it for itself. A part does
    not depend on who finds it, so neither do the tables on the number of processes.
    """
    parts = entry_parts(raw.n_entries)
    processes = min(processes, len(parts))
    if processes <= 1:
        yield from iterate_clusters(raw, options, cuts, sample=sample, progress=progress)
        return
    job = _Job(raw.path, f"{raw.tree};{raw.cycle}", raw.detector, raw.keys, raw.skipped, options, cuts, sample)
    # A fork would copy the threads' locks of this process, which may be held.
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_open, initargs=(job,))
    waiting: deque[tuple[range, Future[ClusterTables]]] = deque()
    try:
        for entries in parts:
            waiting.append((entries, pool.submit(_find, entries)))
            if len(waiting) > _WAITING_PARTS * processes:
                yield _next(waiting, progress)
        while waiting:
            yield _next(waiting, progress)
    finally:
        pool.shutdown(cancel_futures=True)


def _next(waiting: deque[tuple[range, Future[ClusterTables]]], progress: Progress | None) -> ClusterTables:
    entries, part = waiting.popleft()
    tables = part.result()
    if progress is not None:
        progress.advance(len(entries))
    return tables


def _open(job: _Job) -> None:
    keep_freed_memory()  # as the script does, of whose settings a spawned process has none
    raw = open_raw(job.path, tree=job.tree, detector=job.detector, keys=job.keys, skipped=job.skipped)
    _workers.append(_Worker(job, raw))


def _find(entries: range) -> ClusterTables:
    job, raw = _workers[0]
    return find_part(raw, entries, job.options, job.cuts, sample=job.sample)
