"""Networks with two address families: of a zone, joined to a router; of a line, joined to none."""

from collections.abc import Sequence

import pulumi
import pulumi_openstack as openstack
from pulumi import Output, ResourceOptions

from bentre_infra.site.model import Line
from bentre_infra.site.networks import Subnet


class ZoneNetwork(pulumi.ComponentResource):
    """A zone's network, dual stack.

    Hosts get the addresses that their ports have: by DHCP and by stateful DHCPv6 (RFC 8415); the
    router advertises itself (RFC 4861).

    Args:
        name: the zone.
        router: the router that joins it to the others.
        subnets: one of each family; the cloud gives out addresses of their pools alone.
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
        subnets: Sequence[Subnet],
        dns: Sequence[str] = (),
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:ZoneNetwork", name, None, opts)
        network = openstack.networking.Network(name, name=name, opts=ResourceOptions(parent=self))
        made = {s.cidr.version: self._subnet(name, network, s, dns) for s in subnets}
        joined = [
            openstack.networking.RouterInterface(
                f"{name}-ipv{version}",
                router_id=router.id,
                subnet_id=subnet.id,
                opts=ResourceOptions(parent=self),
            )
            for version, subnet in made.items()
        ]
        ids = Output.all(network.id, made[4].id, made[6].id, *(i.id for i in joined))
        self.network_id = ids.apply(lambda v: str(v[0]))
        self.ipv4_subnet_id = ids.apply(lambda v: str(v[1]))
        self.ipv6_subnet_id = ids.apply(lambda v: str(v[2]))
        self.register_outputs({"network_id": self.network_id})

    def _subnet(
        self,
        name: str,
        network: openstack.networking.Network,
        subnet: Subnet,
        dns: Sequence[str],
    ) -> openstack.networking.Subnet:
        version = subnet.cidr.version
        mode = "dhcpv6-stateful" if version == 6 else None
        first, last = subnet.pool
        return openstack.networking.Subnet(
            f"{name}-ipv{version}",
            name=f"{name}-ipv{version}",
            network_id=network.id,
            ip_version=version,
            cidr=str(subnet.cidr),
            gateway_ip=str(subnet.gateway),
            allocation_pools=[
                openstack.networking.SubnetAllocationPoolArgs(start=str(first), end=str(last))
            ],
            ipv6_address_mode=mode,
            ipv6_ra_mode=mode,
            dns_nameservers=[a for a in dns if (":" in a) == (version == 6)],
            opts=ResourceOptions(parent=self),
        )


class LineNetwork(pulumi.ComponentResource):
    """A line's network, dual stack, without a way out: the nodes on it are the routers.

    Nobody advertises a prefix there, so DHCPv6 would never be asked (RFC 4861 section 4.2, flag M).
    Addresses are static: the cloud writes them into the metadata that a server reads at its boot.

    Args:
        line: its name and prefixes.

    Attributes:
        network_id, ipv4_subnet_id, ipv6_subnet_id: outputs.
    """

    network_id: Output[str]
    ipv4_subnet_id: Output[str]
    ipv6_subnet_id: Output[str]

    def __init__(self, line: Line, opts: ResourceOptions | None = None) -> None:
        super().__init__("bentre:cloud:LineNetwork", line.name, None, opts)
        child = ResourceOptions(parent=self)
        network = openstack.networking.Network(line.name, name=line.name, opts=child)
        ipv4, ipv6 = (
            openstack.networking.Subnet(
                f"{line.name}-ipv{cidr.version}",
                name=f"{line.name}-ipv{cidr.version}",
                network_id=network.id,
                ip_version=cidr.version,
                cidr=str(cidr),
                no_gateway=True,
                enable_dhcp=False,
                opts=child,
            )
            for cidr in (line.ipv4, line.ipv6)
        )
        # known with both families: no port is asked for before
        ids = Output.all(network.id, ipv4.id, ipv6.id)
        self.network_id = ids.apply(lambda v: str(v[0]))
        self.ipv4_subnet_id = ids.apply(lambda v: str(v[1]))
        self.ipv6_subnet_id = ids.apply(lambda v: str(v[2]))
        self.register_outputs({"network_id": self.network_id})
