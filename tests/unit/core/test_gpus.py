"""Locks of GPUs, with made-up GPUs and real processes."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rootline.core.errors import UserError
from rootline.core.gpus import list_gpus, reserve_gpu

SOURCE = Path(__file__).resolve().parents[3] / "src"
GPUS = ("GPU-0a", "GPU-1b")

HOLDER = """
import os, sys
from pathlib import Path
from rootline.core.gpus import reserve_gpu
chosen = reserve_gpu(sys.argv[2:], folder=Path(sys.argv[1]))
print(chosen, os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def job(tmp_path, start):
    """Give a function that starts a job which takes a GPU, says which, and holds it until its input is closed."""

    def begin(*gpus, **environment):
        kept = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
        return start(
            [sys.executable, "-c", HOLDER, str(tmp_path / "locks"), *(gpus or GPUS)],
            env={**kept, "PYTHONPATH": str(SOURCE), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return begin


def taken(process):
    return process.stdout.readline().split()


def test_two_jobs_take_two_gpus_and_each_sees_its_own_alone(job):
    first = job()
    assert taken(first) == ["GPU-0a", "GPU-0a"]
    assert taken(job()) == ["GPU-1b", "GPU-1b"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, None])
def test_a_job_that_waits_gets_the_gpu_of_the_one_that_ends_whatever_way(job, number):
    first = job()
    assert taken(first) == ["GPU-0a", "GPU-0a"]
    second = job()
    assert taken(second) == ["GPU-1b", "GPU-1b"]
    third = job()
    assert "every GPU of this machine is taken by other jobs; waiting for one" in third.stderr.readline()
    if number is None:
        first.communicate(timeout=60)
    else:
        first.send_signal(number)
    assert taken(third) == ["GPU-0a", "GPU-0a"]
    assert second.poll() is None


def test_of_many_jobs_at_once_no_two_have_the_same_gpu(job):
    gpus = [f"GPU-{i}" for i in range(6)]
    jobs = [job(*gpus) for _ in gpus]
    assert sorted(taken(one)[0] for one in jobs) == gpus


def test_jobs_share_a_gpu_where_that_is_asked_for_and_fill_the_idle_ones_first(job):
    shared = {"ROOTLINE_JOBS_PER_GPU": "2"}
    jobs = [job(**shared) for _ in GPUS]
    assert sorted(taken(one)[0] for one in jobs) == list(GPUS)
    more = [job(**shared) for _ in GPUS]
    assert sorted(taken(one)[0] for one in more) == list(GPUS)
    waiting = job(**shared)
    assert "every one of the 2 places on each GPU of this machine is taken by other jobs; waiting" in (
        waiting.stderr.readline()
    )
    more[0].communicate(timeout=60)
    assert taken(waiting)[0] in GPUS


def test_a_job_goes_to_the_gpu_with_the_most_places_free(job):
    shared = {"ROOTLINE_JOBS_PER_GPU": "2"}
    jobs = []
    for expected in ("GPU-0a", "GPU-1b", "GPU-0a", "GPU-1b"):
        jobs.append(job(**shared))
        assert taken(jobs[-1])[0] == expected
    for ended in (0, 1, 3):  # a job on the first one is left
        jobs[ended].communicate(timeout=60)
    assert taken(job(**shared))[0] == "GPU-1b"


def test_a_job_that_wants_a_gpu_for_itself_shares_none(job):
    sharing = job("GPU-0a", ROOTLINE_JOBS_PER_GPU="2")
    assert taken(sharing)[0] == "GPU-0a"
    alone = job("GPU-0a")
    assert "every GPU of this machine is taken by other jobs" in alone.stderr.readline()
    sharing.communicate(timeout=60)
    assert taken(alone)[0] == "GPU-0a"
    another = job("GPU-0a", ROOTLINE_JOBS_PER_GPU="2")
    assert "every one of the 2 places on each GPU of this machine is taken" in another.stderr.readline()


@pytest.mark.parametrize("wrong", ["0", "-1", "many", "1.5"])
def test_a_number_of_jobs_per_gpu_that_is_none_is_refused(wrong, tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("ROOTLINE_JOBS_PER_GPU", wrong)
    with pytest.raises(UserError, match=rf"ROOTLINE_JOBS_PER_GPU={wrong}: must be a whole number of 1 at least"):
        reserve_gpu(GPUS, folder=tmp_path)


def test_a_choice_that_was_made_already_is_kept_and_not_locked(job):
    assert taken(job(CUDA_VISIBLE_DEVICES="3")) == ["None", "3"]
    assert taken(job(CUDA_VISIBLE_DEVICES="")) == ["None"]
    assert taken(job()) == ["GPU-0a", "GPU-0a"]


def test_of_several_gpus_that_the_user_allows_each_job_takes_one(job):
    first, second = job(CUDA_VISIBLE_DEVICES="2,3"), job(CUDA_VISIBLE_DEVICES="2, 3")
    assert sorted([taken(first), taken(second)]) == [["2", "2"], ["3", "3"]]
    third = job(CUDA_VISIBLE_DEVICES="2,3")
    assert "every GPU of this machine is taken by other jobs" in third.stderr.readline()
    first.communicate(timeout=60)
    assert taken(third)[0] in ("2", "3")


def test_numbers_that_slurm_gives_are_those_of_its_job(job):
    of_one = [job("GPU-0a", CUDA_VISIBLE_DEVICES="0,1", SLURM_JOB_ID="7") for _ in range(2)]
    assert sorted(map(taken, of_one)) == [["0", "0"], ["1", "1"]]
    assert taken(job("GPU-0a", CUDA_VISIBLE_DEVICES="0,1", SLURM_JOB_ID="8")) == ["0", "0"]


def test_where_there_is_no_gpu_nothing_is_locked(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert reserve_gpu([], folder=tmp_path / "locks") is None
    assert "CUDA_VISIBLE_DEVICES" not in os.environ
    assert not (tmp_path / "locks").exists()


def test_a_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    os.chown(tmp_path, 12345, -1)
    with pytest.raises(UserError, match="belongs to another user, and locks of GPUs should lie there"):
        reserve_gpu(GPUS, folder=tmp_path)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo GPU-6f1c; echo GPU-90ab", ["GPU-6f1c", "GPU-90ab"]),
        ("echo No devices were found", []),
        ("echo NVIDIA-SMI has failed because it could not communicate; exit 9", []),
    ],
)
def test_gpus_are_those_that_the_driver_names(tmp_path, monkeypatch, script, found):
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert list_gpus() == found


def test_a_machine_without_a_driver_has_no_gpus(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list_gpus() == []
