"""What runs whole stages of the tiny study is slow."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs whole stages: minutes, where a dry run takes seconds."""
    for item in items:
        if {"finished", "study", "finished_pid", "study_pid"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
