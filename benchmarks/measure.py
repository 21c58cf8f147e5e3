"""CPU time and memory of two ways of doing one thing, measured in turn."""

import ctypes
import gc
import io
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from rootline.core.memory import keep_freed_memory

Work = Callable[[], Any]
STATUS = Path("/proc/self/status")


class Run(NamedTuple):
    """One run: CPU time of the process and its threads [s], when it began and ended, and how far memory rose above the start of the first [MB].

    Times are those of `time.perf_counter`, which all processes of a machine share.
    """

    cpu: float
    began: float
    ended: float
    peak_mb: float

    @property
    def wall(self) -> float:
        """Wall-clock time [s]."""
        return self.ended - self.began


class Measured(NamedTuple):
    """Medians over the runs of one way, CPU time and memory."""

    cpu: float
    peak_mb: float


class Compared(NamedTuple):
    """Two ways and, where there is one, what is least needed for either.

    Attributes
    ----------
    baseline, ours : Measured
    ratio : float
        Median of the ratios of CPU time, baseline by ours, of runs that followed each other.
    floor : float or None
        CPU time [s].
    """

    baseline: Measured
    ours: Measured
    ratio: float
    floor: float | None


class DifferentResultsError(AssertionError):
    """The two ways do not give the same results, so their speed is not to be compared."""


class Worker:
    """A process of its own for one way, so that memory is its own and whatever is made once stays made.

    It is forked: it has what its parent imported, and `work` need not be
    picklable. One that `is_script` keeps freed memory, as the workflow's
    scripts do.
    """

    def __init__(self, work: Work, *, is_script: bool = True) -> None:
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._pipe, work, is_script), daemon=True)
        self._process.start()
        theirs.close()

    def run(self) -> Run:
        """Do the work once, measured."""
        self.start()
        return self.finish()

    def start(self) -> None:
        """Begin to do the work, and do not wait for it."""
        self._pipe.send("run")

    def finish(self) -> Run:
        """Wait for the work that was begun."""
        return Run(*self._receive())

    def result(self) -> Any:
        """Give what the last run returned."""
        self._pipe.send("give")
        return self._receive()

    def close(self) -> None:
        """End the process."""
        self._pipe.send("end")
        self._process.join()
        self._pipe.close()

    def _receive(self) -> Any:
        try:
            answer = self._pipe.recv()
        except EOFError:
            raise RuntimeError("a measured process died; what it printed says why") from None
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve(pipe: Connection, of_parent: Connection, work: Work, is_script: bool) -> None:
    of_parent.close()  # or this process would not see that its parent was killed
    if is_script:
        keep_freed_memory()
    result: Any = None
    before: float | None = None
    while (order := _next_order(pipe)) != "end":
        try:
            if order == "give":
                pipe.send(result)
                continue
            result = None
            gc.collect()
            if before is None:  # later runs begin with what the first one left, as the next events of a file do
                before = _start_peak()
            began, cpu = time.perf_counter(), time.process_time()
            with redirect_stderr(io.StringIO()):  # the progress of trainings
                result = work()
            cpu, ended = time.process_time() - cpu, time.perf_counter()
            pipe.send(tuple(Run(cpu, began, ended, _memory_mb("VmHWM") - before)))
        except Exception as error:  # noqa: BLE001  the parent raises it
            pipe.send(error)


def _next_order(pipe: Connection) -> str:
    try:
        return str(pipe.recv())
    except EOFError:
        return "end"


def compare(
    baseline: Work, ours: Work, *, check: Callable[[Any, Any], None], rounds: int, floors: Sequence[Work] = ()
) -> Compared:
    """Measure two ways in turn.

    A first run of each warms up and decides the memory: later ones reuse what
    the first one left. With no rounds it is also what is timed.

    Parameters
    ----------
    baseline, ours : functions
        The two ways; what they return must be picklable.
    check : function
        Raises AssertionError unless the two results are the same.
    rounds : int
        Runs of each way, one after the other.
    floors : sequence of functions
        Ways of doing the least that either has to do; the fastest counts.

    Raises
    ------
    DifferentResultsError
        If the results differ.
    """
    workers = [Worker(baseline, is_script=False), *(Worker(work) for work in (ours, *floors))]
    try:
        first = [worker.run() for worker in workers]
        try:
            check(workers[0].result(), workers[1].result())
        except AssertionError as error:
            raise DifferentResultsError(str(error)) from error
        runs = [[worker.run() for worker in workers] for _ in range(rounds)] or [first]
    finally:
        for worker in workers:
            worker.close()
    times = [[run.cpu for run in of_worker] for of_worker in zip(*runs, strict=True)]
    return Compared(
        Measured(statistics.median(times[0]), first[0].peak_mb),
        Measured(statistics.median(times[1]), first[1].peak_mb),
        statistics.median([one / other for one, other in zip(times[0], times[1], strict=True)]),
        min((statistics.median(of_floor) for of_floor in times[2:]), default=None),
    )


class Together(NamedTuple):
    """Some processes one after the other and all at once: wall-clock time [s], and the sum of how far their memory rose [MB]."""

    in_turn: float
    at_once: float
    peak_mb: float


def run_together(works: Sequence[Work], *, rounds: int) -> list[Together]:
    """Measure how much sooner processes are done that run at the same time; a first round warms up and does not count."""
    workers = [Worker(work) for work in works]
    measured = []
    try:
        peak_mb = sum(worker.run().peak_mb for worker in workers)
        for _ in range(rounds):
            in_turn = sum(worker.run().wall for worker in workers)
            for worker in workers:
                worker.start()
            runs = [worker.finish() for worker in workers]
            at_once = max(run.ended for run in runs) - min(run.began for run in runs)
            measured.append(Together(in_turn, at_once, peak_mb))
    finally:
        for worker in workers:
            worker.close()
    return measured


def _start_peak() -> float:
    """Let the peak of the memory start here, and give the memory of now [MB]."""
    _give_back_memory()
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:  # not Linux, or not allowed: then the peak is that since the process began
        return _memory_mb("VmHWM")
    return _memory_mb("VmRSS")


def _give_back_memory() -> None:
    """Give the memory freed so far back to the system: work that takes it again would hide what it needs."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc alone
    if trim is not None:
        trim(0)


def _memory_mb(name: str) -> float:
    if not STATUS.is_file():
        return 0.0
    line = next(line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024
