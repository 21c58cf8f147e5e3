"""Whether a host can run jobs: what is wrong with it, and what to do about it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rootline.ssh.environment import (
    SHOWN,
    Environment,
    differences,
    environment_of,
    how_to_mend,
    read_lock,
    this_environment,
)
from rootline.ssh.hosts import HostConfig


class Wanted(NamedTuple):
    """What a host must have: the Python of this machine, and its versions of these packages."""

    here: Environment
    locked: set[str]


def wanted_of_hosts(checkout: Path) -> Wanted:
    """Take what a host must have from this environment and the lock of a checkout."""
    return Wanted(this_environment(), read_lock(checkout / "envs" / "cpu.lock"))


def faults_of(host: HostConfig, found: Mapping[str, Any], wanted: Wanted) -> dict[str, str]:
    """Say what is wrong with a host, by the part that it concerns; nothing where jobs can run there.

    `found` is what the host says of itself (`rootline.ssh.probe`).
    """
    faults = {}
    if found["rsync"] is None:
        faults["rsync"] = f"{host.host}: has no rsync; install it there (Debian, Ubuntu: apt-get install rsync)"
    if found["fault"]:
        faults["disk free"] = (
            f"{host.host}: {host.path} cannot be used ({found['fault']}); name another path in hosts.yaml"
        )
    there = environment_of(found)
    if unlike := differences(wanted.here, there, wanted.locked):
        more = f" and {len(unlike) - SHOWN} more" if len(unlike) > SHOWN else ""
        mend = how_to_mend(host.host, host.python, wanted.here, there, wanted.locked)
        faults["packages"] = (
            f"{host.host}: its environment is not the one of this machine: {', '.join(unlike[:SHOWN])}{more}; {mend}"
        )
    if host.device == "cuda" and (fault := _gpu_fault(host, found["gpus"])):
        faults["GPUs"] = fault
    return faults


def _gpu_fault(host: HostConfig, gpus: list[dict[str, Any]] | None) -> str | None:
    if not gpus:
        return f"{host.host}: nvidia-smi finds no GPU there; look at its driver, or set device: cpu for this host in hosts.yaml"
    known = {str(gpu[name]) for gpu in gpus for name in ("index", "uuid")}
    # nvidia-smi's table does not list the parts of a divided GPU.
    missing = [gpu for gpu in host.gpu_ids if gpu not in known and not gpu.startswith("MIG-")]
    if missing:
        there = ", ".join(f"{gpu['index']} ({gpu['name']})" for gpu in gpus)
        return f"{host.host}: has no GPU {', '.join(missing)}; there are {there}; correct gpus in hosts.yaml"
    return None
