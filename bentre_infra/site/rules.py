"""What passes, from the flow matrix: rules of the cloud's security groups, flows of a node.

Both follow from the same sides of each flow. Answers pass by themselves: groups and nodes keep
track of connections.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from bentre_infra.site.model import Endpoint, Flow, Part, Site
from bentre_infra.site.networks import subnets_of
from bentre_infra.site.protocols import PROTOCOLS, Port
from bentre_infra.site.ways import collapsed, implied_flows, passing_flows, router_parts

NODES = "nodes"
"""The group that every node is in; no part has this name, for a part's group has a dash."""

type Direction = Literal["ingress", "egress"]

EVERYWHERE: dict[str, str] = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}


@dataclass(frozen=True, order=True)
class GroupRule:
    """One rule of a security group.

    Attributes:
        direction: seen from the node, as Neutron does.
        family: ``IPv4`` or ``IPv6``.
        port: what is let through.
        remote: the other end: a prefix, or the name of a group.
    """

    direction: Direction
    family: str
    port: Port
    remote: str

    @property
    def by_prefix(self) -> bool:
        """Whether the other end is a prefix."""
        return "/" in self.remote

    def covers(self, other: "GroupRule") -> bool:
        """Whether it lets through all that another rule does, from everywhere."""
        return (
            self != other
            and (self.direction, self.family) == (other.direction, other.family)
            and self.remote == EVERYWHERE[self.family]
            and _within(other.port, self.port)
        )


def group_rules(site: Site) -> dict[str, tuple[GroupRule, ...]]:
    """Rules of each group: one for each part, and one that all nodes are in.

    A flow lets its source out and its target in, on both families. Both ends are groups where the
    site knows the nodes, so that a node that is added needs no new rule. A cloud does not tell what
    passes a router from what is meant for it: there, units' flows come in and go out.
    """
    found: dict[str, set[GroupRule]] = {NODES: set(), **{p.group: set() for p in site.parts}}
    parts = {part.group: part for part in site.parts}
    for flow in (*site.flows, *implied_flows(site)):
        for side in _sides(flow, site, parts):
            found[side.group] |= set(_rules(side.direction, flow.ports, side.remotes))
    for flow in passing_flows(site):
        sources, targets = _both_ends(flow, site, parts)
        for group in router_parts(site):
            found[group] |= set(_rules("ingress", flow.ports, sources))
            found[group] |= set(_rules("egress", flow.ports, targets))
    everywhere = found[NODES]
    everywhere |= set(_addresses_asked_for(site))
    return {
        group: tuple(
            sorted(
                r
                for r in rules
                if not any(wide.covers(r) for wide in rules | everywhere)
                and (group == NODES or r not in everywhere)
            )
        )
        for group, rules in found.items()
    }


@dataclass(frozen=True)
class NodeFlow:
    """A flow as a node sees it.

    Attributes:
        name: its ends and its first port; once among a node's flows in a direction.
        ports: of one transport, in order; none of ICMP.
        peers: the other end, as few prefixes as possible, IPv4 first.
    """

    name: str
    direction: Direction
    protocol: str
    ports: tuple[Port, ...]
    peers: tuple[str, ...]
    why: str


def node_flows(site: Site) -> dict[str, tuple[NodeFlow, ...]]:
    """Flows of each part's nodes; groups are told by the addresses that their nodes have.

    The same packets pass as by the part's security groups, but for requests for addresses: how a
    node comes by its addresses, it knows itself. What passes a router is no flow of its node.
    """
    parts = {part.group: part for part in site.parts}
    members = _members(site)
    everyone: list[NodeFlow] = []
    found: dict[str, list[NodeFlow]] = {
        group: everyone if group == NODES else [] for group in members
    }
    for flow in (*site.flows, *implied_flows(site)):
        remotes: dict[tuple[str, Direction], set[str]] = {}
        for side in _sides(flow, site, parts):
            remotes.setdefault((side.group, side.direction), set()).update(side.remotes)
        for (group, direction), others in remotes.items():
            found[group] += _by_transport(flow, direction, _addresses(others, members))
    return {
        group: tuple(sorted([*everyone, *own], key=lambda f: (f.direction, f.name)))
        for group, own in found.items()
        if group != NODES
    }


@dataclass(frozen=True)
class PassingFlow:
    """A flow as a router sees it that it passes; fields as of a node's."""

    name: str
    protocol: str
    ports: tuple[Port, ...]
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    why: str


def routed_flows(site: Site) -> tuple[PassingFlow, ...]:
    """What passes the routers between units and the data centre; answers pass by themselves."""
    parts, members = {part.group: part for part in site.parts}, _members(site)
    found = []
    for flow in passing_flows(site):
        sources, targets = (_addresses(e, members) for e in _both_ends(flow, site, parts))
        found += [
            PassingFlow(f.name, f.protocol, f.ports, sources, targets, f.why)
            for f in _by_transport(flow, "ingress", ())
        ]
    return tuple(sorted(found, key=lambda f: f.name))


def _both_ends(
    flow: Flow, site: Site, parts: Mapping[str, Part]
) -> tuple[frozenset[str], frozenset[str]]:
    sources, targets = (frozenset(_remotes(end, site)) for end in (flow.source, flow.target))
    return sources, targets | frozenset(_balancers(flow.target, parts))


def _addresses(
    ends: Iterable[str], members: Mapping[str, list[IPv4Network | IPv6Network]]
) -> tuple[str, ...]:
    return collapsed(n for end in ends for n in members.get(end) or [ip_network(end)])


def _by_transport(flow: Flow, direction: Direction, peers: tuple[str, ...]) -> Iterator[NodeFlow]:
    for transport in sorted({port.transport for port in flow.ports}):
        ports = tuple(p for p in flow.ports if p.transport == transport)
        first = str(ports[0]).replace("/", "-")
        name = f"{flow.source.text}-{flow.target.text}-{first}"
        numbers = tuple(p for p in ports if p.first is not None)
        yield NodeFlow(name, direction, transport, numbers, peers, flow.why)


def _members(site: Site) -> dict[str, list[IPv4Network | IPv6Network]]:
    """Addresses of each group's nodes."""
    found: dict[str, list[IPv4Network | IPv6Network]] = {NODES: []}
    for part in site.parts:
        own = [ip_network(a.ip) for node in part.nodes for a in (node.ipv4, node.ipv6)]
        found[part.group] = own
        found[NODES] += own
    return found


@dataclass(frozen=True)
class _Side:
    """What a flow lets through at the nodes of a group."""

    group: str
    direction: Direction
    remotes: frozenset[str]


def _sides(flow: Flow, site: Site, parts: Mapping[str, Part]) -> Iterator[_Side]:
    sources, targets = _both_ends(flow, site, parts)
    for group in _holders(flow.target, parts):
        yield _Side(group, "ingress", sources)
    for group in _holders(flow.source, parts):
        yield _Side(group, "egress", targets)
    if not flow.target.whole:
        for group in flow.target.parts:
            yield _Side(group, "ingress", frozenset(_health_checks(parts[group], site)))


def _holders(end: Endpoint, parts: Mapping[str, Part]) -> Iterable[str]:
    """Groups whose nodes are at this end; none where it is outside the site."""
    if end.text == "all":
        return (NODES,)
    if end.parts:
        return end.parts
    return [group for group, part in parts.items() if part.zone in end.zones]


def _remotes(end: Endpoint, site: Site) -> Iterator[str]:
    """The end as the other side sees it: prefixes and groups."""
    networks: Iterable[IPv4Network | IPv6Network] = ()
    if end.networks:
        yield from end.networks
        return
    match end.text:
        case "internet":
            yield from EVERYWHERE.values()
        case "all":
            yield NODES
        case "admins":
            networks = site.zone("management").admins
        case "units":
            yield from collapsed(n for lan in site.lans for n in (lan.ipv4, lan.ipv6))
        case _ if end.parts:
            yield from end.parts
        case _:
            zones = [site.zone(name) for name in sorted(end.zones)]
            networks = [n for zone in zones for n in (zone.ipv4, zone.ipv6)]
    yield from (str(network) for network in networks)


def _balancers(end: Endpoint, parts: Mapping[str, Part]) -> Iterator[str]:
    """Addresses in front of the parts: whoever is let out to a part is let out to them."""
    for balancer in (parts[group].balancer for group in end.parts):
        if balancer and not end.whole:
            yield f"{balancer.ipv4.ip}/32"
            yield f"{balancer.ipv6.ip}/128"


def _addresses_asked_for(site: Site) -> Iterator[GroupRule]:
    """DHCP (RFC 2131) and DHCPv6 (RFC 8415): OVN answers them itself, once the group lets them out.

    Requests go to everyone on the link; a lease is renewed at the address of the zone's gateway.
    """
    (request,), (request6,) = PROTOCOLS["dhcp"], PROTOCOLS["dhcpv6"]
    gateways = [f"{subnets_of(zone)[0].gateway}/32" for zone in site.zones]
    yield from _rules("egress", [request], ["255.255.255.255/32", *gateways])
    yield from _rules("egress", [request6], ["ff02::1:2/128"])


def _health_checks(part: Part, site: Site) -> Iterator[str]:
    """Where a balancer looks from whether its members answer: any address of their zone."""
    if part.balancer:
        zone = site.zone(part.zone)
        yield from (str(zone.ipv4), str(zone.ipv6))


def _rules(
    direction: Direction, ports: Iterable[Port], remotes: Iterable[str]
) -> Iterator[GroupRule]:
    ports = tuple(ports)
    for remote in remotes:
        for family in ("IPv4", "IPv6"):
            if "/" in remote and (":" in remote) != (family == "IPv6"):
                continue
            yield from (GroupRule(direction, family, port, remote) for port in ports)


def _within(port: Port, wide: Port) -> bool:
    if port.transport != wide.transport or port.first is None or wide.first is None:
        return port == wide
    return wide.first <= port.first and (port.last or 0) <= (wide.last or 0)
