"""What changed from one audit to another."""

from dataclasses import dataclass

from bentre_infra.compliance.result import Audit, Finding, Verdict

_RANK = {
    Verdict.PASS: 3,
    Verdict.NOT_APPLICABLE: 3,
    Verdict.PARTIAL: 2,
    Verdict.NOT_ASSESSED: 1,
    Verdict.FAIL: 0,
}


@dataclass(frozen=True)
class Change:
    """A control at a subject that is judged another way.

    Attributes:
        before, after: verdicts; ``exempted`` is told too; ``absent`` where it was not asked.
        direction: ``better``, ``worse``, ``new``, ``gone`` or ``other``.
    """

    control: str
    subject: str
    before: str
    after: str
    direction: str


def diff(before: Audit, after: Audit) -> list[Change]:
    """Changes, what got worse first."""
    old = {(f.control, f.subject): f for f in before.findings}
    new = {(f.control, f.subject): f for f in after.findings}
    changes = []
    for key in dict.fromkeys([*new, *old]):
        was, now = old.get(key), new.get(key)
        if _word(was) != _word(now):
            changes.append(Change(*key, _word(was), _word(now), _direction(was, now)))
    order = ("worse", "new", "gone", "other", "better")
    return sorted(changes, key=lambda c: (order.index(c.direction), c.control, c.subject))


def _word(finding: Finding | None) -> str:
    if finding is None:
        return "absent"
    return f"{finding.verdict.value}{' (exempted)' if finding.exemption else ''}"


def _direction(was: Finding | None, now: Finding | None) -> str:
    if was is None or now is None:
        return "new" if was is None else "gone"
    ranks = _RANK[was.verdict], _RANK[now.verdict]
    if ranks[0] == ranks[1]:
        return "other"
    return "better" if ranks[1] > ranks[0] else "worse"
