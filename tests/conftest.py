"""Order of the tests: those that take the lab for themselves come last, one after the other."""

import pytest
from _pytest.nodeid import coerce_node_id

pytest_plugins = ["tests.lab_fixtures", "tests.stacks.clone"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("exclusive"):
            item.add_marker(pytest.mark.xdist_group("exclusive"))
        if item.get_closest_marker("lab") and config.getoption("reruns", None) is None:
            # a dozen real machines boot beside each other on two cores: one more try, and the
            # summary names every test that needed it; --reruns 0 shows the first failure
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: item.get_closest_marker("exclusive") is not None)
    if getattr(config.option, "loadgroup", False):
        # pytest-xdist 3.8 writes the group into an attribute that pytest 9.2 has not any more
        for item in items:
            group = item.get_closest_marker("xdist_group")
            if group:
                item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")
