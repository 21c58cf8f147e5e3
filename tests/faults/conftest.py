"""What the fault tests share: how long they may take."""

from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all examples of a module write to, one after the other."""
    return tmp_path_factory.mktemp("examples")


@pytest.fixture(scope="session")
def how_many(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """Choose between the number for `make test` and the one for `make faults`."""
    is_long = request.config.getoption("--long")
    return lambda short, long: long if is_long else short


@pytest.fixture(scope="session")
def only_long(how_many: Callable[[bool, bool], bool]) -> Callable[[str], None]:
    """Skip a test that belongs to `make faults` alone, with its reason."""

    def skip_if_short(reason: str) -> None:
        if not how_many(False, True):
            pytest.skip(reason)

    return skip_if_short
