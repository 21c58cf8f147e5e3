"""What the fault tests share: how long they may take."""

from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what stands in this folder, and skip what belongs to `make faults` alone before anything is made for it."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.faults)
        mark = item.get_closest_marker("only_long")
        if mark is not None and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason=f"{mark.args[0]}: only with --long"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all examples of a module write to, one after the other."""
    return tmp_path_factory.mktemp("examples")


@pytest.fixture(scope="session")
def how_many(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """Choose between the number for `make test` and the one for `make faults`."""
    is_long = request.config.getoption("--long")
    return lambda short, long: long if is_long else short
