"""Drift: where what is really there differs from what is recorded or declared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bentre_infra.engine.stack import Say, StackRunner
from bentre_infra.engine.steps import Step
from bentre_infra.plan.reality import Found, Reality
from bentre_infra.plan.rules import Rules, load_rules


@dataclass(frozen=True)
class Drift:
    """One difference.

    Attributes:
        stack: empty for what no stack declares.
        resource: ``TYPE/NAME``, short.
        property: empty when the whole resource is missing or undeclared.
        recorded: value in the state, or in the program where the state does not tell.
        actual: value that is there; None when the resource is gone.
        owner: who declares it, or who made it.
        hidden: an update of the engine would not mend it: the provider does not see it.
    """

    stack: str
    resource: str
    id: str
    property: str
    recorded: Any
    actual: Any
    owner: str
    hidden: bool = False


def drift(stacks: Sequence[StackRunner], say: Say) -> list[Drift]:
    """Look at what is really there: with the engine's refresh, and past it.

    Nothing changes, neither the cloud nor the states. The refresh sees changed properties and
    deleted resources. What the provider does not compare (a security group added to a port) is
    compared here, and what nobody declared in the stacks' projects is listed from the cloud.

    Raises:
        BentreError: the cloud could not be asked.
    """
    rules, found, resources = load_rules(), list[Drift](), list[Mapping[str, Any]]()
    for stack in stacks:
        for step in stack.preview_refresh(say):
            if step.custom and not step.type.startswith("pulumi:"):
                found += of_step(stack.project, step, rules)
        resources += stack.resources()
    if stacks and resources:
        with Reality(resources, stacks[0].env) as reality:
            found += [_undeclared(each) for each in reality.undeclared()]
    return sorted(found, key=lambda d: (d.stack, d.resource, d.property, d.id))


def mend_hidden(stacks: Sequence[StackRunner], drifts: Iterable[Drift]) -> None:
    """Put back by the cloud's API what the engine would not see.

    Raises:
        BentreError: a state cannot be read.
    """
    hidden = [d for d in drifts if d.hidden]
    if hidden:
        resources = [r for stack in stacks for r in stack.resources()]
        with Reality(resources, stacks[0].env) as reality:
            for each in hidden:
                reality.put_back(each.id, each.property, each.recorded)


def of_step(stack: str, step: Step, rules: Rules) -> list[Drift]:
    """Differences that one step of a refresh tells."""
    old, new = step.old, step.new
    name = f"{step.type.rsplit(':', 1)[-1]}/{step.name}"
    if old is None:
        return []
    if new is None or step.op == "delete":
        return [Drift(stack, name, old.id, "", "there", None, f"stack {stack}")]
    found = []
    if step.op == "update":
        for key in step.changed:
            recorded, actual = old.outputs.get(key), new.outputs.get(key)
            found.append(Drift(stack, name, old.id, key, recorded, actual, f"stack {stack}"))
    for declared, actual in rules.of(step.type).compared.items():
        wanted, there = old.inputs.get(declared), new.outputs.get(actual)
        if wanted is not None and declared not in step.changed and _differ(wanted, there):
            found.append(
                Drift(stack, name, old.id, declared, wanted, there, f"stack {stack}", hidden=True)
            )
    return found


def _differ(wanted: Any, there: Any) -> bool:
    if isinstance(wanted, list) and isinstance(there, list):
        return sorted(map(str, wanted)) != sorted(map(str, there))  # Neutron keeps no order
    return bool(wanted != there)


def _undeclared(found: Found) -> Drift:
    return Drift("", f"{found.kind}/{found.name}", found.id, "", None, "undeclared", found.owner)


def as_data(drifts: Iterable[Drift]) -> dict[str, Any]:
    """Plain data for JSON."""
    return {"drift": [asdict(d) for d in drifts]}
