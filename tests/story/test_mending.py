"""What a hand breaks on the site's nodes, the roles mend: much at once, then one run of them.

Some faults hide others: a firewall that lets everybody in has no family that differs. What is not
seen beside the rest waits for the next round.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from bentre_infra.compliance.checks.control import Judgement
from tests.story.auditor import Auditor
from tests.story.breaks import BROKEN, RESOLVER, Broken
from tests.story.datacentre import DataCentre
from tests.waiting import eventually

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.story]


def is_red(one: Broken, said: Judgement) -> bool:
    return said.verdict is one.after and one.says in said.en


def read(auditor: Auditor, broken: Iterable[Broken]) -> dict[str, dict[str, Any]]:
    return {node: auditor.read(node) for node in {one.node for one in broken}}


def run(datacentre: DataCentre, broken: Iterable[Broken], what: str) -> None:
    """Break them, or mend them by hand."""
    scripts: dict[str, list[str]] = {}
    for one in broken:
        scripts.setdefault(one.on or one.node, []).append(getattr(one, what))
    for node, script in scripts.items():
        datacentre.node(node).root("\n".join(f"( {line} )" for line in script))


def test_the_roles_mend_what_a_hand_broke(datacentre: DataCentre):
    auditor = Auditor.of(datacentre)
    waiting = [one for one in BROKEN if one.by_role]
    whole = {
        one: judge(auditor, one, facts) for facts in [read(auditor, waiting)] for one in waiting
    }
    rounds = 0
    while waiting:
        rounds += 1
        try:
            run(datacentre, waiting, "breaks")
            datacentre.node(RESOLVER).root("sleep 3; systemctl restart unbound")
            found = read(auditor, waiting)
            seen = [one for one in waiting if is_red(one, judge(auditor, one, found))]
            assert seen, waiting
            datacentre.configure({one.on or one.node for one in waiting})
            datacentre.node(RESOLVER).root("sleep 3; systemctl restart unbound")

            def mended(seen: list[Broken] = seen) -> bool:
                now = read(auditor, seen)
                left = {
                    str(one): said
                    for one in seen
                    if (said := judge(auditor, one, now)).verdict is not whole[one].verdict
                }
                assert not left, left
                return True

            eventually(mended)
        finally:
            run(datacentre, waiting, "mends")
        waiting = [one for one in waiting if one not in seen]
    print(f"{len(whole)} mended in {rounds} rounds")


def judge(auditor: Auditor, one: Broken, found: dict[str, dict[str, Any]]) -> Judgement:
    return auditor.judge(one.control, one.node, found[one.node], one.level)
