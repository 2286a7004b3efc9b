"""What a hand breaks on the site's nodes, the roles mend: much at once, then one run of them.

Some faults hide others: a firewall that lets everybody in has no family that differs. What is not
seen beside the rest waits for the next round.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest

from bentre_infra.compliance.checks.control import Judgement
from tests.story.auditor import Auditor
from tests.story.breaks import BROKEN, MX, Broken
from tests.story.datacentre import DataCentre
from tests.waiting import eventually

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.story]


NOT_THEIRS = {
    "NET-04 in the clear",
    "NET-15 only one line",
    "NET-26 outside of",
    "SRV-02 8080",
    "SRV-02 though the firewall drops it",
    "SRV-03 logs somebody in",
    "SRV-04 root has a password",
    "SRV-05 several accounts are root",
    "SRV-05 without an owner",
    "SRV-06 nobody uses",
    "SRV-08 get too old",
    "SRV-14 not logged",
    "SRV-17 install themselves",
    "SRV-19 supported no more",
    "SRV-20 without a signature",
    "SRV-22 devices that nobody knows",
    "SRV-28 sends in the clear",
    "SRV-41 looked up elsewhere",
    "SIG-01 its key is too weak",
    "SIG-01 signed with SHA-1",
    "SIG-05 lies in a file",
}
"""What somebody put there beside what roles manage, and a line that is cut: they leave it alone."""


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
        datacentre.node(node).root("\n".join(f"( {line} )" for line in [*script, "true"]))


def judge(auditor: Auditor, one: Broken, found: dict[str, dict[str, Any]]) -> Judgement:
    return auditor.judge(one.control, one.node, found[one.node], one.level)


def test_the_roles_mend_what_a_hand_broke(datacentre: DataCentre):
    auditor = Auditor.of(datacentre)
    waiting = [one for one in BROKEN if one.given == ":" and str(one) not in NOT_THEIRS]
    found = read(auditor, waiting)
    whole = {one: judge(auditor, one, found).verdict for one in waiting}

    def mended(seen: list[Broken]) -> bool:
        now = read(auditor, seen)
        left = {
            str(one): said
            for one in seen
            for said in [judge(auditor, one, now)]
            if said.verdict is not whole[one] or is_red(one, said)
        }
        assert not left, left
        return True

    while waiting:
        try:
            run(datacentre, waiting, "breaks")
            datacentre.names_changed(MX)
            found = read(auditor, waiting)
            seen = [one for one in waiting if is_red(one, judge(auditor, one, found))]
            assert seen, waiting
            datacentre.configure({one.on or one.node for one in waiting})
            datacentre.names_changed(MX)
            eventually(partial(mended, seen))
        except BaseException:
            # what was broken last has kept what was broken before it
            run(datacentre, reversed(waiting), "mends")
            raise
        waiting = [one for one in waiting if one not in seen]
