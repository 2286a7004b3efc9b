"""A TCP balancer in front of some servers (Octavia, OVN provider), on one address family."""

from collections.abc import Sequence

import pulumi
import pulumi_openstack as openstack
from pulumi import Input, Output, ResourceOptions


class Balancer(pulumi.ComponentResource):
    """Spreads connections over servers, and leaves out those that do not answer.

    Octavia refuses a change while another one is under way, so all that belongs to one balancer is
    made one after the other.

    Args:
        name: the balancer's name.
        subnet_id: the subnet where its address and its members lie.
        address: its address.
        ports: TCP ports, the same in front and behind.
        members: addresses of the servers, by name.

    Attributes:
        vip_port_id: the port of its address, for a floating address; an output.
    """

    vip_port_id: Output[str]

    def __init__(
        self,
        name: str,
        *,
        subnet_id: Input[str],
        address: str,
        ports: Sequence[int],
        members: Sequence[tuple[str, Input[str]]],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:Balancer", name, None, opts)
        child = ResourceOptions(parent=self)
        balancer = openstack.loadbalancer.LoadBalancer(
            name,
            name=name,
            vip_subnet_id=subnet_id,
            vip_address=address,
            loadbalancer_provider="ovn",
            opts=child,
        )
        last: pulumi.Resource = balancer
        for port in ports:
            title = f"{name}-{port}"
            listener = openstack.loadbalancer.Listener(
                title,
                name=title,
                loadbalancer_id=balancer.id,
                protocol="TCP",
                protocol_port=port,
                opts=ResourceOptions(parent=self, depends_on=[last]),
            )
            last = pool = openstack.loadbalancer.Pool(
                title,
                name=title,
                listener_id=listener.id,
                protocol="TCP",
                lb_method="SOURCE_IP_PORT",
                opts=child,
            )
            for member, behind in members:
                last = openstack.loadbalancer.Member(
                    f"{title}-{member}",
                    name=member,
                    pool_id=pool.id,
                    address=behind,
                    protocol_port=port,
                    subnet_id=subnet_id,
                    opts=ResourceOptions(parent=self, depends_on=[last]),
                )
            last = openstack.loadbalancer.Monitor(
                title,
                name=title,
                pool_id=pool.id,
                type="TCP",
                delay=5,
                timeout=3,
                max_retries=2,
                opts=ResourceOptions(parent=self, depends_on=[last]),
            )
        self.vip_port_id = balancer.vip_port_id
        self.register_outputs({"vip_port_id": self.vip_port_id})
