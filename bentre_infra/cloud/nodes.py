"""The nodes of one part: ports, servers, data volumes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface

import pulumi
import pulumi_openstack as openstack
from pulumi import Input, Output, ResourceOptions
from pulumi_openstack.compute import InstanceBlockDeviceArgs

from bentre_infra.cloud.foundation import Foundation, NetworkIds
from bentre_infra.site.model import Cloud, Node, Part, Site
from bentre_infra.site.ways import passing_at

# RFC 4291 section 2.5.6. Routers speak OSPFv3 and BFD by these addresses, and OVN's port security
# (23.03: it asks advertisements of them for a hop limit of 225 instead of 255, RFC 4861) drops what
# tells neighbours that they are still there: every few seconds they are taken for gone.
_LINK_LOCAL = "fe80::/64"


@dataclass(frozen=True)
class Placed:
    """A node with what the cloud made of it; the port is the one in its zone."""

    node: Node
    port_id: Output[str]
    server_id: Output[str]


class NodeGroup(pulumi.ComponentResource):
    """Nodes that are alike, each with the addresses that the site gives it.

    - A port is a resource of its own and asks for its addresses by subnet, so that a second preview
      finds nothing to do (pulumi-openstack issue 891).
    - A router's ports let pass what is addressed to others (address pairs), and nothing else.
    - A changed key pair replaces no server: Nova reads it once, at the first boot, and keys are
      rotated on the hosts (terraform-provider-openstack issue 980).
    - Nothing is said in user data, which would replace the server when it changed: roles configure.
    - Servers of an anti-affinity group are asked for one after the other: at once, two may be sent
      to the same host, and Nova gives up both (terraform-provider-openstack issue 1165).
    - A boot volume is a resource of its own and alone names its image: if the server did, too, it
      would be rebuilt at each update (terraform-provider-openstack issues 62 and 397). Another
      image replaces it, which the gate asks about.
    - A data volume outlives its server, and refuses to be deleted where the site protects data.

    Args:
        part: which nodes.
        site: the site that they are of.
        cloud: the cloud of the site.
        foundation: what is there already.
        project_id: the system's project.
        admin: the administrator's provider: it alone may give a port of the project a certain
            address in a network that is the data centre's.

    Attributes:
        placed: each node, in order.
    """

    placed: tuple[Placed, ...]

    def __init__(
        self,
        part: Part,
        *,
        site: Site,
        cloud: Cloud,
        foundation: Foundation,
        project_id: Input[str],
        admin: openstack.Provider,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:NodeGroup", part.group, None, opts)
        self._part, self._site, self._cloud, self._foundation = part, site, cloud, foundation
        apart = self._apart()
        placed: list[Placed] = []
        before: openstack.compute.Instance | None = None
        for node in part.nodes:
            ports = list(self._ports(node, project_id, admin))
            before = server = self._server(node, ports, apart, before)
            self._volumes(node, server)
            placed.append(Placed(node, ports[0].id, server.id))
        self.placed = tuple(placed)
        self.register_outputs({"servers": [p.server_id for p in placed]})

    def _apart(self) -> openstack.compute.ServerGroup | None:
        """Keep the nodes on different hosts: strictly where there are hosts enough."""
        count = len(self._part.nodes)
        if count == 1:
            return None
        policy = "anti-affinity" if count <= self._cloud.hosts else "soft-anti-affinity"
        return openstack.compute.ServerGroup(
            self._part.group,
            name=self._part.group,
            policies=policy,
            opts=ResourceOptions(parent=self),
        )

    def _ports(
        self, node: Node, project_id: Input[str], admin: openstack.Provider
    ) -> Iterator[openstack.networking.Port]:
        """The one in its zone first, then those on lines, in the order of their names."""
        in_zone, on_lines = passing_at(self._site, node)

        def port(
            name: str,
            network: NetworkIds,
            addresses: tuple[IPv4Interface, IPv6Interface],
            passing: Iterable[str],
        ) -> openstack.networking.Port:
            ipv4, ipv6 = addresses
            return openstack.networking.Port(
                name,
                name=name,
                network_id=network.network_id,
                tenant_id=project_id,
                fixed_ips=[
                    {"subnet_id": network.ipv4_subnet_id, "ip_address": str(ipv4.ip)},
                    {"subnet_id": network.ipv6_subnet_id, "ip_address": str(ipv6.ip)},
                ],
                allowed_address_pairs=[{"ip_address": prefix} for prefix in passing] or None,
                security_group_ids=self._foundation.groups_of(self._part.group),
                opts=ResourceOptions(parent=self, provider=admin),
            )

        yield port(node.name, self._foundation.zones[node.zone], (node.ipv4, node.ipv6), in_zone)
        for at in node.ports:
            line = self._foundation.lines[at.line]
            passing = (*on_lines, _LINK_LOCAL)
            yield port(f"{node.name}-{at.line}", line, (at.ipv4, at.ipv6), passing)

    def _server(
        self,
        node: Node,
        ports: Iterable[openstack.networking.Port],
        apart: openstack.compute.ServerGroup | None,
        before: openstack.compute.Instance | None,
    ) -> openstack.compute.Instance:
        image = self._foundation.images[self._part.image or self._cloud.image]
        root = self._root(node, image)
        return openstack.compute.Instance(
            node.name,
            name=node.name,
            image_id=None if root else image,
            block_devices=[root] if root else None,
            flavor_name=self._cloud.flavor(self._part.size),
            key_pair=self._foundation.key_pair,
            networks=[{"port": port.id} for port in ports],
            scheduler_hints=[{"group": apart.id}] if apart else None,
            opts=ResourceOptions(
                parent=self,
                ignore_changes=["keyPair"],
                depends_on=[before] if apart and before else None,
            ),
        )

    def _root(self, node: Node, image: Input[str]) -> InstanceBlockDeviceArgs | None:
        """The volume that a node boots from; None where that is the disk of its host."""
        if not self._part.boot_gib:
            return None
        name = f"{node.name}-boot"
        volume = openstack.blockstorage.Volume(
            name,
            name=name,
            size=self._part.boot_gib,
            image_id=image,
            enable_online_resize=True,
            opts=ResourceOptions(parent=self),
        )
        return InstanceBlockDeviceArgs(
            uuid=volume.id,
            source_type="volume",
            destination_type="volume",
            boot_index=0,
            delete_on_termination=False,
        )

    def _volumes(self, node: Node, server: openstack.compute.Instance) -> None:
        for volume in self._part.volumes:
            name = f"{node.name}-{volume.name}"
            made = openstack.blockstorage.Volume(
                name,
                name=name,
                size=volume.gib,
                enable_online_resize=True,
                opts=ResourceOptions(parent=self, protect=self._cloud.protect_data),
            )
            openstack.compute.VolumeAttach(
                name,
                instance_id=server.id,
                volume_id=made.id,
                opts=ResourceOptions(parent=self),
            )
