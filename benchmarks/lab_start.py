"""How long the lab takes: fresh, from its snapshot, with its data; to the first server ACTIVE.

It throws this machine's lab away, several times. CPU seconds are those of every lab process, so
they say what a start costs however busy the machine is with other work.

    .venv/bin/python benchmarks/lab_start.py            # golden and data, core and all
    .venv/bin/python benchmarks/lab_start.py --fresh    # also the build without a snapshot
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import openstack
from openstack.config import OpenStackConfig

from bentre_infra.lab import lifecycle, status
from bentre_infra.lab.layout import Layout
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress


def cpu_seconds() -> float:
    """CPU time of every process that has been in the lab's control group."""
    stat = next(Path("/sys/fs/cgroup").glob("**/bentre-lab/cpu.stat"))
    return int(stat.read_text().split()[1]) / 1e6


def first_server(paths: Paths) -> float:
    """Seconds from the call to a server's ACTIVE, on a network of its own; both are deleted."""
    config = OpenStackConfig(config_files=[str(Layout.of(paths).clouds_yaml)], load_envvars=False)
    cloud = openstack.connection.Connection(config=config.get_one(cloud="bentre-lab"))
    network = cloud.network.create_network(name="benchmark")
    cloud.network.create_subnet(network_id=network.id, ip_version=4, cidr="10.99.0.0/24")
    image = next(iter(cloud.image.images(visibility="public")))
    flavor = cloud.compute.find_flavor("bentre.tiny", ignore_missing=False)
    began = time.monotonic()
    server = cloud.compute.create_server(
        name="benchmark",
        image_id=image.id,
        flavor_id=flavor.id,
        networks=[{"uuid": network.id}],
    )
    cloud.compute.wait_for_server(server, wait=300, interval=0.1)
    took = time.monotonic() - began
    cloud.compute.delete_server(server)
    cloud.compute.wait_for_delete(server, wait=300, interval=0.1)
    cloud.network.delete_network(network)
    return took


def measure(paths: Paths, title: str, prepare: Callable[[], None], services: str) -> None:
    """Prepare, start, boot a server, and print one line."""
    prepare()
    began = time.monotonic()
    lifecycle.up(paths, Progress(), "core" if services == "core" else "all")
    started, cpu = time.monotonic() - began, cpu_seconds()
    server = first_server(paths)
    line = {
        "start": title,
        "services": services,
        "up_seconds": round(started, 1),
        "cpu_seconds": round(cpu, 1),
        "server_active_seconds": round(server, 1),
        "to_first_server_seconds": round(started + server, 1),
        "memory_mib": round(status.read(Layout.of(paths)).memory_mib),
    }
    print(json.dumps(line), flush=True)


def main() -> None:
    """Measure, each once."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fresh", action="store_true")
    chosen = options.parse_args()
    paths = Paths.from_env()

    def reset() -> None:
        lifecycle.reset(paths, Progress())

    def forget() -> None:
        reset()
        for snapshot in (paths.cache / "lab").glob("golden-*"):
            snapshot.unlink()

    def down() -> None:
        lifecycle.down(paths, Progress())

    if chosen.fresh:
        measure(paths, "fresh", forget, "all")
    measure(paths, "golden", reset, "core")
    measure(paths, "golden", reset, "all")
    measure(paths, "with data", down, "all")
    began = time.monotonic()
    lifecycle.up(paths, Progress())
    print(json.dumps({"start": "already up", "up_seconds": round(time.monotonic() - began, 2)}))


if __name__ == "__main__":
    main()
