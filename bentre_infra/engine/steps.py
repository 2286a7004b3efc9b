"""What the engine says that it would do, or did, to one resource: plain data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.automation.events import EngineEvent, StepEventMetadata, StepEventStateMetadata

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class State:
    """A resource as it was, or as it is to be; the values of secrets read ``[secret]``."""

    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step of an update.

    Attributes:
        op: ``create``, ``update``, ``replace``, ``delete``, ``same``, ``refresh`` and others, as
            the engine names them.
        keys: properties that force a replacement: the provider's own answer, which follows from
            ForceNew in its schema.
        changed: top-level properties that differ.
        custom: a real thing of a provider, not a component.
    """

    op: str
    urn: str
    type: str
    keys: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    old: State | None = None
    new: State | None = None
    custom: bool = True

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rsplit("::", 1)[-1]


class StepLog:
    """Gathers the steps of an update from the engine's events.

    Attributes:
        planned: steps as they begin; in a preview, what would be done.
        done: steps as they ended, with what came out; a refresh tells what it found here.
    """

    def __init__(self) -> None:
        self.planned: list[Step] = []
        self.done: list[Step] = []

    def __call__(self, event: EngineEvent) -> None:
        """Take one event."""
        if event.resource_pre_event:
            self.planned.append(_step(event.resource_pre_event.metadata))
        elif event.res_outputs_event:
            self.done.append(_step(event.res_outputs_event.metadata))


type OnEvent = Callable[[EngineEvent], None]


def _step(said: StepEventMetadata) -> Step:
    state = said.new or said.old
    paths = [*(said.detailed_diff or {}), *(said.diffs or ())]
    return Step(
        op=str(said.op.value),
        urn=said.urn,
        type=said.type,
        keys=tuple(sorted({top_level(p) for p in said.keys or ()})),
        changed=tuple(sorted({top_level(p) for p in paths})),
        old=_state(said.old),
        new=_state(said.new),
        custom=bool(state and state.custom),
    )


def _state(said: StepEventStateMetadata | None) -> State | None:
    if said is None:
        return None
    return State(said.id or "", said.inputs or NOTHING, said.outputs or NOTHING)


def top_level(path: str) -> str:
    """First part of a property path: ``networks`` of ``networks[0].port``."""
    return path.lstrip('["').split(".")[0].split("[")[0].rstrip('"]')
