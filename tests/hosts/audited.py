"""A host that nobody's roles have made, for an audit to read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bentre_infra.compliance.gather.gather import gather
from bentre_infra.compliance.gather.request import Request
from bentre_infra.compliance.gather.transport import Target
from bentre_infra.hosts import scenario
from bentre_infra.hosts.access import Access
from bentre_infra.hosts.scenario import Platform, Scenario
from bentre_infra.hosts.throwaway import Throwaway
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.process import run

NAME = "plain"


@dataclass(frozen=True)
class Audited:
    """The host.

    Attributes:
        folder: with the way in, as ssh(1) reads it (``config``).
    """

    made: Scenario
    hosts: Throwaway

    @property
    def config(self) -> Path:
        return Access(self.made.folder).config

    def shell(self, text: str) -> str:
        """Run something on the host, without SSH: a log-in leaves traces of its own."""
        return self.hosts.run(f"{self.made.prefix}{NAME}", "bash", "-c", text)

    def install(self, script: str) -> None:
        """Run a script over SSH: packages come through the operator's connection."""
        run(["ssh", "-F", self.config, NAME, script])

    def target(self, **values: Any) -> Target:
        options = ("-F", str(self.config), "-o", "ClearAllForwardings=yes")
        return Target(NAME, NAME, **{"options": options, **values})

    def read(self) -> dict[str, Any]:
        """What the collector says of it, over SSH."""
        found = gather([(self.target(), Request())])[NAME]
        assert found.facts is not None, found.reason
        return found.facts


@contextmanager
def audited(name: str, image: str, hosts: Throwaway, folder: Path) -> Iterator[Audited]:
    made = Scenario(name, folder, folder, (Platform(NAME, image),), {})
    try:
        scenario.create(made, hosts, Paths.from_env())
        yield Audited(made, hosts)
    finally:
        scenario.destroy(made, hosts)
