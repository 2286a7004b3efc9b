"""One server with its port, and its data volume where it has one."""

from collections.abc import Sequence

import pulumi
import pulumi_openstack as openstack
from pulumi import Input, Output, ResourceOptions

from bentre_infra.cloud.network import ZoneNetwork


class Server(pulumi.ComponentResource):
    """A server in one zone.

    The port is a resource of its own with its addresses asked for by subnet, so that a second
    preview finds nothing to do (pulumi-openstack issue 891). A changed key pair does not replace
    the server: keys are rotated on the host (terraform-provider-openstack issue 980).

    Servers of one anti-affinity group name each other in ``after``: asked for at once, two may be
    sent to the same host, and Nova gives up both (terraform-provider-openstack issue 1165).

    Args:
        name: the server's name, also its host name.
        zone: the zone whose network it is on.
        image_id: the image that it boots from.
        flavor: its size, by name.
        key_pair: name of the key pair that is let in at first boot.
        security_group_ids: what may reach it.
        user_data: cloud-init's user data.
        group_id: a server group that says where it may be placed.
        after: servers that have their places before this one is asked for.
        volume_gb: size of its data volume in GiB; none when None.

    Attributes:
        port_id, server_id, ipv4, ipv6: outputs.
        instance: the server itself.
    """

    port_id: Output[str]
    server_id: Output[str]
    instance: openstack.compute.Instance
    ipv4: Output[str]
    ipv6: Output[str]

    def __init__(
        self,
        name: str,
        *,
        zone: ZoneNetwork,
        image_id: Input[str],
        flavor: str,
        key_pair: Input[str],
        security_group_ids: Sequence[Input[str]],
        user_data: str,
        group_id: Input[str] | None = None,
        after: Sequence["Server"] = (),
        volume_gb: int | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:Server", name, None, opts)
        child = ResourceOptions(parent=self)
        port = openstack.networking.Port(
            name,
            name=name,
            network_id=zone.network_id,
            fixed_ips=[
                {"subnet_id": zone.ipv4_subnet_id},
                {"subnet_id": zone.ipv6_subnet_id},
            ],
            security_group_ids=security_group_ids,
            opts=child,
        )
        self.instance = openstack.compute.Instance(
            name,
            name=name,
            image_id=image_id,
            flavor_name=flavor,
            key_pair=key_pair,
            user_data=user_data,
            networks=[{"port": port.id}],
            scheduler_hints=None if group_id is None else [{"group": group_id}],
            opts=ResourceOptions(
                parent=self,
                ignore_changes=["keyPair"],
                depends_on=[earlier.instance for earlier in after],
            ),
        )
        if volume_gb is not None:
            volume = openstack.blockstorage.Volume(
                f"{name}-data", name=f"{name}-data", size=volume_gb, opts=child
            )
            openstack.compute.VolumeAttach(
                f"{name}-data", instance_id=self.instance.id, volume_id=volume.id, opts=child
            )
        self.server_id = self.instance.id
        self.port_id = port.id
        self.ipv4 = port.all_fixed_ips.apply(lambda ips: next(a for a in ips if ":" not in a))
        self.ipv6 = port.all_fixed_ips.apply(lambda ips: next(a for a in ips if ":" in a))
        self.register_outputs({"ipv4": self.ipv4, "ipv6": self.ipv6})
