"""An audit of the site sees whatever is broken on its nodes: each control alone, mended by hand."""

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


def run(datacentre: DataCentre, one: Broken, command: str) -> None:
    datacentre.node(one.on or one.node).root(command)
    if one.on:  # what it says is asked for by name
        datacentre.names_changed(one.node)


@pytest.mark.parametrize("one", BROKEN, ids=str)
def test_what_is_broken_is_seen_and_what_is_mended_too(
    datacentre: DataCentre, auditor: Auditor, found: dict[str, dict[str, Any]], one: Broken
):
    auditor = auditor.told_of(one.former)
    if one.former:
        found = {one.node: auditor.read(one.node)}
    whole = judged(auditor, one, found[one.node]).verdict
    try:
        if one.given != ":":
            run(datacentre, one, one.given)
            whole_and_given = auditor.read(one.node)
        else:
            whole_and_given = found[one.node]
        assert judged(auditor, one, whole_and_given).verdict is one.before
        run(datacentre, one, one.breaks)
        red = judged(auditor, one, auditor.read(one.node))
    finally:
        run(datacentre, one, one.mends)
    assert red.verdict is one.after, red
    assert one.says in red.en

    def mended() -> bool:
        facts = auditor.read(one.node)
        now = judged(auditor, one, facts)
        # what was given may be a run of a job, which nothing takes away
        assert now.verdict in (whole, one.before), now
        found[one.node] = facts
        return True

    eventually(mended)
