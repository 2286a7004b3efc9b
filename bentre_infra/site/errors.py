"""What is wrong with a site, all at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bentre_infra.runtime.errors import BentreError


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, where it stands, and what would be right.

    Attributes:
        file: the file, as the user named it.
        line: its line, counted from 1.
        message: what is wrong and what would be right.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class SiteError(BentreError):
    """A site, or a profile, that cannot be used.

    Attributes:
        problems: everything that was found, by file and line, without doubles.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(p) for p in self.problems))


def near(name: str, known: Iterable[str]) -> str:
    """End a message about an unknown name: the nearest known one, or all of a short list."""
    names = sorted(set(known))
    close = get_close_matches(name, names, n=3)
    if close:
        # two letters that changed places are likelier than one that is wrong
        close.sort(key=lambda other: sorted(other) != sorted(name))
        return f'; did you mean "{close[0]}"?'
    return f"; known: {', '.join(names)}" if 0 < len(names) <= 12 else ""
