"""What a router is told of the site, in the form that roles router, gateway and vpn take it."""

from typing import Any

from bentre_infra.site.model import Node, Site, Tunnel
from bentre_infra.site.networks import subnets_of
from bentre_infra.site.rules import PassingFlow, routed_flows
from bentre_infra.site.ways import entrance, inside, is_router, router_parts, routers, zones_inside

_METRIC = 20
_STANDBY_METRIC = 60_000
"""Above every sum of a site's costs, below OSPF's 65535: another router is the last resort."""


def of_parts(site: Site) -> dict[str, dict[str, Any]]:
    """What routers of a part are told alike, by the part's group."""
    flows = [_flow(flow) for flow in routed_flows(site)]
    return {group: {"bentre_passing_flows": flows} for group in sorted(router_parts(site))}


def of_node(site: Site, node: Node) -> dict[str, Any]:
    """What one router is told; nothing where a node is none."""
    if not is_router(site, node):
        return {}
    first = entrance(site)
    lines = {line.name: line for line in site.lines}
    nodes = {n.name: n for n in routers(site)}
    return {
        "bentre_lines": [
            {
                "network": str(at.ipv4.network),
                "cost": lines[at.line].cost,
            }
            for at in node.ports
        ],
        "bentre_behind": _behind(site, node),
        "bentre_ways": [] if node.lan else _ways(site, node),
        "bentre_ways_metric": _METRIC if node == first else _STANDBY_METRIC,
        "bentre_tunnels": [
            _tunnel(site, tunnel, nodes, node)
            for tunnel in site.tunnels
            if node.name in (tunnel.centre, tunnel.own)
        ],
    }


def _behind(site: Site, node: Node) -> list[dict[str, Any]]:
    """Interfaces that a router makes itself.

    A unit's router has the first address of its network, as a zone's has. The data centre's end of
    a tunnel has an address of its own on its side of it: a process that encrypts finds its way by
    one (strongSwan, kernel-libipsec). It is the second of the zone; nodes begin with the tenth.
    """
    if node.lan:
        own = [f"{network[1]}/{network.prefixlen}" for network in (node.lan.ipv4, node.lan.ipv6)]
        return [{"name": "lan", "addresses": own}]
    if not any(node.name == tunnel.centre for tunnel in site.tunnels):
        return []
    networks = (n for zone in zones_inside(site) for n in (zone.ipv4, zone.ipv6))
    return [
        {
            "name": "inside",
            "addresses": [f"{network[2]}/{network.max_prefixlen}" for network in networks],
        }
    ]


def _ways(site: Site, node: Node) -> list[dict[str, str]]:
    """What units may reach, by the gateway of the router's zone."""
    ipv4, ipv6 = subnets_of(site.zone(node.zone))
    return [
        {"network": prefix, "via": str((ipv6 if ":" in prefix else ipv4).gateway)}
        for prefix in inside(site)
    ]


def _tunnel(site: Site, tunnel: Tunnel, nodes: dict[str, Node], node: Node) -> dict[str, Any]:
    """A tunnel as one of its ends sees it; the unit's end begins."""
    own = nodes[tunnel.own]
    assert own.lan is not None  # noqa: S101  (a check of the site)
    lan = [str(own.lan.ipv4), str(own.lan.ipv6)]
    centre = [str(n) for zone in zones_inside(site) for n in (zone.ipv4, zone.ipv6)]
    begins = node == own
    other = nodes[tunnel.centre] if begins else own
    return {
        "name": tunnel.name,
        "peer": other.name,
        "address": str(node.ipv4.ip),
        "peer_address": str(other.ipv4.ip),
        "networks": lan if begins else centre,
        "peer_networks": centre if begins else lan,
        "start": begins,
    }


def _flow(flow: PassingFlow) -> dict[str, Any]:
    return {
        "name": flow.name,
        "protocol": flow.protocol,
        "ports": [port.numbers for port in flow.ports],
        "sources": list(flow.sources),
        "destinations": list(flow.destinations),
        "why": flow.why,
    }
