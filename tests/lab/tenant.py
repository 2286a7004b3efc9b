"""Make things in the lab for a test, and delete them after it, in reverse order."""

import base64
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openstack.connection import Connection

from tests.lab.guest import Guest
from tests.waiting import PATIENCE, eventually

DNS4, DNS6 = "198.18.84.1", "2001:db8:83::1"
ROUTED_IPV6 = "2001:db8:83::11"  # the lab routes 2001:db8:8301::/48 to it


@dataclass(frozen=True)
class Net:
    """A network with its subnets."""

    id: str
    ipv4: Any
    ipv6: Any


class Tenant:
    """What one test makes. Every name is its own, so that tests run side by side."""

    def __init__(self, cloud: Connection, key: Path) -> None:
        self.cloud = cloud
        self.key = key
        self.name = f"test-{uuid.uuid4().hex[:8]}"
        self._made = ExitStack()
        self._count = 0
        self._keypair: Any = None

    def __enter__(self) -> "Tenant":
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    def later(self, function: Any, *args: Any, **kwargs: Any) -> None:
        """Do this when the test is over."""
        self._made.callback(function, *args, **kwargs)

    def _next(self, kind: str) -> str:
        self._count += 1
        return f"{self.name}-{kind}-{self._count}"

    @property
    def external(self) -> Any:
        return self.cloud.network.find_network("public", ignore_missing=False)

    @property
    def keypair(self) -> Any:
        if self._keypair is None:
            public = self.key.with_suffix(".pub").read_text()
            self._keypair = self.cloud.compute.create_keypair(name=self.name, public_key=public)
            self.later(self.cloud.compute.delete_keypair, self._keypair)
        return self._keypair

    def network(
        self, ipv4: str | None = "10.90.1.0/24", ipv6: str | None = None, *, mode: str = "slaac"
    ) -> Net:
        """A network with an IPv4 subnet, an IPv6 one, or both."""
        network = self.cloud.network.create_network(name=self._next("net"))
        self.later(self.cloud.network.delete_network, network)
        v4 = v6 = None
        if ipv4:
            v4 = self.cloud.network.create_subnet(
                network_id=network.id, ip_version=4, cidr=ipv4, dns_nameservers=[DNS4]
            )
            self.later(self.cloud.network.delete_subnet, v4)
        if ipv6:
            v6 = self.cloud.network.create_subnet(
                network_id=network.id,
                ip_version=6,
                cidr=ipv6,
                ipv6_address_mode=mode,
                ipv6_ra_mode=mode,
                dns_nameservers=[DNS6],
            )
            self.later(self.cloud.network.delete_subnet, v6)
        return Net(network.id, v4, v6)

    def line(self, ipv4: str, ipv6: str) -> Net:
        """A network without a gateway and without DHCP, as between routers."""
        network = self.cloud.network.create_network(name=self._next("line"))
        self.later(self.cloud.network.delete_network, network)
        subnets = []
        for version, cidr in ((4, ipv4), (6, ipv6)):
            subnet = self.cloud.network.create_subnet(
                network_id=network.id,
                ip_version=version,
                cidr=cidr,
                gateway_ip=None,
                is_dhcp_enabled=False,
            )
            self.later(self.cloud.network.delete_subnet, subnet)
            subnets.append(subnet)
        return Net(network.id, *subnets)

    def router(
        self, *nets: Net, external_ipv6: str | None = None, admin: Connection | None = None
    ) -> Any:
        """A router with an external gateway that joins the networks.

        Only an administrator may choose the external address.
        """
        gateway: dict[str, Any] = {"network_id": self.external.id}
        if external_ipv6:
            v4 = self.cloud.network.find_subnet("public-v4", ignore_missing=False)
            v6 = self.cloud.network.find_subnet("public-v6", ignore_missing=False)
            gateway["external_fixed_ips"] = [
                {"subnet_id": v4.id},
                {"subnet_id": v6.id, "ip_address": external_ipv6},
            ]
        router = (admin or self.cloud).network.create_router(
            name=self._next("router"),
            external_gateway_info=gateway,
            project_id=self.cloud.current_project_id,
        )
        self.later(self.cloud.network.delete_router, router)
        for net in nets:
            for subnet in filter(None, (net.ipv4, net.ipv6)):
                self.cloud.network.add_interface_to_router(router, subnet=subnet.id)
                self.later(
                    self.cloud.network.remove_interface_from_router, router, subnet=subnet.id
                )
        return router

    def security_group(self, *tcp_ports: int) -> Any:
        """A group that lets in ping and these TCP ports, on both families."""
        group = self.cloud.network.create_security_group(name=self._next("group"))
        self.later(self.cloud.network.delete_security_group, group)
        for family, icmp in (("IPv4", "icmp"), ("IPv6", "ipv6-icmp")):
            self.allow(group, family, icmp)
            for port in tcp_ports:
                self.allow(group, family, "tcp", port)
        return group

    def allow(self, group: Any, family: str, protocol: str, port: int | None = None) -> Any:
        return self.cloud.network.create_security_group_rule(
            security_group_id=group.id,
            direction="ingress",
            ethertype=family,
            protocol=protocol,
            port_range_min=port,
            port_range_max=port,
        )

    def server(
        self,
        *nets: Net,
        group: Any = None,
        flavor: str = "bentre.tiny",
        image: str = "debian12",
        user_data: str = "",
        wait: bool = True,
        **more: Any,
    ) -> Any:
        """A server with a port in each network; ACTIVE unless not waited for."""
        compute = self.cloud.compute
        if "block_device_mapping" not in more:
            more["image_id"] = self.cloud.image.find_image(image, ignore_missing=False).id
        if user_data:
            more["user_data"] = base64.b64encode(user_data.encode()).decode()
        if group:
            more["security_groups"] = [{"name": group.name}]
        server = compute.create_server(
            name=self._next("server"),
            flavor_id=compute.find_flavor(flavor, ignore_missing=False).id,
            networks=[{"uuid": net.id} for net in nets] or "none",
            key_name=self.keypair.name,
            **more,
        )
        self.later(self._delete_server, server)
        return compute.wait_for_server(server, wait=PATIENCE, interval=0.3) if wait else server

    def _delete_server(self, server: Any) -> None:
        self.cloud.compute.delete_server(server)
        self.cloud.compute.wait_for_delete(server, wait=PATIENCE, interval=0.3)

    def port_of(self, server: Any, net: Net) -> Any:
        return next(self.cloud.network.ports(device_id=server.id, network_id=net.id))

    def floating(self, port_id: str) -> str:
        """Give a port an external address."""
        address = self.cloud.network.create_ip(
            floating_network_id=self.external.id, port_id=port_id
        )
        self.later(self.cloud.network.delete_ip, address)
        return str(address.floating_ip_address)

    def guest(self, server: Any, net: Net) -> Guest:
        """The server, reached by a floating address."""
        return Guest(self.floating(self.port_of(server, net).id), self.key)

    def volume(self, size: int = 1, **more: Any) -> Any:
        """A volume of so many GiB, available."""
        storage = self.cloud.block_storage
        volume = storage.create_volume(size=size, name=self._next("volume"), **more)
        self.later(self._delete_volume, volume)
        return storage.wait_for_status(volume, "available", interval=0.3, wait=PATIENCE)

    def _delete_volume(self, volume: Any) -> None:
        storage = self.cloud.block_storage
        for attachment in storage.get_volume(volume.id).attachments:
            self.cloud.compute.delete_volume_attachment(attachment["server_id"], volume.id)
        settled = ("available", "error")
        eventually(lambda: storage.get_volume(volume.id).status in settled)
        storage.delete_volume(volume)
        storage.wait_for_delete(volume, interval=0.3, wait=PATIENCE)
