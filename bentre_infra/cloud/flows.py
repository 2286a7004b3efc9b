"""Security groups from the site's flow matrix: nothing passes that no flow names."""

import re
from collections.abc import Mapping

import pulumi
import pulumi_openstack as openstack
from pulumi import Output, ResourceOptions

from bentre_infra.site.model import Site
from bentre_infra.site.rules import EVERYWHERE, GroupRule, group_rules

_ICMP = {"IPv4": "icmp", "IPv6": "ipv6-icmp"}


def _plain(text: str) -> str:
    """A part of a resource's name: ``::`` would end it (Pulumi's URN)."""
    if text in EVERYWHERE.values():
        return "everywhere"
    return re.sub("[^A-Za-z0-9-]+", ".", text)


class FlowRules(pulumi.ComponentResource):
    """The security groups of a site.

    They belong to whoever runs the data centre, not to the systems: a system cannot open itself.
    Neutron puts two rules that let everything out into each new group; they are deleted
    (terraform-provider-openstack issue 1035).

    Args:
        name: names the component.
        site: its flows, parts and zones.

    Attributes:
        group_ids: by part, and ``nodes``; known only with all rules, so that no server ever starts
            behind half a group.
    """

    group_ids: dict[str, Output[str]]

    def __init__(self, name: str, site: Site, opts: ResourceOptions | None = None) -> None:
        super().__init__("bentre:cloud:FlowRules", name, None, opts)
        child = ResourceOptions(parent=self)
        rules = group_rules(site)
        groups = {
            group: openstack.networking.SecGroup(
                group,
                name=group,
                description="flows of the site; managed by bentre_infra",
                delete_default_rules=True,
                opts=child,
            )
            for group in rules
        }
        self.group_ids = {}
        for group, declared in rules.items():
            made = [self._rule(group, rule, groups, child) for rule in declared]
            ids = Output.all(groups[group].id, *(r.id for r in made))
            self.group_ids[group] = ids.apply(lambda found: str(found[0]))
        self.register_outputs({"group_ids": self.group_ids})

    @staticmethod
    def _rule(
        group: str,
        rule: GroupRule,
        groups: Mapping[str, openstack.networking.SecGroup],
        child: ResourceOptions,
    ) -> openstack.networking.SecGroupRule:
        transport = rule.port.transport
        return openstack.networking.SecGroupRule(
            f"{group}-{rule.direction}-{rule.family}-{_plain(str(rule.port))}-{_plain(rule.remote)}",
            security_group_id=groups[group].id,
            direction=rule.direction,
            ethertype=rule.family,
            protocol=_ICMP[rule.family] if transport == "icmp" else transport,
            port_range_min=rule.port.first,
            port_range_max=rule.port.last,
            remote_ip_prefix=rule.remote if rule.by_prefix else None,
            remote_group_id=None if rule.by_prefix else groups[rule.remote].id,
            opts=child,
        )
