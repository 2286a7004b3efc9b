"""What a compute host has to offer."""

import os
from pathlib import Path
from typing import Any

import nova.conf
from nova.virt import node
from nova.virt.driver import ComputeDriver

CONF = nova.conf.CONF
_GIB = 1024**3
_KIB_PER_MIB = 1024


def memory_mib(hosts: int) -> int:
    """MiB of the machine's memory, shared evenly among its compute hosts."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) // _KIB_PER_MIB // hosts
    raise RuntimeError("/proc/meminfo has no MemTotal")


def disk_gib(folder: Path, hosts: int) -> tuple[int, int]:
    """GiB of the file system of a folder, and GiB free; shared evenly among the compute hosts."""
    fs = os.statvfs(folder)
    return fs.f_blocks * fs.f_frsize // _GIB // hosts, fs.f_bavail * fs.f_frsize // _GIB // hosts


def resources(folder: Path, hosts: int, running: list[Any]) -> dict[str, Any]:
    """The host as ComputeNode.update_from_virt_driver reads it."""
    total, free = disk_gib(folder, hosts)
    return {
        "uuid": node.get_local_node_uuid(),
        "hypervisor_hostname": CONF.host,
        "hypervisor_type": "bentre",
        "hypervisor_version": 1000,
        "host_ip": CONF.my_ip,
        "vcpus": os.cpu_count(),
        "memory_mb": memory_mib(hosts),
        "local_gb": total,
        "vcpus_used": 0,
        "memory_mb_used": 0,
        "local_gb_used": total - free,
        "disk_available_least": free,
        "running_vms": len(running),
        "cpu_info": "{}",
        "numa_topology": None,
        "supported_instances": [("x86_64", "lxc", "exe")],
    }


def provide(tree: Any, nodename: str, folder: Path, hosts: int) -> None:
    """Write the host's inventory into placement's tree, with the configured ratios."""
    ratios = ComputeDriver._get_allocation_ratios(tree.data(nodename).inventory)
    totals = {
        "VCPU": (os.cpu_count(), CONF.reserved_host_cpus),
        "MEMORY_MB": (memory_mib(hosts), CONF.reserved_host_memory_mb),
        "DISK_GB": (
            disk_gib(folder, hosts)[0],
            ComputeDriver._get_reserved_host_disk_gb_from_config(),
        ),
    }
    tree.update_inventory(
        nodename,
        {
            resource: {
                "total": total,
                "min_unit": 1,
                "max_unit": total,
                "step_size": 1,
                "reserved": reserved,
                "allocation_ratio": ratios[resource],
            }
            for resource, (total, reserved) in totals.items()
        },
    )
