"""Order of the tests: those that take the lab for themselves come late, one after the other."""

import re
import signal

import pytest
from _pytest.nodeid import coerce_node_id
from _pytest.runner import runtestprotocol

pytest_plugins = [
    "tests.lab_fixtures",
    "tests.engine.project",
    "tests.stacks.clone",
    "tests.stacks.site",
]
ADDRESS = re.compile(r"\bat 0x")


def pytest_configure() -> None:
    # a run that a shell starts with & ignores Ctrl-C, and what it starts would inherit that
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if ADDRESS.search(item.nodeid):
            # each worker of a parallel run would give the test another name
            raise pytest.UsageError(f"{item.nodeid}: the name holds an address in memory: set ids=")
        if _alone(item):
            item.add_marker(pytest.mark.xdist_group("exclusive"))
        elif item.get_closest_marker("story"):
            item.add_marker(pytest.mark.xdist_group("story"))
    items.sort(key=_order)
    if getattr(config.option, "loadgroup", False):
        # pytest-xdist 3.8 writes the group into an attribute that pytest 9.2 has not any more
        for item in items:
            group = item.get_closest_marker("xdist_group")
            if group:
                item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Whoever is done with what is shared gives it up: tests that need it alone wait for that.

    What a session holds would else be held through all the scenarios that this worker goes on to.
    """
    if nextitem is None or not _shares(item) or _shares(nextitem):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    runtestprotocol(item, nextitem=None)  # no next one: fixtures of the session end too
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("exclusive") is not None


def _shares(item: pytest.Item) -> bool:
    return _order(item) < 2


def _order(item: pytest.Item) -> int:
    """Tests that need the lab for themselves come after all others that use it.

    Meanwhile the scenarios run, which need no lab. The stories are last: the site that they bring
    up would be restarted with the lab.
    """
    if item.get_closest_marker("story"):
        return 4
    if item.get_closest_marker("molecule"):
        return 3
    if _alone(item):
        return 2
    return 1 if item.get_closest_marker("last") else 0
