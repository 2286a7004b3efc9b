"""A plan: what will happen to the stacks, what the gate says, and its digest."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bentre_infra.engine.stack import Say, StackRunner
from bentre_infra.engine.steps import Step
from bentre_infra.plan.classify import Change, classify
from bentre_infra.plan.gate import NO_VERDICT, Verdict, judge
from bentre_infra.plan.rules import load_rules
from bentre_infra.site.model import Allowance

# not imported: that would load the whole provider SDK
_COMPONENTS = Path(__file__).parents[1] / "cloud"
_UNTOUCHED = frozenset({"same", "read", "refresh"})


@dataclass(frozen=True)
class StackPlan:
    """What will happen to one stack.

    Attributes:
        waits: it refers to a stack before it that is not there yet, so it cannot be planned.
        digest: changes whenever a step, or a file from which the steps follow, changes.
    """

    stack: str
    changes: tuple[Change, ...] = ()
    verdict: Verdict = NO_VERDICT
    digest: str = ""
    waits: bool = False


def plan(
    stacks: Sequence[StackRunner], allowances: Iterable[Allowance], today: date, say: Say
) -> list[StackPlan]:
    """Preview stacks in order, after a look at what is really there; nothing changes.

    Raises:
        BentreError: a program or the cloud failed.
    """
    allowed, plans = tuple(allowances), []
    changed = False
    for stack in stacks:
        if changed and not stack.resources():
            plans.append(StackPlan(stack.project, waits=True))
            continue
        plans.append(plan_one(stack, allowed, today, say))
        changed = changed or bool(plans[-1].changes)
    return plans


def plan_one(
    stack: StackRunner, allowances: Iterable[Allowance], today: date, say: Say
) -> StackPlan:
    """Preview one stack.

    Raises:
        BentreError: its program or the cloud failed.
    """
    return _judged(stack, stack.preview(say), allowances, today)


def plan_destroy(
    stack: StackRunner, allowances: Iterable[Allowance], today: date, say: Say
) -> StackPlan:
    """Say what ``destroy`` deletes of one stack.

    Raises:
        BentreError: the engine failed.
    """
    steps = stack.preview_destroy(say)
    return _judged(stack, steps, allowances, today, destroyed=stack.project)


def _judged(
    stack: StackRunner,
    steps: list[Step],
    allowances: Iterable[Allowance],
    today: date,
    destroyed: str | None = None,
) -> StackPlan:
    changes = classify(steps, load_rules())
    verdict = judge(changes, allowances, today, destroyed=destroyed)
    return StackPlan(stack.project, changes, verdict, _digest(steps, stack.folder))


def _digest(steps: Iterable[Step], folder: Path) -> str:
    """Hash the steps with the sources they follow from.

    The engine masks secrets, so a secret that takes another new value shows in the sources only;
    one that comes from the environment does not show.
    """
    hashed = hashlib.sha256()
    for step in sorted(steps, key=lambda s: (s.urn, s.op)):
        if step.op not in _UNTOUCHED:
            inputs = step.new.inputs if step.new else {}
            said = [step.op, step.urn, step.keys, step.changed, inputs]
            hashed.update(json.dumps(said, sort_keys=True, default=str).encode())
    for source in (folder, _COMPONENTS):
        for file in sorted(source.glob("*")):
            if file.suffix in (".py", ".yaml"):
                hashed.update(file.name.encode() + b"\0" + file.read_bytes())
    return hashed.hexdigest()


def as_data(plans: Iterable[StackPlan]) -> dict[str, Any]:
    """Plain data for JSON."""
    return {"stacks": [_stack(p) for p in plans]}


def _stack(plan: StackPlan) -> dict[str, Any]:
    refused = set(plan.verdict.refused)
    allowed = dict(plan.verdict.allowed)
    return {
        "stack": plan.stack,
        "waits": plan.waits,
        "digest": plan.digest,
        "changes": [
            {
                "resource": change.name,
                "urn": change.urn,
                "change": str(change.kind),
                "properties": list(change.properties),
                "loses": change.loses,
                "source": change.source,
                "refused": change in refused,
                "allowed_until": str(allowed[change].until) if change in allowed else None,
            }
            for change in plan.changes
        ],
    }
