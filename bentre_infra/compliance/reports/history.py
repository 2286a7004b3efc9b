"""Runs compared: the trend over all, and what two say differently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bentre_infra.compliance.reports.outcome import ORDER, Outcome, day_of, judge
from bentre_infra.compliance.reports.report import count
from bentre_infra.compliance.result import Audit


class Move(StrEnum):
    """How a control at a subject changed."""

    WORSE = "worse"
    BETTER = "better"
    NEW = "new"
    """The earlier run says nothing of it."""
    GONE = "gone"
    """The later run says nothing of it."""
    OTHER = "other"
    """Not applicable before or now: neither better nor worse."""


_MOVES = tuple(Move)


@dataclass(frozen=True)
class Change:
    """One difference; ``before`` is None for what is new, ``after`` for what is gone."""

    control: str
    subject: str
    move: Move
    before: Outcome | None
    after: Outcome | None


@dataclass(frozen=True)
class Point:
    """One run of a trend: findings by answer."""

    run: str
    day: date
    counts: Mapping[Outcome, int]


def trend(audits: Sequence[Audit]) -> list[Point]:
    """Count each run's findings, in the order in which the runs began."""
    ordered = sorted(audits, key=lambda a: (a.began, a.id))
    return [Point(a.id, day_of(a), count(judge(a, f) for f in a.findings)) for a in ordered]


def diff(before: Audit, after: Audit) -> list[Change]:
    """Compare two runs; worst first, then by control and subject. What stayed is left out."""
    old, new = _answers(before), _answers(after)
    changes = [
        Change(control, subject, move, was, now)
        for control, subject in old.keys() | new.keys()
        for was, now in [(old.get((control, subject)), new.get((control, subject)))]
        if (move := _move(was, now))
    ]
    return sorted(changes, key=lambda c: (_MOVES.index(c.move), c.control, c.subject))


def _answers(audit: Audit) -> dict[tuple[str, str], Outcome]:
    return {(f.control, f.subject): judge(audit, f) for f in audit.findings}


def _move(before: Outcome | None, after: Outcome | None) -> Move | None:
    if before is after:
        return None
    if before is None:
        return Move.NEW
    if after is None:
        return Move.GONE
    if Outcome.NOT_APPLICABLE in {before, after}:
        return Move.OTHER
    return Move.BETTER if ORDER.index(after) > ORDER.index(before) else Move.WORSE
