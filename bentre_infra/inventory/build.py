"""An Ansible inventory as plain data: a host for each server, in groups of what it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from bentre_infra.inventory.names import zones
from bentre_infra.inventory.nodes import Address, NodeRecord
from bentre_infra.inventory.ways import of_node, of_parts
from bentre_infra.runtime.errors import BentreError
from bentre_infra.site.model import Node, Service, Site
from bentre_infra.site.rules import NodeFlow, node_flows

type Reach = Literal["floating", "ipv6", "ipv4"]

REACH: tuple[Reach, ...] = ("floating", "ipv6", "ipv4")
"""Which of a node's addresses Ansible connects to: the first kind that the node has."""

NAME_SERVERS = ("part_base_dns", "part_base_resolver")
"""Groups of the nodes that serve the site's zones and that look names up (playbooks/dns.yml)."""

_DIRECTIONS = {"ingress": "in", "egress": "out"}


@dataclass(frozen=True)
class Host:
    """A host: ASCII name, the groups that it is in, and its variables."""

    name: str
    groups: tuple[str, ...]
    variables: dict[str, Any]


@dataclass(frozen=True)
class Inventory:
    """Hosts by name; and every group of the site, also those without hosts.

    Attributes:
        variables: of all hosts: site, domain, level.
        group_variables: of the hosts of a group, by its name.
        strays: servers that the stack has and the site does not declare; no hosts.
    """

    hosts: tuple[Host, ...]
    groups: tuple[str, ...]
    variables: dict[str, Any]
    strays: tuple[str, ...] = ()
    group_variables: dict[str, dict[str, Any]] = field(default_factory=dict)

    def as_script_output(self) -> dict[str, Any]:
        """Return what ``ansible-inventory --list`` prints for it."""
        members: dict[str, list[str]] = {group: [] for group in self.groups}
        for host in self.hosts:
            for group in host.groups:
                members[group].append(host.name)
        groups: dict[str, dict[str, Any]] = {n: {"hosts": hosts} for n, hosts in members.items()}
        for name, variables in self.group_variables.items():
            groups[name]["vars"] = variables
        everyone = {"children": sorted(groups), "vars": self.variables}
        hostvars = {host.name: host.variables for host in self.hosts}
        return {"_meta": {"hostvars": hostvars}, "all": everyone, **groups}


def group_name(kind: str, name: str | int) -> str:
    """Return the name of a group: letters, digits and ``_`` (Ansible's rule for variables)."""
    return f"{kind}_{name}".replace("-", "_")


def build(site: Site, records: Iterable[NodeRecord], reach: Iterable[Reach] = REACH) -> Inventory:
    """Join what a site declares with what a stack made.

    A server that the site does not declare is no host: it is named among the strays, and the drift
    report says where it comes from.

    Raises:
        BentreError: a server is in another zone than its node.
    """
    nodes = {node.name: node for node in site.nodes}
    services = {service.name: service for service in site.services}
    order = tuple(reach)
    servers = tuple(records)
    hosts, strays = [], []
    for record in servers:
        node = nodes.get(record.name)
        if node is None:
            strays.append(record.name)
            continue
        if node.zone != record.zone:
            raise BentreError(
                f"{record.name} is in zone {record.zone}, the site says {node.zone}",
                "bentre plan, which shows what moves",
            )
        hosts.append(_host(site, node, services[node.service], record, order))
    variables = {
        "bentre_site": site.name,
        "bentre_domain": site.domain,
        "bentre_public_domain": site.public_domain,
        "bentre_site_level": site.level,
        "bentre_resolvers": [str(address) for address in site.resolvers],
        "bentre_networks": [str(n) for n in (*site.addressing.ipv4, site.addressing.ipv6)],
    }
    return Inventory(
        hosts=tuple(sorted(hosts, key=lambda host: host.name)),
        groups=_groups(site),
        variables=variables,
        strays=tuple(sorted(strays)),
        group_variables=_of_groups(site, servers),
    )


def _of_groups(site: Site, servers: tuple[NodeRecord, ...]) -> dict[str, dict[str, Any]]:
    """What passes at the nodes of each part: said once for all of them.

    What grows with the site is said to those who need it alone: Ansible gives each host a copy.
    """
    flows = node_flows(site)
    found: dict[str, dict[str, Any]] = {
        group_name("part", part.group): {"bentre_flows": [_flow(f) for f in flows[part.group]]}
        for part in site.parts
    }
    for part, told in of_parts(site).items():
        found[group_name("part", part)] |= told
    named = [group for group in NAME_SERVERS if group in found]
    if named:
        served = zones(site, servers)
        for group in named:
            found[group]["bentre_dns_zones"] = served
    return found


def _flow(flow: NodeFlow) -> dict[str, Any]:
    return {
        "name": flow.name,
        "direction": _DIRECTIONS[flow.direction],
        "protocol": flow.protocol,
        "ports": [port.numbers for port in flow.ports],
        "peers": list(flow.peers),
        "why": flow.why,
    }


def _groups(site: Site) -> tuple[str, ...]:
    groups = {group_name("zone", zone.name) for zone in site.zones}
    groups |= {g for s in site.services for p in s.parts for n in p.nodes for g in _groups_of(n)}
    return tuple(sorted(groups))


def _groups_of(node: Node) -> tuple[str, ...]:
    return (
        group_name("level", node.level),
        group_name("part", f"{node.service}_{node.part}"),
        group_name("service", node.service),
        group_name("unit", node.unit.slug),
        group_name("zone", node.zone),
    )


def _host(
    site: Site, node: Node, service: Service, record: NodeRecord, reach: tuple[Reach, ...]
) -> Host:
    return Host(
        name=node.name,
        groups=_groups_of(node),
        variables={
            "ansible_host": str(_reached(record, reach)),
            "bentre_server_id": record.server_id,
            "bentre_addresses": [str(address) for address in record.addresses],
            "bentre_ipv4": str(node.ipv4),
            "bentre_ipv6": str(node.ipv6),
            "bentre_level": node.level,
            "bentre_part": node.part,
            "bentre_security_groups": list(record.groups),
            "bentre_service": node.service,
            "bentre_system": service.system.code,
            "bentre_title": f"{service.system.name or service.system.code} ({node.unit.title})",
            "bentre_unit": node.unit.slug,
            "bentre_unit_title": node.unit.title,
            "bentre_zone": node.zone,
            **of_node(site, node),
        },
    )


def _reached(record: NodeRecord, reach: tuple[Reach, ...]) -> Address:
    found: dict[Reach, Address | None] = {
        "floating": record.floating_address,
        "ipv6": next((a for a in record.addresses if a.version == 6), None),
        "ipv4": next((a for a in record.addresses if a.version == 4), None),
    }
    for kind in reach:
        address = found[kind]
        if address is not None:
            return address
    raise BentreError(
        f"{record.name} has none of the addresses to reach it by: {', '.join(reach)}",
        'add a kind to "reach" in bentre.yml',
    )
