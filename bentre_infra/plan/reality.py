"""What is really in the stacks' projects, asked from the cloud itself (openstacksdk)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bentre_infra.runtime.errors import BentreError

if TYPE_CHECKING:
    from openstack.connection import Connection

_PROJECT = "openstack:identity/project:Project"
_PROVIDER = "pulumi:providers:openstack"
_GROUP = "openstack:networking/secGroup:SecGroup"
_PORT = "openstack:networking/port:Port"


@dataclass(frozen=True)
class Found:
    """Something that no stack declares; ``owner`` is who made it, as far as the cloud tells."""

    kind: str
    name: str
    id: str
    owner: str


class Reality:
    """The projects in which the stacks have something, seen with the stacks' own providers.

    A project counts when a provider of the stacks works in it and the stacks have a network
    resource there, or made it. What an administrator's entry merely could see does not.

    Args:
        resources: resources of all states, as the engine exports them.
        env: environment with ``OS_CLIENT_CONFIG_FILE``.
    """

    def __init__(self, resources: Sequence[Mapping[str, Any]], env: Mapping[str, str]) -> None:
        self._ids = {r["id"] for r in resources if r.get("id")}
        self._projects = set(_projects(resources))
        self._clouds = {
            r["inputs"]["cloud"]
            for r in resources
            if r["type"] == _PROVIDER and r.get("inputs", {}).get("cloud")
        }
        self._bare = {
            r["id"]
            for r in resources
            if r["type"] == _GROUP and r.get("inputs", {}).get("deleteDefaultRules")
        }
        self._ports = {r["id"] for r in resources if r["type"] == _PORT}
        self._env = env
        self._open = ExitStack()
        self._connections: dict[str, Connection] = {}

    def __enter__(self) -> "Reality":
        import openstack  # noqa: PLC0415  (slow to load, and only drift needs it)
        from openstack.config import OpenStackConfig  # noqa: PLC0415

        file = self._env.get("OS_CLIENT_CONFIG_FILE")
        config = OpenStackConfig(config_files=[file] if file else None)
        for cloud in sorted(self._clouds):
            with _clear(cloud):
                connection = openstack.connection.Connection(config=config.get_one(cloud=cloud))
                self._open.callback(connection.close)
                if connection.current_project_id in self._projects:
                    self._projects.discard(connection.current_project_id)  # one is enough
                    self._connections[cloud] = connection
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def undeclared(self) -> list[Found]:
        """Everything in the projects that is in no state.

        Raises:
            BentreError: the cloud could not be asked.
        """
        found = []
        for cloud, connection in self._connections.items():
            with _clear(cloud):
                for kind, thing in self._things(connection):
                    if thing.id not in self._ids:
                        user = getattr(thing, "user_id", None)
                        project = f"project {connection.current_project_id}"
                        owner = f"user {user}" if user else project
                        found.append(Found(kind, thing.name or thing.id, thing.id, owner))
        return found

    def _things(self, connection: "Connection") -> Iterator[tuple[str, Any]]:
        """What costs money, holds data or opens a way in; in one project alone."""
        mine = {"project_id": connection.current_project_id}
        network = connection.network
        for server in connection.compute.servers():
            yield "Instance", server
        for volume in connection.block_storage.volumes():
            yield "Volume", volume
        for net in network.networks(**mine):
            yield "Network", net
        for router in network.routers(**mine):
            yield "Router", router
        for address in network.ips(**mine):
            yield "FloatingIp", address
        for group in network.security_groups(**mine):
            if group.name != "default":  # Neutron makes it in each project
                yield "SecGroup", group
                for rule in group.security_group_rules:
                    if group.id in self._bare or not _is_default(rule):
                        yield "SecGroupRule", _Rule(group.name, rule)

    def put_back(self, port: str, property_: str, value: Any) -> None:
        """Give a port the security groups that are declared.

        Raises:
            BentreError: it is no port of the stacks, or another property, or Neutron refused.
        """
        if port not in self._ports or property_ != "securityGroupIds":
            raise BentreError(f"{property_} of {port} cannot be put back here")
        for cloud, connection in self._connections.items():
            with _clear(cloud):
                if connection.network.find_port(port):
                    connection.network.update_port(port, security_groups=value)
                    return
        raise BentreError(f"port {port} is in none of the stacks' projects")


@contextmanager
def _clear(cloud: str) -> Iterator[None]:
    """Turn what the cloud's client raises into one clear line."""
    from keystoneauth1.exceptions import ClientException  # noqa: PLC0415
    from openstack.exceptions import SDKException  # noqa: PLC0415

    try:
        yield
    except (ClientException, SDKException) as e:
        raise BentreError(f"cloud {cloud}: {e}", "see its entry in clouds.yaml") from e


def _projects(resources: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for resource in resources:
        if resource["type"] == _PROJECT:
            yield resource["id"]
        elif resource["type"].startswith("openstack:networking/"):
            project = resource.get("outputs", {}).get("tenantId")
            if isinstance(project, str):
                yield project


def _is_default(rule: Mapping[str, Any]) -> bool:
    """Whether Neutron puts such a rule into each new group: everything may go out."""
    limits = ("protocol", "port_range_min", "remote_ip_prefix", "remote_group_id")
    return rule["direction"] == "egress" and all(rule[limit] is None for limit in limits)


class _Rule:
    """A rule of a group: named by what it lets through."""

    def __init__(self, group: str, rule: Mapping[str, Any]) -> None:
        ports = [rule["port_range_min"], rule["port_range_max"]]
        said = (
            rule["direction"],
            rule["ethertype"],
            rule["protocol"],
            None if ports[0] is None else "-".join(map(str, dict.fromkeys(ports))),
            rule["remote_ip_prefix"] or rule["remote_group_id"],
        )
        self.id: str = rule["id"]
        self.name = f"{group}: " + " ".join(str(part) for part in said if part is not None)
