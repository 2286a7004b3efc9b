"""A TCP balancer in front of some servers (Octavia, OVN provider)."""

from collections.abc import Sequence

import pulumi
import pulumi_openstack as openstack
from pulumi import Output, ResourceOptions

from bentre_infra.cloud.network import ZoneNetwork
from bentre_infra.cloud.server import Server


class Balancer(pulumi.ComponentResource):
    """Spreads connections to one port over servers, and leaves out those that do not answer.

    Args:
        name: the balancer's name.
        zone: the zone where its address lies.
        port: the TCP port, the same in front and behind.
        members: the servers.

    Attributes:
        vip_port_id: the port of its address, for a floating address; an output.
    """

    vip_port_id: Output[str]

    def __init__(
        self,
        name: str,
        *,
        zone: ZoneNetwork,
        port: int,
        members: Sequence[Server],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:Balancer", name, None, opts)
        child = ResourceOptions(parent=self)
        balancer = openstack.loadbalancer.LoadBalancer(
            name,
            name=name,
            vip_subnet_id=zone.ipv4_subnet_id,
            loadbalancer_provider="ovn",
            opts=child,
        )
        listener = openstack.loadbalancer.Listener(
            name,
            name=name,
            loadbalancer_id=balancer.id,
            protocol="TCP",
            protocol_port=port,
            opts=child,
        )
        pool = openstack.loadbalancer.Pool(
            name,
            name=name,
            listener_id=listener.id,
            protocol="TCP",
            lb_method="SOURCE_IP_PORT",
            opts=child,
        )
        last: pulumi.Resource = pool
        for number, member in enumerate(members, start=1):
            # one after the other: Octavia refuses a change while another one is under way
            last = openstack.loadbalancer.Member(
                f"{name}-{number}",
                name=f"{name}-{number}",
                pool_id=pool.id,
                address=member.ipv4,
                protocol_port=port,
                subnet_id=zone.ipv4_subnet_id,
                opts=ResourceOptions.merge(child, ResourceOptions(depends_on=[last])),
            )
        openstack.loadbalancer.Monitor(
            name,
            name=name,
            pool_id=pool.id,
            type="TCP",
            delay=5,
            timeout=3,
            max_retries=2,
            opts=ResourceOptions.merge(child, ResourceOptions(depends_on=[last])),
        )
        self.vip_port_id = balancer.vip_port_id
        self.register_outputs({"vip_port_id": self.vip_port_id})
