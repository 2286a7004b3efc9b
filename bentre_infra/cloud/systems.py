"""The services of one stack: their nodes, balancers and public names."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

import pulumi
import pulumi_openstack as openstack
from pulumi import Output, ResourceOptions

from bentre_infra.cloud.balancer import Balancer
from bentre_infra.cloud.foundation import PROJECT, Foundation, entry
from bentre_infra.cloud.names import PublicAddress, PublicName
from bentre_infra.cloud.nodes import NodeGroup, Placed
from bentre_infra.inventory.nodes import NodeRecord, document
from bentre_infra.site.dns import hosts_of
from bentre_infra.site.model import Balancer as BalancerAddress
from bentre_infra.site.model import Cloud, Part, Service, Site
from bentre_infra.site.rules import NODES


@dataclass(frozen=True)
class Door:
    """One place where the Internet enters: a node or a balancer, with its addresses."""

    name: str
    ipv4: Output[str]
    ipv6: str


@dataclass(frozen=True)
class Providers:
    """Who works where: in the system's project, in the foundation's, as administrator."""

    system: openstack.Provider
    foundation: openstack.Provider
    admin: openstack.Provider


def build(site: Site, cloud: Cloud, foundation: Foundation, stack: str) -> None:
    """Declare the services that a stack brings up, and export their nodes and public names.

    Args:
        site: the site.
        cloud: its cloud.
        foundation: what they stand on.
        stack: which stack; the site says for each service to which it belongs.
    """
    base = openstack.Provider(PROJECT, cloud=entry(cloud, PROJECT))
    admin = openstack.Provider("admin", cloud=f"{cloud.name}-admin")
    records: list[Output[NodeRecord]] = []
    public: dict[str, list[Output[str]]] = {}
    for service in site.services:
        if service.stack != stack:
            continue
        system = openstack.Provider(service.name, cloud=entry(cloud, service.name))
        builder = _Builder(site, cloud, foundation, Providers(system, base, admin))
        for part in service.parts:
            records += builder.part(service, part)
        public |= builder.public
    pulumi.export("nodes", Output.all(*records).apply(lambda found: document(site.name, found)))
    pulumi.export("endpoints", public)


class _Builder:
    """Builds parts of one service; gathers its public names."""

    def __init__(
        self, site: Site, cloud: Cloud, foundation: Foundation, providers: Providers
    ) -> None:
        self._site, self._cloud = site, cloud
        self._foundation, self._by = foundation, providers
        self.public: dict[str, list[Output[str]]] = {}

    def part(self, service: Service, part: Part) -> Iterator[Output[NodeRecord]]:
        """Build a part; what the inventory is told of its nodes."""
        group = NodeGroup(
            part,
            site=self._site,
            cloud=self._cloud,
            foundation=self._foundation,
            project_id=self._foundation.projects[service.name],
            admin=self._by.admin,
            opts=ResourceOptions(providers=[self._by.system]),
        )
        balancers = self._balancers(part, part.balancer) if part.balancer else {}
        doors = list(self._doors(part, group, balancers)) if part.public else []
        for label in part.public:
            self._name(f"{label}.{self._site.public_domain}", doors_of(label, doors))
        floating = {} if part.balancer else {door.name: door.ipv4 for door in doors}
        for placed in group.placed:
            yield self._record(part, placed, floating.get(placed.node.name))

    def _balancers(self, part: Part, declared: BalancerAddress) -> dict[int, Balancer]:
        """One on each address family, for every TCP port that a flow opens to the part."""
        zone = self._foundation.zones[part.zone]
        ports = sorted(
            port.first
            for flow in self._site.flows
            if part.group in flow.target.parts and not flow.target.whole
            for port in flow.ports
            if port.transport == "tcp" and port.first is not None and port.first == port.last
        )
        subnets = {4: zone.ipv4_subnet_id, 6: zone.ipv6_subnet_id}
        made = {}
        for family, interface in ((4, declared.ipv4), (6, declared.ipv6)):
            made[family] = Balancer(
                f"{declared.name}-ipv{family}",
                subnet_id=subnets[family],
                address=str(interface.ip),
                ports=list(dict.fromkeys(ports)),
                members=[
                    (n.name, str(n.ipv4.ip if family == 4 else n.ipv6.ip)) for n in part.nodes
                ],
                opts=ResourceOptions(providers=[self._by.system]),
            )
        return made

    def _doors(
        self, part: Part, group: NodeGroup, balancers: dict[int, Balancer]
    ) -> Iterator[Door]:
        ways = [(p.node.name, p.port_id, str(p.node.ipv6.ip)) for p in group.placed]
        if part.balancer:
            vip = balancers[4].vip_port_id
            ways = [(part.balancer.name, vip, str(part.balancer.ipv6.ip))]
        for name, port, ipv6 in ways:
            address = PublicAddress(
                name,
                network=self._cloud.external_network,
                port_id=port,
                opts=ResourceOptions(providers=[self._by.system]),
            )
            yield Door(name, address.ipv4, ipv6)

    def _name(self, fqdn: str, doors: list[Door]) -> None:
        PublicName(
            fqdn,
            zone_id=self._foundation.dns_zone,
            ipv4=[door.ipv4 for door in doors],
            ipv6=[door.ipv6 for door in doors],
            opts=ResourceOptions(providers=[self._by.foundation]),
        )
        self.public[fqdn] = [*(d.ipv4 for d in doors), *(Output.from_input(d.ipv6) for d in doors)]

    def _record(
        self, part: Part, placed: Placed, floating: Output[str] | None
    ) -> Output[NodeRecord]:
        node = placed.node
        groups = (NODES, part.group)
        return Output.all(placed.server_id, floating).apply(
            lambda found: NodeRecord(
                name=node.name,
                server_id=found[0],
                zone=node.zone,
                addresses=(node.ipv4.ip, node.ipv6.ip),
                groups=groups,
                unit=node.unit.slug,
                floating_address=ip_address(found[1]) if found[1] else None,
            )
        )


def doors_of(label: str, doors: list[Door]) -> list[Door]:
    """Where a public name leads: ``mx2`` to the second node, a name without a number to all."""
    names = hosts_of(label, [door.name for door in doors])
    return [door for door in doors if door.name in names]
