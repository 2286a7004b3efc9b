"""Order of the tests: those that take the lab for themselves come last, one after the other."""

import pytest

pytest_plugins = ["tests.lab_fixtures", "tests.stacks.clone"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("exclusive"):
            item.add_marker(pytest.mark.xdist_group("exclusive"))
    items.sort(key=lambda item: item.get_closest_marker("exclusive") is not None)
