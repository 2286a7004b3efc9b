"""Security groups from flows: both directions, both families, nothing from anywhere unless said.

Groups are stateful (Neutron's default), so answers pass without a rule of their own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Literal

from bentre_infra.site.model import Endpoint, Flow, Part, Site
from bentre_infra.site.protocols import Port

type Direction = Literal["ingress", "egress"]
type Family = Literal["IPv4", "IPv6"]

ANYWHERE: dict[Family, str] = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}


@dataclass(frozen=True, order=True)
class Remote:
    """The other end of a rule: the nodes of a group, or a prefix."""

    group: str = ""
    prefix: str = ""


@dataclass(frozen=True, order=True)
class Rule:
    """One rule of a group.

    Attributes:
        port: transport and ports; ``icmp`` means ICMPv6 in an IPv6 rule.
        why: reasons of the flows that it follows from.
    """

    direction: Direction
    family: Family
    port: Port
    remote: Remote
    why: str


@dataclass(frozen=True)
class SecurityGroup:
    """All that may reach, and be reached by, the nodes of a part."""

    name: str
    rules: tuple[Rule, ...]


def security_groups(site: Site) -> tuple[SecurityGroup, ...]:
    """One group for each part, with a rule once, however many flows ask for it."""
    parts = {part.group: part for part in site.parts}
    reasons: dict[str, dict[tuple[Direction, Family, Port, Remote], set[str]]] = {
        group: {} for group in parts
    }
    for flow in site.flows:
        for group, direction, family, remote in _sides(site, flow, parts):
            for port in flow.ports:
                key = (direction, family, port, remote)
                reasons[group].setdefault(key, set()).add(flow.why)
    return tuple(
        SecurityGroup(
            name, tuple(sorted(Rule(*key, "; ".join(sorted(w))) for key, w in rules.items()))
        )
        for name, rules in reasons.items()
    )


def _sides(
    site: Site, flow: Flow, parts: dict[str, Part]
) -> Iterator[tuple[str, Direction, Family, Remote]]:
    for group in flow.target.parts:
        for family, remote in _remotes(site, flow.source):
            yield group, "ingress", family, remote
        if parts[group].balancer is not None:
            # the balancer asks its members from addresses of its own in their zone
            for family, remote in _prefixes(_zone(site, parts[group].zone)):
                yield group, "ingress", family, remote
    for group in flow.source.parts:
        for family, remote in _remotes(site, flow.target):
            yield group, "egress", family, remote
        for balanced in (parts[p].balancer for p in flow.target.parts):
            if balanced is not None:
                fronts = [ip_network(balanced.ipv4.ip), ip_network(balanced.ipv6.ip)]
                for family, remote in _prefixes(fronts):
                    yield group, "egress", family, remote


def _remotes(site: Site, end: Endpoint) -> Iterator[tuple[Family, Remote]]:
    families: tuple[Family, Family] = ("IPv4", "IPv6")
    if end.parts:
        for group in end.parts:
            yield from ((family, Remote(group=group)) for family in families)
    elif end.text == "internet":
        yield from ((family, Remote(prefix=ANYWHERE[family])) for family in families)
    else:
        yield from _prefixes(prefixes(site, end))


def prefixes(site: Site, end: Endpoint) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks that an end without parts means: a zone's, the administrators', the units'."""
    if end.text == "internet":
        return tuple(ip_network(prefix) for prefix in ANYWHERE.values())
    if end.text == "admins":
        return tuple(a for zone in site.zones for a in zone.admins)
    if end.text == "units":
        ipv4 = collapse_addresses(lan.ipv4 for lan in site.lans)
        return (*ipv4, *collapse_addresses(lan.ipv6 for lan in site.lans))
    return _zone(site, end.text)


def _zone(site: Site, name: str) -> tuple[IPv4Network, IPv6Network]:
    return site.zone(name).ipv4, site.zone(name).ipv6


def _prefixes(
    networks: Iterable[IPv4Network | IPv6Network],
) -> Iterator[tuple[Family, Remote]]:
    for network in networks:
        yield "IPv4" if network.version == 4 else "IPv6", Remote(prefix=str(network))
