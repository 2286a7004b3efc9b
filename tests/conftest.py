"""Order of the tests: those that take the lab for themselves come late, one after the other."""

import signal

import pytest
from _pytest.nodeid import coerce_node_id

pytest_plugins = [
    "tests.lab_fixtures",
    "tests.engine.project",
    "tests.stacks.clone",
    "tests.stacks.site",
]


def pytest_configure() -> None:
    # a run that a shell starts with & ignores Ctrl-C, and what it starts would inherit that
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("exclusive"):
            item.add_marker(pytest.mark.xdist_group("exclusive"))
    items.sort(key=_order)
    if getattr(config.option, "loadgroup", False):
        # pytest-xdist 3.8 writes the group into an attribute that pytest 9.2 has not any more
        for item in items:
            group = item.get_closest_marker("xdist_group")
            if group:
                item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")


def _order(item: pytest.Item) -> int:
    """Tests that need the lab for themselves come after all others that use it.

    Meanwhile the scenarios run, which need no lab.
    """
    if item.get_closest_marker("molecule"):
        return 3
    if item.get_closest_marker("exclusive"):
        return 2
    return 1 if item.get_closest_marker("last") else 0
