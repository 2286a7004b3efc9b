"""The rules about what a change destroys: data, read from ``rules.yaml``."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

NOTHING = "nothing"
_UNKNOWN = "its id and whatever it holds: no rule says that this kind of resource holds nothing"


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PropertyRule(_Data):
    """What an update of one property really does."""

    change: Literal["restart", "rebuild"]
    loses: str
    source: str


class Forbidden(_Data):
    """Properties that must not stand beside another one.

    Attributes:
        unless: fields of an element of ``beside`` with which they may.
    """

    properties: tuple[str, ...]
    beside: str
    unless: Mapping[str, str]
    why: str


class ResourceRule(_Data):
    """What is known about one resource type.

    Attributes:
        holds: what is lost when a resource of the type is deleted or replaced.
        compared: declared property -> the property in which the provider reports what is there,
            where it does not compare the two by itself.
    """

    holds: str = _UNKNOWN
    properties: Mapping[str, PropertyRule] = {}
    forbids: tuple[Forbidden, ...] = ()
    compared: Mapping[str, str] = {}

    @property
    def loses(self) -> str:
        """What is lost with the resource; empty when nothing is."""
        return "" if self.holds == NOTHING else self.holds


class Rules(_Data):
    """Rules by resource type."""

    resources: Mapping[str, ResourceRule]

    def of(self, type_: str) -> ResourceRule:
        """Return the rule of a type; an unlisted one holds something."""
        return self.resources.get(type_, ResourceRule())


@cache
def load_rules() -> Rules:
    """Read the rules that ship with the package."""
    text = files(__package__).joinpath("rules.yaml").read_text(encoding="utf-8")
    return Rules.model_validate(yaml.safe_load(text))
