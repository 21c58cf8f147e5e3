"""The Debian packages that tests of engines and faults need: installed as root on Debian or Ubuntu, named where they cannot be."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Programs that a test starts, and the packages that bring them.
ENGINES = {
    "slurm": (
        ("slurmctld", "slurmd", "sbatch", "srun", "scancel", "squeue", "munged", "setpriv"),
        ("slurm-wlm", "slurm-wlm-basic-plugins", "munge", "util-linux"),
    ),
    "slurm accounting": (
        ("slurmdbd", "sacct", "sacctmgr", "mariadbd", "mariadb-install-db"),
        ("slurmdbd", "mariadb-server"),
    ),
    "ssh": (
        ("sshd", "ssh", "ssh-keygen", "rsync", "ip", "nsenter", "unshare"),
        ("openssh-server", "openssh-client", "rsync", "iproute2", "util-linux"),
    ),
    "clock": (("faketime",), ("faketime",)),
}
SLURM_CONF = Path("/etc/slurm/slurm.conf")
OURS = "# Written by Rootline's tests; it goes when they end."
"""First line of a slurm.conf that these tests made."""


@contextlib.contextmanager
def one_installs() -> Iterator[None]:
    """Let one test after the other look for programs and install them: tests run side by side, apt does not."""
    with Path(tempfile.gettempdir(), "rootline-packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def need(engine: str) -> None:
    """Have the programs of an engine on PATH, or skip the test with what is missing.

    As root on Debian or Ubuntu the packages are installed. A machine that has a
    slurm.conf of its own is left alone. Where CI is set, the test fails
    instead of being skipped.

    Parameters
    ----------
    engine : str
        A key of `ENGINES`.
    """
    _see_sbin()
    programs, packages = ENGINES[engine]
    if engine.startswith("slurm") and (why := _belongs_to_a_cluster()):
        _give_up(why)
    install = f"apt-get install -y {' '.join(packages)}"
    with one_installs():
        if _missing(programs) and shutil.which("apt-get") and os.geteuid() == 0:
            print(f"Installing packages for the tests with {engine}: {install}", file=sys.__stderr__, flush=True)
            _install(packages)
    if missing := _missing(programs):
        _give_up(f"{', '.join(missing)} not found; on Debian or Ubuntu as root: {install}")


def _see_sbin() -> None:
    """Look for daemons as well, which are not on the PATH of every user."""
    known = os.environ["PATH"].split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join([*known, *(path for path in ("/usr/sbin", "/sbin") if path not in known)])


def _missing(programs: tuple[str, ...]) -> list[str]:
    return [program for program in programs if shutil.which(program) is None]


def _belongs_to_a_cluster() -> str:
    """Say why SLURM may not be started here, nothing where it may."""
    if SLURM_CONF.is_file() and not SLURM_CONF.read_text(errors="replace").startswith(OURS):
        return f"{SLURM_CONF} is of this machine's own SLURM, which tests leave alone; run them on another machine"
    return ""


def _install(packages: tuple[str, ...]) -> None:
    """Install packages without starting their services, which the tests start as they need them."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    policy = Path("/usr/sbin/policy-rc.d")
    own_policy = policy.exists()
    if not own_policy:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        # A fresh container has no lists of packages, an old one has lists of packages that are gone.
        for command in (install, ["apt-get", "update", "-qq"], install):
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=900, check=False
            )
            if command is install and done.returncode == 0:
                return
        print(done.stderr.decode(errors="replace")[-2000:], file=sys.__stderr__, flush=True)
    finally:
        if not own_policy:
            policy.unlink(missing_ok=True)


def _give_up(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
