"""Cinder volumes in a server: files as loop devices, seen under the names that nova gives."""

from pathlib import Path
from typing import Any

from bentre_infra.hosts import devices, loop
from bentre_infra.hosts.podman import Podman
from bentre_infra.hosts.spec import Disk, Power
from bentre_infra.lab.drivers.store import Volume

# as QEMU cuts a virtio disk's serial number
_SERIAL_LENGTH = 20

_APPEAR = """
set -eu
rm -f "$1"
mknod -m 660 "$1" b "$2" "$3"
chgrp disk "$1"
mkdir -p /dev/disk/by-id
ln -sf "../../${1#/dev/}" "/dev/disk/by-id/virtio-$4"
"""
# like a disk that is pulled, but nothing written is lost
_VANISH = """
sync
while umount -l "$1" 2>/dev/null; do :; done
rm -f "$1" "/dev/disk/by-id/virtio-$2"
"""


def read(connection_info: Any, device: str) -> Volume:
    """The volume that nova speaks of (Cinder's connection of the type ``local``)."""
    data = connection_info["data"]
    return Volume(device, data["device_path"], data["volume_id"])


def root_volume(block_device_info: Any) -> Volume | None:
    """The volume that a server boots from; None when it boots from an image."""
    for mapping in _mappings(block_device_info):
        if mapping["boot_index"] == 0:
            return read(mapping["connection_info"], mapping["mount_device"])
    return None


def beside_root(block_device_info: Any) -> tuple[Volume, ...]:
    """The volumes that a server has beside its root."""
    return tuple(
        read(mapping["connection_info"], mapping["mount_device"])
        for mapping in _mappings(block_device_info)
        if mapping["boot_index"] != 0
    )


def _mappings(block_device_info: Any) -> list[Any]:
    return (block_device_info or {}).get("block_device_mapping") or []


def disk(volume: Volume) -> Disk:
    """A volume as a disk to boot with."""
    return Disk(loop.attach(Path(volume.file)), volume.device, _serial(volume))


def appear(podman: Podman, name: str, volume: Volume) -> None:
    """Show a running server a volume; a stopped one finds it at its next boot."""
    host = podman.find(name)
    if host.power is not Power.RUNNING:
        return
    numbers = loop.numbers(loop.attach(Path(volume.file)))
    devices.allow(host.pid, numbers)
    podman.execute(name, *_sh(_APPEAR), volume.device, *map(str, numbers), _serial(volume))


def vanish(podman: Podman, name: str, volume: Volume) -> None:
    """Take a volume from a server, running or not, and give its loop device back."""
    host = podman.find(name)
    if host.power is Power.RUNNING:
        podman.execute(name, *_sh(_VANISH), volume.device, _serial(volume))
        for device in loop.devices(Path(volume.file)):
            devices.deny(host.pid, loop.numbers(device))
    loop.detach(Path(volume.file))


def _sh(script: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script, "sh")


def _serial(volume: Volume) -> str:
    return volume.volume_id[:_SERIAL_LENGTH]
