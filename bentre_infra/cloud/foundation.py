"""What all systems of a site stand on: projects, networks, router, security groups, names."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import pulumi
import pulumi_openstack as openstack
from pulumi import Output, ResourceOptions

from bentre_infra.cloud.flows import FlowRules
from bentre_infra.cloud.network import LineNetwork, ZoneNetwork
from bentre_infra.cloud.project import Quota, SystemProject
from bentre_infra.site.model import Cloud, Service, Site
from bentre_infra.site.networks import subnets_of
from bentre_infra.site.rules import NODES
from bentre_infra.site.sizes import MEMORY_MIB
from bentre_infra.site.ways import entrance, lan_prefixes

PROJECT = "foundation"
"""The project that holds what belongs to no system."""

_ROOM = 2  # each server may be replaced beside the old one


@dataclass(frozen=True)
class NetworkIds:
    """The network of a zone or a line in the cloud."""

    network_id: Output[str]
    ipv4_subnet_id: Output[str]
    ipv6_subnet_id: Output[str]


@dataclass(frozen=True)
class Foundation:
    """What a stack on top of the foundation is told of it: its output ``foundation``.

    Attributes:
        projects: id of each service's project.
        groups: id of each part's security group, and of the one that all nodes are in.
        images: id of each image by name.
        key_pair: name of the key pair with which a server first lets its operator in.
        dns_zone: id of the public zone in Designate; empty where nothing is public.
    """

    projects: Mapping[str, Output[str]]
    zones: Mapping[str, NetworkIds]
    lines: Mapping[str, NetworkIds]
    groups: Mapping[str, Output[str]]
    images: Mapping[str, Output[str]]
    key_pair: Output[str]
    dns_zone: Output[str]

    def groups_of(self, part: str) -> list[Output[str]]:
        """Security groups of a part's nodes."""
        return [self.groups[NODES], self.groups[part]]

    @classmethod
    def of(cls, site: Site, output: Output[Any]) -> Self:
        """Take it from the stack's output: what the site names, the foundation has.

        What it has not got yet is unknown in a preview: both may be about to be made.
        """

        def at(*steps: str) -> Output[str]:
            return output.apply(lambda data: _look_up(data, steps))

        def network(*steps: str) -> NetworkIds:
            return NetworkIds(*(at(*steps, field.name) for field in fields(NetworkIds)))

        cloud = site.cloud
        return cls(
            projects={s.name: at("projects", s.name) for s in site.services},
            zones={z.name: network("zones", z.name) for z in site.zones},
            lines={line.name: network("lines", line.name) for line in site.lines},
            groups={g: at("groups", g) for g in (NODES, *(p.group for p in site.parts))},
            images={i: at("images", i) for i in images_of(site)} if cloud else {},
            key_pair=at("key_pair"),
            dns_zone=at("dns_zone"),
        )


def _look_up(data: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        if step not in data:
            if pulumi.runtime.is_dry_run():
                return unknown()
            raise pulumi.RunError(
                f"the foundation has no {' '.join(steps)}: bring it up first "
                f"(bentre apply --stack {PROJECT}, or pulumi up in stacks/{PROJECT})"
            )
        data = data[step]
    return data


def unknown() -> Output[Any]:
    """A value that is not known yet."""
    never, value, secret = (asyncio.Future[Any]() for _ in range(3))
    never.set_result(False)
    value.set_result(None)
    secret.set_result(False)
    return Output(set(), value, never, secret)


def images_of(site: Site) -> list[str]:
    """Names of the images that the site's nodes boot from."""
    usual = [site.cloud.image] if site.cloud else []
    return sorted({*usual, *(part.image for part in site.parts if part.image)})


def entry(cloud: Cloud, project: str) -> str:
    """Name of the entry of clouds.yaml that works in a project of the site."""
    return f"{cloud.name}-{project}"


def project_name(site: Site, project: str) -> str:
    """Name of a project in Keystone: two sites may stand in one cloud."""
    return f"{site.name}-{project}"


def build(site: Site, cloud: Cloud, *, operator: str, public_key: str) -> None:
    """Declare the foundation of a site, and export it.

    Args:
        site: the site.
        cloud: its cloud.
        operator: the user of the cloud's entries, by name.
        public_key: OpenSSH public key of whoever configures the servers first.
    """
    base = SystemProject(
        project_name(site, PROJECT),
        cloud=entry(cloud, PROJECT),
        admin_cloud=f"{cloud.name}-admin",
        operator=operator,
    )
    systems = {
        service.name: SystemProject(
            project_name(site, service.name),
            cloud=entry(cloud, service.name),
            admin_cloud=f"{cloud.name}-admin",
            operator=operator,
            quota=quota_of(service),
        )
        for service in site.services
    }
    inside = ResourceOptions(provider=base.provider)
    components = ResourceOptions(providers=[base.provider])
    router = _router(cloud, base)
    zones = {
        zone.name: ZoneNetwork(
            zone.name,
            router=router,
            subnets=subnets_of(zone),
            dns=[str(address) for address in site.resolvers],
            opts=components,
        )
        for zone in site.zones
    }
    lines = {line.name: LineNetwork(line, opts=components) for line in site.lines}
    _to_units(site, router, zones, inside)
    shares = _share(site, {**zones, **lines}, systems, inside)
    flows = FlowRules("flows", site, opts=components)
    key = openstack.compute.Keypair(
        project_name(site, PROJECT),
        name=project_name(site, PROJECT),
        public_key=public_key,
        # Nova reads it once, at a server's first boot; another one would replace the pair and with
        # it every server (terraform-provider-openstack issue 980): keys are rotated on the hosts
        opts=ResourceOptions(provider=base.provider, ignore_changes=["publicKey"]),
    )
    as_admin = pulumi.InvokeOutputOptions(provider=base.admin)
    images = {
        name: openstack.images.get_image_output(name=name, most_recent=True, opts=as_admin).id
        for name in images_of(site)
    }
    exported = {
        "projects": {name: system.project_id for name, system in systems.items()},
        "zones": {name: _ids(zone) for name, zone in zones.items()},
        "lines": {name: _ids(line) for name, line in lines.items()},
        "groups": flows.group_ids,
        "images": images,
        "key_pair": key.name,
        "dns_zone": _public_zone(site, inside),
    }
    # whoever reads it finds the networks shared already
    whole = Output.all(exported, [share.id for share in shares]).apply(lambda both: both[0])
    pulumi.export("foundation", whole)
    pulumi.export("readers", {name: system.reader for name, system in systems.items()})


def _ids(network: ZoneNetwork | LineNetwork) -> dict[str, Output[str]]:
    return {field.name: getattr(network, field.name) for field in fields(NetworkIds)}


def quota_of(service: Service) -> Quota:
    """What a system may have: what the site declares, and as much again."""
    nodes = [(part, node) for part in service.parts for node in part.nodes]
    volumes = [volume.gib for part, _ in nodes for volume in part.volumes]
    volumes += [part.boot_gib for part, _ in nodes if part.boot_gib]
    balancers = [part for part in service.parts if part.balancer]
    public = sum(1 if p.balancer else len(p.nodes) for p in service.parts if p.public)
    return Quota(
        instances=_ROOM * len(nodes),
        ram_mib=_ROOM * sum(MEMORY_MIB[part.size] for part, _ in nodes),
        volumes=_ROOM * len(volumes),
        volumes_gib=_ROOM * sum(volumes),
        # a balancer has a port for its address on each family
        ports=_ROOM * (sum(1 + len(node.ports) for _, node in nodes) + 2 * len(balancers)),
        floating_ips=_ROOM * public,
    )


def _router(cloud: Cloud, base: SystemProject) -> openstack.networking.Router:
    """The way out, with one external address of each family."""
    as_admin = pulumi.InvokeOutputOptions(provider=base.admin)
    external = openstack.networking.get_network_output(name=cloud.external_network, opts=as_admin)
    ipv4, ipv6 = (
        openstack.networking.get_subnet_output(
            network_id=external.id, ip_version=family, opts=as_admin
        )
        for family in (4, 6)
    )
    return openstack.networking.Router(
        "edge",
        name="edge",
        tenant_id=base.project_id,
        external_network_id=external.id,
        external_fixed_ips=[
            {"subnet_id": ipv4.id},
            {"subnet_id": ipv6.id, "ip_address": str(cloud.gateway) if cloud.gateway else None},
        ],
        # Neutron lets only an administrator choose an external address
        opts=ResourceOptions(provider=base.admin),
    )


def _to_units(
    site: Site,
    router: openstack.networking.Router,
    zones: Mapping[str, ZoneNetwork],
    inside: ResourceOptions,
) -> None:
    """The cloud's router sends what is for the units to the site's own router.

    To one alone, though there may be two: by two ways of one cost, answers would come to a router
    that does not know the session (docs/decisions/0049-routers-follow-from-lines.md).
    """
    node = entrance(site)
    if node is None:
        return
    joined = Output.all(router.id, zones[node.zone].network_id)
    for prefix in lan_prefixes(site):
        openstack.networking.RouterRoute(
            f"units-{prefix.replace(':', '.').replace('/', '-')}",
            router_id=joined.apply(lambda ids: str(ids[0])),
            destination_cidr=prefix,
            next_hop=str((node.ipv6 if ":" in prefix else node.ipv4).ip),
            opts=inside,
        )


def _share(
    site: Site,
    networks: Mapping[str, ZoneNetwork | LineNetwork],
    systems: Mapping[str, SystemProject],
    inside: ResourceOptions,
) -> list[openstack.networking.RbacPolicyV2]:
    """Let each system's project use the networks that its parts are in."""
    parts = [(part, service.name) for service in site.services for part in service.parts]
    used = {(part.zone, service) for part, service in parts}
    used |= {(at.line, service) for part, service in parts for n in part.nodes for at in n.ports}
    return [
        openstack.networking.RbacPolicyV2(
            f"{network}-{service}",
            action="access_as_shared",
            object_type="network",
            object_id=networks[network].network_id,
            target_tenant=systems[service].project_id,
            opts=inside,
        )
        for network, service in sorted(used)
    ]


def _public_zone(site: Site, inside: ResourceOptions) -> pulumi.Input[str]:
    if not any(part.public for part in site.parts):
        return ""
    return openstack.dns.Zone(
        site.public_domain,
        name=f"{site.public_domain}.",
        # RFC 2142 section 7
        email=f"hostmaster@{site.public_domain}",
        opts=inside,
    ).id
