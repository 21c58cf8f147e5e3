"""One sweep on this machine, on SLURM and on machines reached by SSH: the same bytes everywhere."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.checkout import Checkout
from tests.engines.conftest import SWEEP, before_training
from tests.engines.slurm_run import ENVIRONMENT, SlurmRun
from tests.engines.ssh_hosts import write_hosts

pytestmark = pytest.mark.timeout(1800)

# What every table of the sweep is made from; the rest is not made anew by the engines.
MADE_ANEW = ("images", "features", "splits")
COMPARED = (*MADE_ANEW, "models", "latents", "analysis", "sweeps")


def digests(study: Checkout) -> dict[str, str]:
    """Give the digest of every result but those that tell where and when."""
    return {
        str(path.relative_to(study.results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in COMPARED
        for path in sorted((study.results / folder).rglob("*"))
        if path.is_file() and not path.name.endswith("provenance.json")
    }


def copy_of(local: Checkout, folder: Path) -> Checkout:
    study = before_training(local, folder)
    for name in MADE_ANEW:
        shutil.rmtree(study.results / name)
    return study


def test_every_model_latent_and_table_has_the_same_digest_here_on_slurm_and_by_ssh(
    local, runs, cluster, machines, tmp_path
):
    here = digests(local)
    assert sum(name.startswith("models/") for name in here) >= 3 * len(runs)
    assert sum(name.startswith("latents/") for name in here) >= len(runs)

    by_slurm = copy_of(local, tmp_path / "slurm")
    with SlurmRun(by_slurm, SWEEP) as running:
        outcome = running.wait()
    assert outcome.returncode == 0, outcome.text
    assert digests(by_slurm) == here

    by_ssh = copy_of(local, tmp_path / "ssh")
    write_hosts(by_ssh, machines)
    finished = subprocess.run(
        [sys.executable, "-m", "snakemake", "--profile", "profiles/ssh-multigpu", "--cores", "2", SWEEP],
        cwd=by_ssh.folder,
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert digests(by_ssh) == here
