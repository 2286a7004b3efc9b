"""A host as a machine that is switched off and on."""

from pathlib import Path

from bentre_infra.hosts.access import Access
from bentre_infra.hosts.scenario import Scenario
from bentre_infra.hosts.spec import HostSpec
from bentre_infra.hosts.throwaway import PREFIX, Throwaway
from bentre_infra.runtime.paths import Paths
from tests.roles.ansible import ROOT

_GRACE = 60  # seconds to shut down


def restart(folder: Path, host: str) -> None:
    """Shut a host of the scenario down and boot it again; nobody logs in meanwhile."""
    hosts = Throwaway(Paths.from_env())
    short = Scenario("signing", ROOT, folder, (), {}).prefix + host
    name, console = PREFIX + short, hosts.console(short)
    Access(folder).close()
    hosts.podman.stop(name, _GRACE)
    spec = HostSpec(name, console.parent / "root", hostname=host, netns=name, console=console)
    hosts.podman.boot(spec)
    hosts.wait(short)
