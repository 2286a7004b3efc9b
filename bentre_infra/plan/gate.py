"""The gate: a destructive change passes only where the site allows it, by name, until a date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bentre_infra.plan.classify import Change
from bentre_infra.runtime.errors import BentreError
from bentre_infra.site.model import Allowance

DESTROY = "destroy"
"""An allowance with this change and a stack's name covers all that ``bentre destroy`` deletes."""


@dataclass(frozen=True)
class Verdict:
    """What the gate says about some changes.

    Attributes:
        refused: destructive changes that nothing allows.
        allowed: destructive changes, each with what allows it.
        ended: allowances that would have covered a refused change, had they not ended.
    """

    refused: tuple[Change, ...] = ()
    allowed: tuple[tuple[Change, Allowance], ...] = ()
    ended: tuple[Allowance, ...] = ()


NO_VERDICT = Verdict()


def judge(
    changes: Iterable[Change],
    allowances: Iterable[Allowance],
    today: date,
    *,
    destroyed: str | None = None,
) -> Verdict:
    """Decide about changes; an allowance counts on its last day, too.

    Args:
        changes: what would be done to one stack.
        allowances: what the site allows.
        today: the day of the decision.
        destroyed: name of the stack when all of it is deleted on purpose.
    """
    known = tuple(allowances)
    refused, allowed, ended = [], [], []
    for change in changes:
        if not change.destructive:
            continue
        covering = [a for a in known if _covers(a, change, destroyed)]
        running = [a for a in covering if a.until >= today]
        if running:
            allowed.append((change, running[0]))
        else:
            refused.append(change)
            ended += covering
    return Verdict(tuple(refused), tuple(allowed), tuple(dict.fromkeys(ended)))


def _covers(allowance: Allowance, change: Change, destroyed: str | None) -> bool:
    if allowance.change == DESTROY:
        return destroyed is not None and allowance.resource == destroyed
    return allowance.change == change.kind and allowance.resource == change.name


class RefusedError(BentreError):
    """The gate refused, or the plan is not the approved one; nothing was changed."""

    exit_code = 3
