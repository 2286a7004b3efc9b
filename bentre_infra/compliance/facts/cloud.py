"""A cloud's facts, as checks ask for them: what its interfaces say of the site's projects."""

import re
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Cloud:
    """The projects of a site, as they were found.

    Attributes:
        document: what :mod:`bentre_infra.compliance.gather.cloud` read.
    """

    name: str
    document: dict[str, Any]
    used: set[str] = field(default_factory=set)

    def fresh(self) -> "Cloud":
        """The same facts, nothing asked yet."""
        return Cloud(self.name, self.document)

    def _all(self, kind: str) -> list[dict[str, Any]]:
        self.used.add(f"cloud:{kind}")
        found: list[dict[str, Any]] = self.document[kind]
        return found

    @property
    def projects(self) -> list[dict[str, Any]]:
        """Projects: id, name."""
        return self._all("projects")

    @property
    def networks(self) -> list[dict[str, Any]]:
        """Networks that are not external."""
        return [n for n in self._all("networks") if not n["external"]]

    @property
    def servers(self) -> list[dict[str, Any]]:
        """Servers of all projects."""
        return self._all("servers")

    @property
    def server_ports(self) -> list[dict[str, Any]]:
        """Ports that belong to servers."""
        return [p for p in self._all("ports") if str(p["device_owner"]).startswith("compute:")]

    @property
    def groups_of_rules(self) -> list[dict[str, Any]]:
        """Security groups with their rules."""
        return self._all("security_groups")

    @property
    def volumes(self) -> list[dict[str, Any]]:
        """Volumes of all projects."""
        return self._all("volumes")

    @property
    def endpoints(self) -> list[dict[str, Any]]:
        """Public endpoints of the catalogue: service, url."""
        return self._all("endpoints")

    @property
    def reach(self) -> list[dict[str, Any]]:
        """How servers fared that tried a port of another project's."""
        return self._all("reach")

    @property
    def zones(self) -> dict[str, dict[str, Any]]:
        """Networks by their zone: the tag ``zone:NAME``, else the last word of the name."""
        return {_zone(network): network for network in self.networks}

    def zones_of(self, server: dict[str, Any]) -> set[str]:
        """Zones that a server's ports lie in."""
        by_id = {n["id"]: _zone(n) for n in self.networks}
        return {
            by_id.get(p["network_id"], p["network_id"])
            for p in self.server_ports
            if p["device_id"] == server["id"]
        }

    def routers_only(self, names: list[str]) -> bool:
        """Whether some servers are all routers: those join zones by what they are."""
        return all(re.search(r"(^|-)edge(-|$)|router", name) for name in names)

    def subnets_of(self, zone: str) -> list[dict[str, Any]]:
        """Subnets of a zone."""
        network = self.zones.get(zone)
        return [s for s in self._all("subnets") if network and s["network_id"] == network["id"]]

    def groups(self, pattern: str) -> dict[str, list[dict[str, Any]]]:
        """Servers that differ in their number alone, by the name without it."""
        found: dict[str, list[dict[str, Any]]] = {}
        for server in self.servers:
            if re.fullmatch(pattern, server["name"]):
                found.setdefault(server["name"].rpartition("-")[0], []).append(server)
        return found


def _zone(network: dict[str, Any]) -> str:
    for tag in network.get("tags", []):
        if tag.startswith("zone:"):
            return str(tag.removeprefix("zone:"))
    return str(network["name"]).rpartition("-")[2]
