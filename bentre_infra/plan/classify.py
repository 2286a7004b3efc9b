"""From the engine's steps to what they mean for a data centre."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bentre_infra.engine.steps import Step
from bentre_infra.plan.rules import PropertyRule, ResourceRule, Rules


class Kind(StrEnum):
    """What happens to a resource; from harmless to worst."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    RESTART = "restart"
    REPLACE = "replace"
    REBUILD = "rebuild"
    DELETE_DATA = "delete-data"
    CONFLICT = "conflict"


DESTRUCTIVE = frozenset({Kind.REPLACE, Kind.REBUILD, Kind.DELETE_DATA, Kind.CONFLICT})
"""Kinds that the gate refuses where something is lost."""

CASCADE = "a resource it stands on is replaced"
"""Stands among the properties when nothing of the resource itself differs."""

_REPLACING = frozenset({"replace", "create-replacement", "delete-replaced", "import-replacement"})


@dataclass(frozen=True)
class Change:
    """What will happen to one resource.

    Attributes:
        properties: what causes it.
        loses: what is lost; empty when nothing is.
        source: where the rule comes from; empty when the engine itself says so.
    """

    urn: str
    type: str
    kind: Kind
    properties: tuple[str, ...] = ()
    loses: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """Type and name, short: ``Instance/web``."""
        return f"{self.type.rsplit(':', 1)[-1]}/{self.urn.rsplit('::', 1)[-1]}"

    @property
    def destructive(self) -> bool:
        """Whether it needs to be allowed."""
        return self.kind in DESTRUCTIVE and bool(self.loses)


def classify(steps: Iterable[Step], rules: Rules) -> tuple[Change, ...]:
    """Say what each resource's steps do to it; what stays as it is, is left out.

    A replacement has up to three steps (replace, create-replacement, delete-replaced); they are
    one change.
    """
    by_urn: dict[str, list[Step]] = {}
    for step in steps:
        if step.custom and not step.type.startswith("pulumi:"):
            by_urn.setdefault(step.urn, []).append(step)
    changes = (_change(group, rules.of(group[0].type)) for group in by_urn.values())
    return tuple(sorted(filter(None, changes), key=lambda c: c.urn))


def _change(steps: list[Step], rule: ResourceRule) -> Change | None:
    step = steps[0]
    conflict = _conflict(steps, rule)
    if conflict:
        return conflict
    ops = {s.op for s in steps}
    if ops & _REPLACING:
        # in a cascade the engine's keys come from values that are not known yet
        own = [s for s in steps if s.changed]
        keys = tuple(sorted({k for s in own for k in s.keys or s.changed})) or (CASCADE,)
        return Change(step.urn, step.type, Kind.REPLACE, keys, rule.loses)
    if "delete" in ops:
        kind = Kind.DELETE_DATA if rule.loses else Kind.DELETE
        return Change(step.urn, step.type, kind, loses=rule.loses)
    if "create" in ops:
        return Change(step.urn, step.type, Kind.CREATE)
    if "update" in ops:
        return _update(next(s for s in steps if s.op == "update"), rule)
    return None


def _update(step: Step, rule: ResourceRule) -> Change:
    ruled = {p: rule.properties[p] for p in step.changed if p in rule.properties}
    if not ruled:
        return Change(step.urn, step.type, Kind.UPDATE, step.changed)
    worst = max(ruled.values(), key=_weight)
    causes = tuple(p for p, r in ruled.items() if r.change == worst.change)
    return Change(step.urn, step.type, Kind(worst.change), causes, worst.loses, worst.source)


def _weight(rule: PropertyRule) -> int:
    return list(Kind).index(Kind(rule.change))


def _conflict(steps: list[Step], rule: ResourceRule) -> Change | None:
    for step in steps:
        inputs = step.new.inputs if step.new else {}
        for forbidden in rule.forbids:
            beside = inputs.get(forbidden.beside) or []
            present = tuple(p for p in forbidden.properties if inputs.get(p))
            excused = any(
                all(element.get(k) == v for k, v in forbidden.unless.items()) for element in beside
            )
            if present and beside and not excused:
                causes = (*present, forbidden.beside)
                return Change(step.urn, step.type, Kind.CONFLICT, causes, forbidden.why)
    return None
