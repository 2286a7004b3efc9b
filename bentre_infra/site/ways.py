"""How units reach the data centre, and what follows for its routers and networks.

Routers are the nodes at the ends of lines and tunnels. Sessions are known to the router that they
began at, so both ways of all of them pass one and the same: the first node of the data centre's end
(``entrance``). Others take over the lines' ways by hand alone: see
docs/decisions/0049-routers-follow-from-lines.md.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from bentre_infra.site.model import Endpoint, Flow, Lan, Node, Site, Zone
from bentre_infra.site.protocols import PROTOCOLS

type Network = IPv4Network | IPv6Network

# RFC 2328 appendix A.1, RFC 5340 appendix A.1: all routers, and designated ones
_GREETED = ("224.0.0.5/32", "224.0.0.6/32", "ff02::5/128", "ff02::6/128")
_LINK_LOCAL = "fe80::/10"  # RFC 4291 section 2.5.6: whence OSPFv3 and its BFD speak


def collapsed(networks: Iterable[Network]) -> tuple[str, ...]:
    """The same addresses as few prefixes, IPv4 first."""
    there = set(networks)
    ipv4 = collapse_addresses(n for n in there if isinstance(n, IPv4Network))
    ipv6 = collapse_addresses(n for n in there if isinstance(n, IPv6Network))
    return (*map(str, ipv4), *map(str, ipv6))


def routers(site: Site) -> tuple[Node, ...]:
    """Nodes at the ends of lines and tunnels, by name."""
    return tuple(sorted((n for n in site.nodes if is_router(site, n)), key=lambda n: n.name))


def is_router(site: Site, node: Node) -> bool:
    """Whether a node is at an end of a line or a tunnel."""
    return bool(node.ports or node.lan or any(node.name == t.centre for t in site.tunnels))


def router_parts(site: Site) -> frozenset[str]:
    """Groups of the parts that routers are of."""
    return frozenset(f"{node.service}-{node.part}" for node in routers(site))


def entrance(site: Site) -> Node | None:
    """The router by which the data centre reaches all units; None when it needs none."""
    return next((node for node in routers(site) if node.lan is None), None)


def lans(site: Site) -> tuple[Lan, ...]:
    """Networks of units that lie behind routers."""
    return tuple(node.lan for node in routers(site) if node.lan)


def lan_prefixes(site: Site) -> tuple[str, ...]:
    """The same as few prefixes."""
    return collapsed(n for lan in lans(site) for n in (lan.ipv4, lan.ipv6))


def passing_flows(site: Site) -> tuple[Flow, ...]:
    """Flows between units and nodes behind the routers; none where there are no routers."""
    own = router_parts(site)
    if not own:
        return ()
    return tuple(
        flow
        for flow in site.flows
        for near, far in ((flow.source, flow.target), (flow.target, flow.source))
        if near.text == "units" and not (far.parts and set(far.parts) <= own)
    )


def inside(site: Site) -> tuple[str, ...]:
    """What units are let to, and what is let to them: nodes, balancers, whole zones."""
    found: list[Network] = []
    for end in _far_ends(site):
        if end.whole and end.text != "all":
            zones = (site.zone(name) for name in end.zones)
            found += [n for zone in zones for n in (zone.ipv4, zone.ipv6)]
            continue
        for part in site.parts:
            if part.group in end.parts:
                found += [ip_network(a.ip) for n in part.nodes for a in (n.ipv4, n.ipv6)]
                if part.balancer:
                    both = (part.balancer.ipv4, part.balancer.ipv6)
                    found += [ip_network(address.ip) for address in both]
    return collapsed(found)


def zones_inside(site: Site) -> tuple[Zone, ...]:
    """Zones in which that stands, by name."""
    names = {name for end in _far_ends(site) for name in end.zones}
    return tuple(zone for zone in site.zones if zone.name in names)


def _far_ends(site: Site) -> tuple[Endpoint, ...]:
    flows = passing_flows(site)
    return tuple(f.target if f.source.text == "units" else f.source for f in flows)


def passing_at(site: Site, node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Other addresses from which, and to which, packets pass a router's ports.

    Returns:
        Prefixes at the port in its zone, and at those on its lines.
    """
    if not is_router(site, node):
        return (), ()
    if node.lan:
        return (), collapsed((node.lan.ipv4, node.lan.ipv6)) if node.ports else ()
    zones = collapsed(n for zone in zones_inside(site) for n in (zone.ipv4, zone.ipv6))
    return lan_prefixes(site), zones if node.ports else ()


def implied_flows(site: Site) -> tuple[Flow, ...]:
    """What routers say to each other: it follows from lines and tunnels, nobody declares it."""
    found = []
    on_lines = tuple(sorted({f"{n.service}-{n.part}" for n in site.nodes if n.ports}))
    if on_lines:
        lines = collapsed(n for line in site.lines for n in (line.ipv4, line.ipv6))
        said = (*lines, _LINK_LOCAL)
        source = Endpoint("lines", frozenset(), on_lines, whole=True, networks=said)
        heard = (*said, *_GREETED)
        target = Endpoint("lines", frozenset(), on_lines, whole=True, networks=heard)
        ports = (*PROTOCOLS["ospf"], *PROTOCOLS["bfd"])
        found.append(Flow(source, target, ports, "ways, and lines that are cut"))
    ends = {end for tunnel in site.tunnels for end in (tunnel.centre, tunnel.own)}
    groups = tuple(sorted({f"{n.service}-{n.part}" for n in site.nodes if n.name in ends}))
    if groups:
        both = Endpoint("tunnels", frozenset(), groups)
        found.append(Flow(both, both, PROTOCOLS["ipsec"], "tunnels to units"))
    return tuple(found)
