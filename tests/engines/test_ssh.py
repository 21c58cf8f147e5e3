"""GPU jobs on machines that are reached by SSH, with two real sshd in network namespaces."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from tests.engines.packages import need
from tests.engines.ssh_hosts import REPOSITORY, Host, Lab
from tests.checkout import TINY, Checkout, copy_checkout

pytestmark = pytest.mark.engines

SWEEP = "lartpc_sweep_resampling"


@pytest.fixture(scope="module")
def machines(tmp_path_factory) -> Iterator[Lab]:
    need("ssh")
    lab = Lab(tmp_path_factory.mktemp("two machines"))
    try:
        lab.build()
        yield lab
    finally:
        lab.remove()


@pytest.fixture
def lab(machines) -> Iterator[Lab]:
    """The two machines, as they were at first."""
    yield machines
    for host in machines.hosts:
        host.plug_in()
        if host.process is None or host.process.poll() is not None:
            host.start()
    machines.know(*machines.hosts)


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Checkout:
    """The tiny study with its sweep, run on this machine alone."""
    folder = tmp_path_factory.mktemp("on this machine") / "rootline"
    copy_checkout(REPOSITORY, folder)
    checkout = Checkout(folder)
    config = {**TINY, "lartpc": {**TINY["lartpc"], "sweeps": ["config/sweeps/resampling.yaml"]}}
    checkout.write_config(config)
    outcome = checkout.snakemake(SWEEP)
    assert outcome.returncode == 0, outcome.text
    return checkout


@pytest.fixture
def before(local, tmp_path) -> Checkout:
    """A copy of that study, in a folder with a blank, before anything was trained."""
    folder = tmp_path / "my work" / "rootline"
    folder.parent.mkdir()
    subprocess.run(["cp", "-a", str(local.folder), str(folder)], check=True)
    study = Checkout(folder)
    for name in ("models", "latents", "analysis", "sweeps", "logs/train_model", "logs/encode_tracks"):
        shutil.rmtree(study.results / name)
    return study


def write_hosts(study: Checkout, lab: Lab, **changes: object) -> None:
    each = {"path": "/srv/gpu jobs", "python": sys.executable, "gpus": 2, "device": "cpu"}
    hosts = [{"host": host.name, **each, **changes.pop(host.name, {})} for host in lab.hosts]
    patience = {"return_every_s": 1, "lost_after_s": 4, "retry_host_s": 3, "stop_within_s": 10}
    text = yaml.safe_dump({"hosts": hosts, "ssh_config": str(lab.config), **patience, **changes})
    (study.folder / "profiles" / "ssh-multigpu" / "hosts.yaml").write_text(text)


def ssh_command(study: Checkout, *arguments: str) -> list[str]:
    profile = study.folder / "profiles" / "ssh-multigpu"
    return [sys.executable, "-m", "snakemake", "--profile", str(profile), "--cores", "2", *arguments]


def test_a_sweep_spreads_over_all_gpus_and_gives_the_same_bytes(lab, local, before):
    write_hosts(before, lab)
    done = subprocess.run(ssh_command(before, SWEEP), cwd=before.folder, capture_output=True, text=True, timeout=600)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
