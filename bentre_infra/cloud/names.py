"""Public names: a floating address, and the records that lead to it."""

from collections.abc import Sequence

import pulumi
import pulumi_openstack as openstack
from pulumi import Input, Output, ResourceOptions

_TTL = 300  # seconds; an address is moved by hand at most a few times a year


class PublicAddress(pulumi.ComponentResource):
    """An IPv4 address of the external network that leads to one port.

    Args:
        name: the node or the balancer that has it.
        network: the external network, by name.
        port_id: where it leads.

    Attributes:
        ipv4: the address, known once it leads there; an output.
    """

    ipv4: Output[str]

    def __init__(
        self,
        name: str,
        *,
        network: str,
        port_id: Input[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:PublicAddress", name, None, opts)
        child = ResourceOptions(parent=self)
        address = openstack.networking.FloatingIp(name, pool=network, opts=child)
        leads = openstack.networking.FloatingIpAssociate(
            name, floating_ip=address.address, port_id=port_id, opts=child
        )
        self.ipv4 = leads.floating_ip
        self.register_outputs({"ipv4": self.ipv4})


class PublicName(pulumi.ComponentResource):
    """A name in the public zone with its A and AAAA records.

    Args:
        fqdn: the whole name, without the last dot.
        zone_id: the zone in Designate.
        ipv4: floating addresses.
        ipv6: addresses of the nodes themselves: IPv6 is not translated.
    """

    def __init__(
        self,
        fqdn: str,
        *,
        zone_id: Input[str],
        ipv4: Sequence[Input[str]],
        ipv6: Sequence[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:PublicName", fqdn, None, opts)
        records: dict[str, Sequence[Input[str]]] = {"A": ipv4, "AAAA": ipv6}
        for kind, data in records.items():
            openstack.dns.RecordSet(
                f"{fqdn}-{kind}",
                zone_id=zone_id,
                name=f"{fqdn}.",
                type=kind,
                records=data,
                ttl=_TTL,
                opts=ResourceOptions(parent=self),
            )
        self.register_outputs({})
