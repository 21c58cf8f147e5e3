"""How speed is measured: two ways in turn, each in its own process, and only where they give the same."""

import os
import time

import numpy as np
import pytest
from benchmarks.measure import DifferentResultsError, Worker, compare, run_together


def spin(seconds: float, answer: int = 1) -> int:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return answer


def same(one, other) -> None:
    assert one == other, f"{one} is not {other}"


def test_the_ratio_is_that_of_the_cpu_time():
    found = compare(lambda: spin(0.2), lambda: spin(0.05), check=same, rounds=2)
    assert found.ratio > 1
    assert found.baseline.cpu >= 0.2
    assert found.floor is None


def test_the_fastest_floor_counts():
    found = compare(
        lambda: 1, lambda: 1, check=same, rounds=1, floors=[lambda: spin(0.2, answer=3), lambda: spin(0.05)]
    )
    assert 0.05 <= found.floor < 0.2


def test_different_results_are_not_compared():
    with pytest.raises(DifferentResultsError, match="1 is not 2"):
        compare(lambda: 1, lambda: 2, check=same, rounds=1)


def test_an_error_of_a_measured_way_is_raised():
    with pytest.raises(ValueError, match="no such file"):
        compare(lambda: 1, fail, check=same, rounds=1)


def fail() -> None:
    raise ValueError("no such file")


def test_memory_is_that_of_the_work_above_what_was_there():
    worker = Worker(lambda: np.ones((40, 1024, 1024), np.uint8).sum())
    try:
        assert worker.run().peak_mb == pytest.approx(40, abs=8)
        assert worker.result() == 40 * 1024**2
    finally:
        worker.close()


def test_each_way_has_a_process_of_its_own():
    workers = [Worker(os.getpid) for _ in range(2)]
    try:
        pids = set()
        for worker in workers:
            worker.run()
            pids.add(worker.result())
        assert len(pids | {os.getpid()}) == 3
    finally:
        for worker in workers:
            worker.close()


def test_processes_in_turn_take_the_sum_of_their_times():
    (found,) = run_together([lambda: time.sleep(0.2), lambda: time.sleep(0.2)], rounds=1)
    assert found.in_turn >= 0.4
    assert found.at_once >= 0.2
