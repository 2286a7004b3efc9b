"""Zones and records of a site as the inventory hands them to the role that serves them."""

from collections.abc import Iterable, Iterator
from typing import Any

from bentre_infra.inventory.nodes import NodeRecord
from bentre_infra.site.dns import (
    DnsZone,
    Record,
    former_domains,
    forward_zone,
    hosts_of,
    reverse_zones,
)
from bentre_infra.site.model import Part, Site


def zones(site: Site, records: Iterable[NodeRecord]) -> list[dict[str, Any]]:
    """Every zone that follows from a site; names of its nodes are private, public names are not.

    A public name has the IPv4 addresses that the stack gave to its nodes; IPv6 is not translated.
    The address of a balancer's IPv4 side is in no export.
    """
    floating = {r.name: str(r.floating_address) for r in records if r.floating_address}
    public = tuple(sorted(_public(site, floating)))
    seen = [DnsZone(site.public_domain, public)]
    seen += [DnsZone(former.name, former.records) for former in former_domains(site)]
    own = [forward_zone(site), *reverse_zones(site)]
    return [_zone(zone, private=False) for zone in seen] + [_zone(z, private=True) for z in own]


def _public(site: Site, floating: dict[str, str]) -> Iterator[Record]:
    for part in site.parts:
        ipv6 = _ipv6(part)
        for label in part.public:
            for name in hosts_of(label, list(ipv6)):
                yield Record(label, "AAAA", ipv6[name])
                if name in floating:
                    yield Record(label, "A", floating[name])


def _ipv6(part: Part) -> dict[str, str]:
    doors = (part.balancer,) if part.balancer else part.nodes
    return {door.name: str(door.ipv6.ip) for door in doors}


def _zone(zone: DnsZone, *, private: bool) -> dict[str, Any]:
    records = [{"name": r.name, "type": r.type, "data": r.data} for r in zone.records]
    return {"name": zone.name, "private": private, "records": records}
