"""Clause numbers as they read at a level: each level has a chapter of its own in the standards."""

import re

from bentre_infra.compliance.catalogue.model import Control

CHAPTER_2026 = 2
"""TCVN 14423:2026: chapter = level + 2."""
CHAPTER_2017 = 4
"""TCVN 11930:2017: chapter = level + 4."""

_ANY = re.compile(r"\b[xy]\.(?=\d)")
_OWN = re.compile(r"(\d+)\.\d")
_OLD = "O "
"""How the catalogue marks clauses of 2017; a report prints them below the standard's name."""


def clauses(control: Control, level: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Clauses of the standard of 2026, and of the one of 2017, at a level from 1 to 5."""
    return (
        _at(control.clauses_2026, level + CHAPTER_2026),
        _at(control.clauses_2017, level + CHAPTER_2017),
    )


def _at(written: tuple[str, ...], chapter: int) -> tuple[str, ...]:
    """Put the chapter in; of clauses that levels have of their own, take the highest that counts.

    What is no clause of the standard (an article of a decree) stays as it is.
    """
    written = tuple(text.removeprefix(_OLD) for text in written)
    own = {text: int(m[1]) for text in written if (m := _OWN.match(text))}
    counting = [number for number in own.values() if number <= chapter]
    highest = max(counting, default=None)
    return tuple(
        _ANY.sub(f"{chapter}.", text) for text in written if text not in own or own[text] == highest
    )
