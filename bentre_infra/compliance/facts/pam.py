"""Lines of pam.d(5)."""

import re
from dataclasses import dataclass

from bentre_infra.compliance.facts.host import Host


@dataclass(frozen=True)
class Module:
    """A module in a stack.

    Attributes:
        control: ``required``, ``requisite``, or the bracketed form.
        words: its arguments; ``options`` those of them with a value.
    """

    control: str
    words: tuple[str, ...]

    @property
    def options(self) -> dict[str, str]:
        """Arguments with a value."""
        pairs = (word.partition("=") for word in self.words if "=" in word)
        return {name: value for name, _, value in pairs}


def modules(host: Host, service: str, name: str) -> list[Module]:
    """How a module is used in a service's file; empty where it is not."""
    found = []
    for _, line in host.lines(rf"/etc/pam\.d/{re.escape(service)}"):
        match = re.match(r"-?\w+\s+(\[[^\]]*\]|\S+)\s+(\S+)\s*(.*)", line)
        if match and match[2].rpartition("/")[2] == name:
            found.append(Module(match[1], tuple(match[3].split())))
    return found
