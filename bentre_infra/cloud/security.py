"""Security groups: what may reach a server, on both address families."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_openstack as openstack
from pulumi import Output, ResourceOptions

_EVERYWHERE = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}
_ICMP = {"IPv4": "icmp", "IPv6": "ipv6-icmp"}


@dataclass(frozen=True)
class Rule:
    """One service that may be reached: ``tcp``, ``udp`` or ``icmp``, and its port."""

    protocol: str
    port: int | None = None


class SecurityGroup(pulumi.ComponentResource):
    """A security group whose rules are all declared here, each on IPv4 and IPv6.

    Neutron puts two rules that let everything out into each new group; declaring them again is a
    conflict (terraform-provider-openstack issue 1035), so they are deleted and declared.

    Args:
        name: the group's name.
        ingress: what may come in, from anywhere.
    """

    group_id: Output[str]

    def __init__(
        self, name: str, *, ingress: Sequence[Rule], opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("bentre:cloud:SecurityGroup", name, None, opts)
        child = ResourceOptions(parent=self)
        group = openstack.networking.SecGroup(
            name,
            name=name,
            description="managed by bentre_infra",
            delete_default_rules=True,
            opts=child,
        )
        rules = []
        for family, everywhere in _EVERYWHERE.items():
            rules.append(
                openstack.networking.SecGroupRule(
                    f"{name}-egress-{family}",
                    security_group_id=group.id,
                    direction="egress",
                    ethertype=family,
                    opts=child,
                )
            )
            for rule in ingress:
                rules.append(
                    openstack.networking.SecGroupRule(
                        f"{name}-{rule.protocol}-{rule.port or 'any'}-{family}",
                        security_group_id=group.id,
                        direction="ingress",
                        ethertype=family,
                        protocol=_ICMP[family] if rule.protocol == "icmp" else rule.protocol,
                        port_range_min=rule.port,
                        port_range_max=rule.port,
                        remote_ip_prefix=everywhere,
                        opts=child,
                    )
                )
        # known only with all its rules: a server never starts behind half a group
        self.group_id = Output.all(group.id, *(r.id for r in rules)).apply(lambda v: str(v[0]))
        self.register_outputs({"group_id": self.group_id})
