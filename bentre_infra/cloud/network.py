"""One network zone: a network with its two address families, joined to a router."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

import pulumi
import pulumi_openstack as openstack
from pulumi import Output, ResourceOptions


class ZoneNetwork(pulumi.ComponentResource):
    """A zone's network, dual stack.

    Hosts get the addresses that their ports have: by DHCP and by stateful DHCPv6 (RFC 8415); the
    router advertises itself (RFC 4861).

    Args:
        name: the zone.
        router: the router that joins it to the others.
        ipv4: its IPv4 prefix.
        ipv6: its IPv6 prefix, a /64 (RFC 4291 section 2.5.1).
        dns: resolvers that the zone's hosts are told.
        pools: first and last address, IPv4 and IPv6, that the cloud may give out by itself; any of
            the prefixes when left out.

    Attributes:
        network_id, ipv4_subnet_id, ipv6_subnet_id: outputs, known once the router is joined, so
            that what stands on them waits for a network that has a way out.
    """

    network_id: Output[str]
    ipv4_subnet_id: Output[str]
    ipv6_subnet_id: Output[str]

    def __init__(
        self,
        name: str,
        *,
        router: openstack.networking.Router,
        ipv4: str,
        ipv6: str,
        dns: Sequence[str] = (),
        pools: tuple[tuple[str, str], tuple[str, str]] | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:ZoneNetwork", name, None, opts)
        child = ResourceOptions(parent=self)
        pool4, pool6 = (_pool(p) for p in pools) if pools else (None, None)
        network = openstack.networking.Network(name, name=name, opts=child)
        subnet4 = openstack.networking.Subnet(
            f"{name}-ipv4",
            name=f"{name}-ipv4",
            network_id=network.id,
            ip_version=4,
            cidr=ipv4,
            gateway_ip=str(IPv4Network(ipv4)[1]),
            dns_nameservers=[a for a in dns if ":" not in a],
            allocation_pools=pool4,
            opts=child,
        )
        subnet6 = openstack.networking.Subnet(
            f"{name}-ipv6",
            name=f"{name}-ipv6",
            network_id=network.id,
            ip_version=6,
            cidr=ipv6,
            gateway_ip=str(IPv6Network(ipv6)[1]),
            ipv6_address_mode="dhcpv6-stateful",
            ipv6_ra_mode="dhcpv6-stateful",
            dns_nameservers=[a for a in dns if ":" in a],
            allocation_pools=pool6,
            opts=child,
        )
        joined = [
            openstack.networking.RouterInterface(
                f"{name}-{family}", router_id=router.id, subnet_id=subnet.id, opts=child
            )
            for family, subnet in (("ipv4", subnet4), ("ipv6", subnet6))
        ]
        ids = Output.all(network.id, subnet4.id, subnet6.id, *(i.id for i in joined))
        self.network_id = ids.apply(lambda v: str(v[0]))
        self.ipv4_subnet_id = ids.apply(lambda v: str(v[1]))
        self.ipv6_subnet_id = ids.apply(lambda v: str(v[2]))
        self.register_outputs({"network_id": self.network_id})


def _pool(ends: tuple[str, str]) -> list[openstack.networking.SubnetAllocationPoolArgs]:
    return [openstack.networking.SubnetAllocationPoolArgs(start=ends[0], end=ends[1])]
