"""Security groups from the site's flow matrix: nothing passes that no flow names."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Literal

import pulumi
import pulumi_openstack as openstack
from pulumi import Output, ResourceOptions

from bentre_infra.site.model import Endpoint, Part, Site
from bentre_infra.site.networks import subnets_of
from bentre_infra.site.protocols import PROTOCOLS, Port

NODES = "nodes"
"""The group that every node is in; no part has this name, for a part's group has a dash."""

type Direction = Literal["ingress", "egress"]

_EVERYWHERE = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}
_ICMP = {"IPv4": "icmp", "IPv6": "ipv6-icmp"}


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
            and self.remote == _EVERYWHERE[self.family]
            and _within(other.port, self.port)
        )


def group_rules(site: Site) -> dict[str, tuple[GroupRule, ...]]:
    """Rules of each group: one for each part, and one that all nodes are in.

    A flow lets its source out and its target in, on both families. Both ends are groups where the
    site knows the nodes, so that a node that is added needs no new rule.
    """
    found: dict[str, set[GroupRule]] = {NODES: set(), **{p.group: set() for p in site.parts}}
    parts = {part.group: part for part in site.parts}
    for flow in site.flows:
        sources, targets = (set(_remotes(end, site)) for end in (flow.source, flow.target))
        balancers = set(_balancers(flow.target, parts))
        for group in _holders(flow.target, parts):
            found[group] |= set(_rules("ingress", flow.ports, sources))
        for group in _holders(flow.source, parts):
            found[group] |= set(_rules("egress", flow.ports, targets | balancers))
        if not flow.target.whole:
            for group in flow.target.parts:
                looks = _health_checks(parts[group], site)
                found[group] |= set(_rules("ingress", flow.ports, looks))
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
    match end.text:
        case "internet":
            yield from _EVERYWHERE.values()
        case "all":
            yield NODES
        case "admins":
            networks = site.zone("management").admins
        case "units":
            networks = [
                *collapse_addresses(lan.ipv4 for lan in site.lans),
                *collapse_addresses(lan.ipv6 for lan in site.lans),
            ]
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


def _plain(text: str) -> str:
    """A part of a resource's name: ``::`` would end it (Pulumi's URN)."""
    if text in _EVERYWHERE.values():
        return "everywhere"
    return re.sub("[^A-Za-z0-9-]+", ".", text)


class FlowRules(pulumi.ComponentResource):
    """The security groups of a site.

    They belong to whoever runs the data centre, not to the systems: a system cannot open itself.
    Neutron puts two rules that let everything out into each new group; they are deleted
    (terraform-provider-openstack issue 1035).

    Args:
        name: names the component.
        site: its flows, parts and zones.

    Attributes:
        group_ids: by part, and ``nodes``; known only with all rules, so that no server ever starts
            behind half a group.
    """

    group_ids: dict[str, Output[str]]

    def __init__(self, name: str, site: Site, opts: ResourceOptions | None = None) -> None:
        super().__init__("bentre:cloud:FlowRules", name, None, opts)
        child = ResourceOptions(parent=self)
        rules = group_rules(site)
        groups = {
            group: openstack.networking.SecGroup(
                group,
                name=group,
                description="flows of the site; managed by bentre_infra",
                delete_default_rules=True,
                opts=child,
            )
            for group in rules
        }
        self.group_ids = {}
        for group, declared in rules.items():
            made = [self._rule(group, rule, groups, child) for rule in declared]
            ids = Output.all(groups[group].id, *(r.id for r in made))
            self.group_ids[group] = ids.apply(lambda found: str(found[0]))
        self.register_outputs({"group_ids": self.group_ids})

    @staticmethod
    def _rule(
        group: str,
        rule: GroupRule,
        groups: Mapping[str, openstack.networking.SecGroup],
        child: ResourceOptions,
    ) -> openstack.networking.SecGroupRule:
        transport = rule.port.transport
        return openstack.networking.SecGroupRule(
            f"{group}-{rule.direction}-{rule.family}-{_plain(str(rule.port))}-{_plain(rule.remote)}",
            security_group_id=groups[group].id,
            direction=rule.direction,
            ethertype=rule.family,
            protocol=_ICMP[rule.family] if transport == "icmp" else transport,
            port_range_min=rule.port.first,
            port_range_max=rule.port.last,
            remote_ip_prefix=rule.remote if rule.by_prefix else None,
            remote_group_id=None if rule.by_prefix else groups[rule.remote].id,
            opts=child,
        )
