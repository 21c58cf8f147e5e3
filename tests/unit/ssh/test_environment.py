import pytest

from rootline.core.errors import UserError
from rootline.ssh.environment import Environment, differences, how_to_mend, read_lock, this_environment
from rootline.ssh.fitness import Wanted, faults_of
from rootline.ssh.hosts import HostConfig

HERE = Environment("3.11", {"numpy": "2.1.3", "torch": "2.13.0+cpu", "rootline": "0.1.0", "ruff": "0.11"})
LOCKED = {"numpy", "torch", "rootline", "colorama"}


def test_another_build_of_the_same_version_is_no_difference():
    there = Environment("3.11", {"numpy": "2.1.3", "torch": "2.13.0+cu130", "cupy-cuda13x": "13.6"})
    assert differences(HERE, there, LOCKED) == []


def test_what_differs_is_named_with_both_versions_and_the_command_that_mends_it():
    there = Environment("3.11", {"numpy": "2.1.0"})
    assert differences(HERE, there, LOCKED) == ["numpy 2.1.0 instead of 2.1.3", "torch missing instead of 2.13.0"]
    mend = how_to_mend("gpu1", "~/env/bin/python", HERE, there, LOCKED)
    assert mend == "ssh gpu1 '~/env/bin/python -m pip install numpy==2.1.3 torch==2.13.0'"


def test_another_python_is_named_first_and_needs_another_environment():
    there = Environment("3.12", dict(HERE.packages))
    assert differences(HERE, there, LOCKED) == ["Python 3.12 instead of 3.11"]
    assert "make an environment with Python 3.11 on gpu1" in how_to_mend("gpu1", "p", HERE, there, LOCKED)


def test_the_lock_of_the_repository_names_packages_that_this_environment_has(request):
    locked = read_lock(request.config.rootpath / "envs" / "cpu.lock")
    assert {"numpy", "torch", "snakemake"} <= locked & set(this_environment().packages)


def test_a_missing_lock_is_named(tmp_path):
    with pytest.raises(UserError, match="cpu.lock: cannot be read"):
        read_lock(tmp_path / "cpu.lock")
    (tmp_path / "cpu.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=r"cpu.lock: cannot be read \('utf-8' codec"):
        read_lock(tmp_path / "cpu.lock")


GPUS = [
    {"index": "0", "uuid": "GPU-aa", "name": "A100", "free_mib": 100.0, "total_mib": 200.0},
    {"index": "1", "uuid": "GPU-bb", "name": "A100", "free_mib": 100.0, "total_mib": 200.0},
]


@pytest.mark.parametrize(
    ("gpus", "found", "fault"),
    [
        (2, GPUS, None),
        (["GPU-bb"], GPUS, None),
        (["MIG-1f2e"], GPUS, None),
        ([1, 2], GPUS, "gpu1: has no GPU 2; there are 0 (A100), 1 (A100); correct gpus in hosts.yaml"),
        (1, None, "gpu1: nvidia-smi finds no GPU there; look at its driver, or set device: cpu"),
    ],
)
def test_a_gpu_that_is_not_there_is_named_before_a_job_trains_on_the_cpu(gpus, found, fault):
    host = HostConfig(host="gpu1", path="/scratch", python="/python", gpus=gpus)
    said = {
        "rsync": "rsync  version 3.2.7",
        "fault": None,
        "python": "3.11.4",
        "packages": dict(HERE.packages),
        "gpus": found,
    }
    faults = faults_of(host, said, Wanted(HERE, LOCKED))
    assert (fault is None and not faults) or fault in faults["GPUs"]
