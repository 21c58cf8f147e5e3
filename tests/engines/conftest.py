"""A cluster per module, and a tiny study whose sweep was run locally: what an engine must reproduce."""

import copy
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from tests.checkout import TINY, Checkout, run_once
from tests.engines.packages import need
from tests.engines.slurm_cluster import SlurmCluster
from tests.engines.slurm_run import ENVIRONMENT
from tests.engines.ssh_hosts import Lab

from rootline.core.files import sha256

SWEEP = "lartpc_sweep_resampling"
MADE_FROM_TRACKS = ("images", "features", "splits")
"""Folders of what a training and its analyses read and an engine may make."""
COMPARED = (*MADE_FROM_TRACKS, "models", "latents", "analysis", "sweeps")
"""Folders of all that an engine must make as the local run did."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.engines)


@pytest.fixture(scope="module")
def cluster():
    need("slurm")
    with SlurmCluster() as running:
        yield running


@pytest.fixture(scope="module")
def machines(tmp_path_factory) -> Iterator[Lab]:
    need("ssh")
    built = Lab(tmp_path_factory.mktemp("two machines"))
    try:
        built.build()
        yield built
    finally:
        built.remove()


@pytest.fixture
def calm(cluster):
    """The cluster with nothing on it, before and after."""
    cluster.clear()
    yield cluster
    cluster.clear()


@pytest.fixture(scope="session")
def local(tmp_path_factory) -> Checkout:
    """The tiny study with its sweep of six trainings, all run on this machine. Read it, do not change it."""
    config = copy.deepcopy(TINY)
    config["lartpc"]["sweeps"] = ["config/sweeps/resampling.yaml"]
    # Long enough to be interrupted, which two epochs are not.
    config["lartpc"]["train"] |= {"epochs": 60, "patience": 60}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        return run_once("local", config, tmp_path_factory.getbasetemp(), SWEEP)


@pytest.fixture(scope="session")
def runs(local) -> list[str]:
    """Ids of the six trainings."""
    return sorted(path.name for path in (local.results / "models").iterdir())


def before_training(local: Checkout, folder: Path) -> Checkout:
    """Copy the study as it is when the local stages are done and nothing is trained."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(local.folder), str(folder)], check=True)
    checkout = Checkout(folder)
    for name in ("models", "latents", "analysis", "sweeps", "checkpoints"):
        shutil.rmtree(checkout.results / name, ignore_errors=True)
    for rule in ("train_model", "encode_tracks"):
        shutil.rmtree(checkout.results / "logs" / rule)
    return checkout


def before_images(local: Checkout, folder: Path) -> Checkout:
    """Copy the study as it is when it has tracks, of which nothing is made yet."""
    checkout = before_training(local, folder)
    for name in MADE_FROM_TRACKS:
        shutil.rmtree(checkout.results / name)
    return checkout


@pytest.fixture
def study(local, tmp_path) -> Checkout:
    """The study with its local stages done and nothing trained."""
    return before_training(local, tmp_path / "rootline")


def assert_same_files(ours: Path, theirs: Path, *folders: str) -> int:
    """Compare the digests of all files but those that tell where and when; give how many there are."""
    found, expected = _digests(ours, folders), _digests(theirs, folders)
    assert expected
    assert found == expected
    return len(expected)


def _digests(results: Path, folders: Iterable[str]) -> dict[str, str]:
    return {
        path.relative_to(results).as_posix(): sha256(path)
        for folder in folders
        for path in (results / folder).rglob("*")
        if path.is_file() and not path.name.endswith("provenance.json")
    }
