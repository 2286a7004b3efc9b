"""Apply a plan: the gate first, then the stacks in their order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from bentre_infra.engine.lines import teller
from bentre_infra.engine.stack import Outcome, StackRunner
from bentre_infra.plan.gate import RefusedError
from bentre_infra.plan.plan import StackPlan, plan, plan_destroy, plan_one
from bentre_infra.runtime.progress import Progress
from bentre_infra.site.model import Allowance


def require_passed(plans: Iterable[StackPlan], tell: str = "bentre plan") -> None:
    """Stop where the gate refused something.

    Raises:
        RefusedError: it did; all refused changes are named.
    """
    refused = [(p.stack, change) for p in plans for change in p.verdict.refused]
    if refused:
        named = "; ".join(
            f"{stack}: {c.kind} of {c.name} loses {c.loses}"
            if not c.properties
            else f"{stack}: {c.kind} of {c.name} by {', '.join(c.properties)} loses {c.loses}"
            for stack, c in refused
        )
        raise RefusedError(
            f"refused: {named}",
            f"see `{tell}`; a change that is meant goes into site.yaml under allow:",
        )


def require_approved(plans: Iterable[StackPlan], approved: Mapping[str, str]) -> None:
    """Stop where a plan is no longer the approved one.

    Args:
        plans: the plans of now.
        approved: digest by stack, from the approved plan's file.

    Raises:
        RefusedError: a stack was not in the approved plan, or its plan has changed since.
    """
    for now in plans:
        if now.stack not in approved:
            raise RefusedError(f"stack {now.stack} is not in the approved plan", "plan it anew")
        if now.digest != approved[now.stack]:
            raise RefusedError(
                f"the plan of stack {now.stack} is not the approved one any more",
                "look at the new one (bentre plan --out FILE) and have it approved",
            )


def apply_stacks(
    stacks: Sequence[StackRunner],
    allowances: Iterable[Allowance],
    today: date,
    progress: Progress,
    plans: Sequence[StackPlan] | None = None,
) -> dict[str, Outcome]:
    """Bring stacks to what their programs say; the gate looks at all of them before the first.

    A stack is planned and judged again right before its turn where one before it has changed.
    Ctrl-C ends the operations under way, keeps the state and stops there.

    Args:
        stacks: in the order in which they stand on each other.
        allowances: what the site allows.
        today: the day on which allowances must run.
        progress: takes what goes on.
        plans: the stacks' plans, where they were just made.

    Returns:
        What was done, by stack.

    Raises:
        RefusedError: the gate refused; nothing was changed in that stack or after it.
        BentreError: the engine or a resource failed; what was done before stays.
    """
    allowed, outcomes = tuple(allowances), dict[str, Outcome]()
    say = teller(progress)
    if plans is None:
        with progress.phase("plan"):
            plans = plan(stacks, allowed, today, say)
    require_passed(plans)
    changed = False
    for stack, planned in zip(stacks, plans, strict=True):
        with progress.phase(f"stack {stack.project}"):
            if changed or planned.waits:
                require_passed([plan_one(stack, allowed, today, say)])
            # the plan looked at what is there; where it found nothing, a second look finds nothing
            look = changed or planned.waits or bool(planned.changes)
            outcomes[stack.project] = stack.up(say, refresh=look)
        changed = changed or outcomes[stack.project].changed > 0
    return outcomes


def destroy_stacks(
    stacks: Sequence[StackRunner], allowances: Iterable[Allowance], today: date, progress: Progress
) -> None:
    """Delete stacks, the last first; the gate looks at all of them before the first.

    Raises:
        RefusedError: a stack holds something, and nothing allows to destroy it; none is touched.
        BentreError: a resource could not be deleted; the state keeps what is left.
    """
    allowed = tuple(allowances)
    say = teller(progress)
    with progress.phase("plan"):
        plans = [plan_destroy(stack, allowed, today, say) for stack in stacks]
    require_passed(plans, "bentre plan --destroy")
    for stack in reversed(stacks):
        with progress.phase(f"destroy stack {stack.project}"):
            stack.destroy(say)
