"""What a site's model says that checks measure a host against: who may do what to whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from itertools import product

from bentre_infra.site.model import Part, Site
from bentre_infra.site.protocols import PROTOCOLS, Port
from bentre_infra.site.rules import node_flows

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class NodeFacts:
    """A node as the model has it.

    Attributes:
        lines: its addresses on lines to units, beside those in its zone.
    """

    name: str
    kinds: tuple[str, ...]
    system: str
    zone: str
    level: int
    unit: str
    addresses: tuple[Address, ...]
    ports: frozenset[tuple[str, int]]
    lines: tuple[Address, ...] = ()


@dataclass(frozen=True)
class Declared:
    """A TCP port of a node that the flow matrix lets another one reach."""

    source: str
    target: str
    port: int


@dataclass(frozen=True)
class SiteFacts:
    """A site as checks ask for it.

    Attributes:
        networks: the allotted address space.
        admins: where administrators work.
        resolvers, time_servers, log_servers, bastions: addresses of the nodes that are so.
        former_domains: domains of the units that were, which only receive.
        names: names of the portal's sites.
        flows: what of the flow matrix can be tried: from one node of each part to all of another.
    """

    name: str
    level: int
    public_domain: str
    nodes: tuple[NodeFacts, ...]
    networks: tuple[Network, ...]
    zones: tuple[tuple[str, tuple[Network, ...]], ...]
    admins: tuple[Network, ...]
    resolvers: tuple[Address, ...]
    time_servers: tuple[Address, ...]
    log_servers: tuple[Address, ...]
    bastions: tuple[Address, ...]
    former_domains: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    flows: tuple[Declared, ...] = ()
    today: date = field(default_factory=date.today)

    def node(self, name: str) -> NodeFacts | None:
        """A node by name."""
        return next((n for n in self.nodes if n.name == name), None)

    def zone(self, name: str) -> tuple[Network, ...]:
        """Prefixes of a zone; none when it is not there."""
        return dict(self.zones).get(name, ())


_KINDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("base", "logs"): ("log", "backup"),
    ("base", "bastion"): ("backup",),
    ("base", "dns"): ("net",),
    ("base", "resolver"): ("net",),
    ("portal", "db"): ("db",),
    ("signing", "app"): ("sign",),
}
_SERVICE_KINDS = {"mail": ("mail",), "portal": ("portal",), "wan": ("net",), "edge": ("net",)}


def kinds_of(service: str, part: str) -> tuple[str, ...]:
    """Kinds of the catalogue that the nodes of a part are, beside ``all``."""
    return _KINDS.get((service, part), _SERVICE_KINDS.get(service, ()))


def site_facts(site: Site, today: date) -> SiteFacts:
    """Draw from a site what checks ask for."""
    flows = node_flows(site)
    nodes = []
    for service in site.services:
        for part in service.parts:
            ports = frozenset(
                (flow.protocol, number)
                for flow in flows[part.group]
                if flow.direction == "ingress"
                for port in flow.ports
                for number in _numbers(port)
            )
            nodes += [
                NodeFacts(
                    name=node.name,
                    kinds=kinds_of(node.service, node.part),
                    system=service.system.code,
                    zone=node.zone,
                    level=node.level,
                    unit=node.unit.title,
                    addresses=(node.ipv4.ip, node.ipv6.ip),
                    ports=ports,
                    lines=tuple(a.ip for port in node.ports for a in (port.ipv4, port.ipv6)),
                )
                for node in part.nodes
            ]
    return SiteFacts(
        name=site.name,
        level=site.level,
        public_domain=site.public_domain,
        nodes=tuple(nodes),
        networks=(*site.addressing.ipv4, site.addressing.ipv6),
        zones=tuple((zone.name, (zone.ipv4, zone.ipv6)) for zone in site.zones),
        admins=tuple(network for zone in site.zones for network in zone.admins),
        resolvers=site.resolvers,
        time_servers=_served(site, "ntp"),
        log_servers=_served(site, "syslog-tls"),
        bastions=_addresses(p for p in site.parts if "bastion" in p.name),
        former_domains=site.profile.former_domains(today),
        names=tuple(
            f"{name}.{site.public_domain}"
            for service in site.services
            for part in service.parts
            if "portal" in kinds_of(service.name, part.name)
            for name in part.public
        ),
        flows=tuple(dict.fromkeys(_declared(site))),
        today=today,
    )


def _declared(site: Site) -> Iterator[Declared]:
    parts = {part.group: part for part in site.parts}
    for flow in site.flows:
        ports = [p.first for p in flow.ports if p.transport == "tcp" and p.first == p.last]
        for source, target in product(flow.source.parts, flow.target.parts):
            for one in parts[source].nodes[:1]:
                for other in parts[target].nodes:
                    if one.name != other.name:
                        yield from (Declared(one.name, other.name, p) for p in ports if p)


def _numbers(port: Port) -> Iterable[int]:
    if port.first is None or port.last is None:
        return ()
    return range(port.first, port.last + 1)


def _served(site: Site, protocol: str) -> tuple[Address, ...]:
    """Addresses of the parts that a flow of a protocol goes to."""
    wanted = set(PROTOCOLS[protocol])
    parts = {p.group: p for p in site.parts}
    groups = {
        group for flow in site.flows if wanted & set(flow.ports) for group in flow.target.parts
    }
    return _addresses(parts[group] for group in sorted(groups))


def _addresses(parts: Iterable[Part]) -> tuple[Address, ...]:
    return tuple(a for p in parts for n in p.nodes for a in (n.ipv4.ip, n.ipv6.ip))


def within(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of some networks."""
    return any(address in network for network in networks if network.version == address.version)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks from their texts."""
    return tuple(ip_network(text) for text in texts)
