"""A zone's subnets as a router and a cloud see them."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from bentre_infra.site.addressing import hosts_of
from bentre_infra.site.model import Site, Zone


@dataclass(frozen=True)
class Subnet:
    """One family of a zone.

    Attributes:
        gateway: the router's address, the first of the subnet.
        pool: first and last address that the cloud may give to ports of its own (DHCP, balancers);
            no node's address lies in it.
    """

    zone: str
    cidr: IPv4Network | IPv6Network
    gateway: IPv4Address | IPv6Address
    pool: tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address]


def subnets(site: Site) -> tuple[Subnet, ...]:
    """Two subnets for each zone: IPv4, then IPv6."""
    return tuple(subnet for zone in site.zones for subnet in subnets_of(zone))


def subnets_of(zone: Zone) -> tuple[Subnet, Subnet]:
    """Return a zone's IPv4 and IPv6 subnet."""
    ipv4, ipv6 = zone.ipv4, zone.ipv6
    last_node = hosts_of(ipv4)[1]
    pool4 = (ipv4.network_address + last_node + 1, ipv4.broadcast_address - 1)
    # far above the numbers of nodes, which follow IPv4's
    pool6 = (ipv6.network_address + 0x1_0000, ipv6.network_address + 0x1_FFFF)
    return (
        Subnet(zone.name, ipv4, ipv4.network_address + 1, pool4),
        Subnet(zone.name, ipv6, ipv6.network_address + 1, pool6),
    )
