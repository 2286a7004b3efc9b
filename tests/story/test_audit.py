"""An audit of the site sees whatever is broken on its nodes, and what the roles mend when they run.

By hand: each control is broken alone and mended. By the roles: all that a node's roles hold is
broken at once, and the node is configured again.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from bentre_infra.compliance.checks.control import Judgement
from tests.story.auditor import Auditor
from tests.story.breaks import BROKEN, Broken
from tests.story.datacentre import DataCentre
from tests.waiting import eventually

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.story]


@pytest.fixture(scope="module")
def auditor(datacentre: DataCentre) -> Auditor:
    return Auditor.of(datacentre)


@pytest.fixture(scope="module")
def found(auditor: Auditor) -> dict[str, dict[str, Any]]:
    """What was read of each node when it was whole."""
    return {node: auditor.read(node) for node in {one.node for one in BROKEN}}


def judged(auditor: Auditor, one: Broken, facts: dict[str, Any]) -> Judgement:
    return auditor.judge(one.control, one.node, facts, one.level)


@pytest.mark.parametrize("one", BROKEN, ids=str)
def test_what_is_broken_is_seen_and_what_is_mended_too(
    datacentre: DataCentre, auditor: Auditor, found: dict[str, dict[str, Any]], one: Broken
):
    node, whole = datacentre.node(one.node), judged(auditor, one, found[one.node]).verdict
    try:
        node.root(one.given)
        before = auditor.read(one.node) if one.given != ":" else found[one.node]
        assert judged(auditor, one, before).verdict is one.before
        node.root(one.breaks)
        red = judged(auditor, one, auditor.read(one.node))
    finally:
        node.root(one.mends)
    assert red.verdict is one.after, red
    assert one.says in red.en

    def mended() -> bool:
        facts = auditor.read(one.node)
        now = judged(auditor, one, facts)
        assert now.verdict is whole, now
        found[one.node] = facts
        return True

    eventually(mended)


def by_node() -> Iterator[tuple[str, list[Broken]]]:
    """What roles mend; of two changes of one file the first."""
    for node in sorted({one.node for one in BROKEN if one.role}):
        held = {one.breaks: one for one in reversed(BROKEN) if one.role and one.node == node}
        yield node, list(held.values())


def test_roles_mend_what_was_broken(datacentre: DataCentre, auditor: Auditor):
    broken = dict(by_node())
    for node, held in broken.items():
        for one in held:
            datacentre.node(node).root(one.breaks)
    red = {node: auditor.read(node) for node in broken}
    for node, held in broken.items():
        for one in held:
            assert judged(auditor, one, red[node]).verdict is one.after, one
    said = datacentre.configure(*broken)
    assert set(broken) <= {node["node"] for node in said["nodes"] if node["changed"]}
    mended = {node: auditor.read(node) for node in broken}
    for node, held in broken.items():
        for one in held:
            now = judged(auditor, one, mended[node])
            assert now.verdict is one.before, now
