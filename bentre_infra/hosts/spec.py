"""What a host is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """What a host may use of the machine.

    Attributes:
        memory_mib: MiB of memory, page cache included; swap is not given.
        cpus: how many CPUs' worth of time.
        pids: how many tasks (processes and threads).
    """

    memory_mib: int
    cpus: float
    pids: int


@dataclass(frozen=True)
class Disk:
    """A block device of the machine that the host sees under a name of its own.

    Attributes:
        device: the machine's device, for example ``/dev/loop3``.
        target: its name in the host, for example ``/dev/vdb``.
        serial: what ``/dev/disk/by-id/virtio-*`` is named after, as QEMU's serial; may be empty.
    """

    device: Path
    target: str
    serial: str = ""


@dataclass(frozen=True)
class HostSpec:
    """A host to boot.

    Attributes:
        name: the container's name; begins with the prefix of its :class:`~.podman.Podman`.
        rootfs: a mounted, writable root file system of a systemd distribution.
        hostname: what the host calls itself.
        netns: a named network namespace (ip-netns(8)); the host's interfaces are already in it.
        limits: what it may use; None for no limit.
        machine_id: 32 hexadecimal digits for machine-id(5), or empty for a random one.
        console: the file that collects what the host writes on its console.
        labels: kept with the container, for whoever lists it.
        disks: block devices that are there at boot.
        binds: (folder of the machine, folder in the host), read-only.
    """

    name: str
    rootfs: Path
    hostname: str
    netns: str
    limits: Limits | None = None
    machine_id: str = ""
    console: Path | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    disks: tuple[Disk, ...] = ()
    binds: tuple[tuple[Path, str], ...] = ()


class Power(Enum):
    """Whether a host runs."""

    ABSENT = "absent"
    STOPPED = "stopped"
    RUNNING = "running"
    PAUSED = "paused"
