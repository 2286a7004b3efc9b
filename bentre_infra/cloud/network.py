"""One network zone: a network with its two address families, joined to a router."""

from collections.abc import Sequence

import pulumi
import pulumi_openstack as openstack
from pulumi import Output, ResourceOptions


class ZoneNetwork(pulumi.ComponentResource):
    """A zone's network, dual stack.

    IPv6 addresses follow from the router's advertisements and the interface's address (RFC 4862),
    and DNS servers are told by stateless DHCPv6 (RFC 8415).

    Args:
        name: the zone.
        router: the router that joins it to the others.
        ipv4: its IPv4 prefix.
        ipv6: its IPv6 prefix, a /64 (RFC 4291 section 2.5.1).
        dns: resolvers that the zone's hosts are told.

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
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:ZoneNetwork", name, None, opts)
        child = ResourceOptions(parent=self)
        network = openstack.networking.Network(name, name=name, opts=child)
        subnet4 = openstack.networking.Subnet(
            f"{name}-ipv4",
            name=f"{name}-ipv4",
            network_id=network.id,
            ip_version=4,
            cidr=ipv4,
            dns_nameservers=[a for a in dns if ":" not in a],
            opts=child,
        )
        subnet6 = openstack.networking.Subnet(
            f"{name}-ipv6",
            name=f"{name}-ipv6",
            network_id=network.id,
            ip_version=6,
            cidr=ipv6,
            ipv6_address_mode="dhcpv6-stateless",
            ipv6_ra_mode="dhcpv6-stateless",
            dns_nameservers=[a for a in dns if ":" in a],
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
