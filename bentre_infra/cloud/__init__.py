"""Pulumi components: what a province's data centre is made of on OpenStack."""

from bentre_infra.cloud.balancer import Balancer
from bentre_infra.cloud.network import ZoneNetwork
from bentre_infra.cloud.project import SystemProject
from bentre_infra.cloud.security import Rule, SecurityGroup
from bentre_infra.cloud.server import Server

__all__ = ["Balancer", "Rule", "SecurityGroup", "Server", "SystemProject", "ZoneNetwork"]
