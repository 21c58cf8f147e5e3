"""A tiny study, run once by a real Snakemake; each test works on its own copy of it."""

import subprocess

import pytest
from tests.checkout import REPOSITORY, TINY, Checkout, copy_checkout


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs whole stages: minutes, where a dry run takes seconds."""
    for item in items:
        if {"finished", "study"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def study(finished, tmp_path) -> Checkout:
    """A copy of the finished tiny study in another folder, with its modification times."""
    folder = tmp_path / "another folder" / "rootline"
    folder.parent.mkdir()
    subprocess.run(["cp", "-a", str(finished.folder), str(folder)], check=True)
    return Checkout(folder)


@pytest.fixture
def fresh(tmp_path) -> Checkout:
    """The project with the tiny config and no results."""
    folder = tmp_path / "rootline"
    copy_checkout(REPOSITORY, folder)
    checkout = Checkout(folder)
    checkout.write_config(TINY)
    return checkout
