"""What a fresh lab offers: flavors, images, the external network."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bentre_infra.lab.layout import EXTERNAL

if TYPE_CHECKING:
    from openstack.connection import Connection

STORE = Path("data/glance/images")
"""Glance's store, below the lab's state folder."""
FILES = Path("data/glance/from-cache.json")
"""Id of each image that came from the cache, and the cache's file."""


@dataclass(frozen=True)
class Flavor:
    """A size of server: memory in MiB, CPUs, root disk in GiB."""

    name: str
    ram: int
    vcpus: int
    disk: int


FLAVORS = (
    Flavor("bentre.tiny", 256, 1, 1),
    Flavor("bentre.small", 512, 1, 2),
    Flavor("bentre.medium", 1024, 2, 5),
    Flavor("bentre.large", 2048, 2, 10),
)


@dataclass(frozen=True)
class GuestFile:
    """A guest image in the cache.

    Attributes:
        name: of the image in Glance.
        path: the file, an ext4 file system without a partition table.
        fingerprint: of what it was built from; another one is another image.
    """

    name: str
    path: Path
    fingerprint: str


def version(images: tuple[GuestFile, ...]) -> str:
    """Changes whenever what ``create`` makes may change."""
    here = Path(__file__)
    digest = hashlib.sha256(here.read_bytes() + here.with_name("layout.py").read_bytes())
    for image in images:
        digest.update(f"{image.name} {image.fingerprint}".encode())
    return digest.hexdigest()[:16]


def create(admin: "Connection", images: tuple[GuestFile, ...]) -> dict[str, Path]:
    """Make what is missing; an image built anew takes the place of the one before.

    Returns:
        the id of each image and the file that it was made from.
    """
    flavors = {flavor.name for flavor in admin.compute.flavors()}
    for flavor in FLAVORS:
        if flavor.name not in flavors:
            admin.compute.create_flavor(**asdict(flavor), is_public=True)
    _external_network(admin)
    return {_image(admin, image): image.path for image in images}


def _external_network(admin: "Connection") -> None:
    name = EXTERNAL.physnet
    network = admin.network.find_network(name) or admin.network.create_network(
        name=name,
        is_router_external=True,
        provider_network_type="flat",
        provider_physical_network=name,
    )
    subnets = {subnet.name for subnet in admin.network.subnets(network_id=network.id)}
    plans: dict[str, dict[str, Any]] = {
        f"{name}-v4": {
            "ip_version": 4,
            "cidr": EXTERNAL.cidr_v4,
            "gateway_ip": EXTERNAL.gateway_v4,
            "allocation_pools": [_pool(EXTERNAL.pool_v4)],
        },
        f"{name}-v6": {
            "ip_version": 6,
            "cidr": EXTERNAL.cidr_v6,
            "gateway_ip": EXTERNAL.gateway_v6,
            "allocation_pools": [_pool(EXTERNAL.pool_v6)],
        },
    }
    for subnet, plan in plans.items():
        if subnet not in subnets:
            admin.network.create_subnet(
                name=subnet, network_id=network.id, is_dhcp_enabled=False, **plan
            )


def _pool(ends: tuple[str, str]) -> dict[str, str]:
    return {"start": ends[0], "end": ends[1]}


def _image(admin: "Connection", image: GuestFile) -> str:
    there = list(admin.image.images(name=image.name, visibility="public"))
    for old in there:
        if old.properties.get("bentre_fingerprint") == image.fingerprint:
            return str(old.id)
    made = admin.create_image(
        image.name,
        filename=str(image.path),
        disk_format="raw",
        container_format="bare",
        visibility="public",
        allow_duplicates=True,
        wait=True,
        # what it says of itself, in the properties that clients know (glance metadefs)
        os_distro="debian",
        os_version=image.name.removeprefix("debian"),
        os_admin_user="debian",
        bentre_fingerprint=image.fingerprint,
    )
    for old in there:
        admin.image.delete_image(old)
    return str(made.id)
