"""A control, and the catalogue of them, as everything downstream reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How a control is judged."""

    AUTOMATED = "automated"
    MANUAL = "manual"
    """A person looks at evidence that the control names."""
    WAITING = "waiting"
    """Its subject does not exist in this product yet; the control says which."""


@dataclass(frozen=True)
class Text:
    """One text in both languages; NFC."""

    vi: str
    en: str


@dataclass(frozen=True)
class Threshold:
    """A value that the levels set differently.

    Attributes:
        name: as a check asks for it, with its unit: ``review_months``.
        values: for levels 1 to 5; None where a level asks for nothing.
    """

    name: str
    values: tuple[int | None, int | None, int | None, int | None, int | None]

    def at(self, level: int) -> int | None:
        """Value at a level from 1 to 5."""
        return self.values[level - 1]


@dataclass(frozen=True)
class Control:
    """One requirement.

    Attributes:
        id: ours and stable (``NET-02``); clause numbers change with the standard.
        statement: what is asked, in our own words: the standards' text is under copyright.
        clauses_2026: of TCVN 14423:2026 and NĐ 331/2026, ``x`` for the level's chapter (level + 2).
        clauses_2017: of TCVN 11930:2017 and TT 12/2022, ``y`` for the level's (level + 4).
        sources: every other law, circular, RFC; or ``engineering``.
        confidence: marks V, P, D, M, E (a control never claims more than its mark).
        level: the lowest level that asks for it.
        kinds: kinds of nodes it is asked of: ``all``, ``net``, ``mail``, ``cloud`` and so on.
        method: how it is judged.
        evidence: what a person must be shown; for a waiting control what it waits for.
        remedy: name of the role, or ``stacks/NAME``, or ``procedure`` that mends a failure.
    """

    id: str
    title: Text
    statement: Text
    clauses_2026: tuple[str, ...]
    clauses_2017: tuple[str, ...]
    sources: tuple[str, ...]
    confidence: tuple[str, ...]
    level: int
    kinds: tuple[str, ...]
    method: Method
    remedy: str
    evidence: Text | None = None
    thresholds: tuple[Threshold, ...] = ()

    @property
    def section(self) -> str:
        """``NET`` of ``NET-02``."""
        return self.id.partition("-")[0]

    def threshold(self, name: str, level: int) -> int | None:
        """Value of a threshold at a level.

        Raises:
            KeyError: the control has none of that name.
        """
        return {one.name: one for one in self.thresholds}[name].at(level)


@dataclass(frozen=True)
class Catalogue:
    """All controls, in the catalogue's order.

    Attributes:
        version: of the data, as ``2026.11``.
        sha256: of the data's bytes; reports and evidence carry it.
    """

    version: str
    sha256: str
    controls: tuple[Control, ...]

    def __iter__(self) -> Iterator[Control]:
        return iter(self.controls)

    def __getitem__(self, control: str) -> Control:
        return {one.id: one for one in self.controls}[control]

    def profile(self, level: int) -> tuple[Control, ...]:
        """Controls that a level from 1 to 5 asks for."""
        return tuple(one for one in self.controls if one.level <= level)
