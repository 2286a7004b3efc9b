"""The machine's own package sources, for another root file system."""

import platform
from dataclasses import dataclass
from functools import cache

from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_POCKETS = ("", "-updates", "-security")
# apt.conf(5): how the machine reaches its mirror
_SETTINGS = (
    "Acquire::http::",
    "Acquire::https::",
    "Acquire::Check-Date ",
    "Acquire::Check-Valid-Until ",
    "Acquire::ForceIPv4 ",
    "Acquire::ForceIPv6 ",
    "Acquire::Retries ",
)


@dataclass(frozen=True)
class Source:
    """One line of sources.list(5).

    Attributes:
        uri: the archive.
        suite: release with its pocket, for example ``trixie-security``.
        components: for example ``("main",)``.
    """

    uri: str
    suite: str
    components: tuple[str, ...]

    def __str__(self) -> str:
        return f"deb [signed-by={KEYRING}] {self.uri} {self.suite} {' '.join(self.components)}"


def sources(suite: str) -> list[Source]:
    """The Debian archives that this machine uses, for another suite of Debian.

    apt itself reads the configuration (``apt-get indextargets``), so that deb822 files, one-line
    files and options are understood as they are. Archives that are not Debian's are left out.

    Raises:
        BentreError: apt has no Debian archive with the component main.
    """
    found = _parse(_listed(), suite, _codename())
    if not found:
        raise BentreError(
            "apt has no Debian archive with the component main",
            "add one to /etc/apt/sources.list.d and run apt-get update",
        )
    return found


def settings() -> str:
    """The machine's apt settings that say how to reach its archives, in apt.conf(5) syntax.

    A proxy's address may hold a password: keep the text out of command lines and logs.
    """
    return _settings(_dump())


@cache
def _dump() -> str:
    return run(["apt-config", "dump"])


@cache  # apt takes a second for it, and the hosts of a scenario ask several times
def _listed() -> str:
    return run(
        [
            "apt-get",
            "indextargets",
            "--format=$(ORIGIN)\t$(SITE)\t$(RELEASE)\t$(COMPONENT)",
            "Created-By: Packages",
        ]
    )


def _codename() -> str:
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def _parse(listed: str, suite: str, codename: str) -> list[Source]:
    found: dict[tuple[str, str], list[str]] = {}
    for line in listed.splitlines():
        origin, site, release, component = line.split("\t")
        # a field without a value stays as it was asked for: no lists have been fetched yet
        if origin not in ("Debian", "$(ORIGIN)"):
            continue
        base, dash, pocket = release.partition("-")
        if base not in (codename, "stable", "oldstable") or dash + pocket not in _POCKETS:
            continue
        components = found.setdefault((site.rstrip("/"), suite + dash + pocket), [])
        if component not in components:
            components.append(component)
    return [Source(uri, name, tuple(c)) for (uri, name), c in found.items() if "main" in c]


def _settings(dump: str) -> str:
    kept = [line for line in dump.splitlines() if line.startswith(_SETTINGS)]
    # a group's own line has an empty value; the proxy for one host may be empty on purpose
    return "".join(f"{line}\n" for line in kept if not line.endswith(':: "";'))
