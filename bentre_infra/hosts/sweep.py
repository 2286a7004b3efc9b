"""Remove by name what hosts leave on a machine: nothing else is looked at."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from bentre_infra.hosts import loop, mounts, netns
from bentre_infra.hosts.podman import Podman

LAB_PREFIX = "bentre-i-"
LAB_CGROUP = "bentre-lab-guests"


def sweep(folder: Path, podmans: list[Podman], prefix: str) -> None:
    """Stop every host and give back its namespace, mounts and loop devices; files stay.

    It works from whatever a killed process left, and again when there is nothing.

    Args:
        folder: everything of these hosts lies in it.
        podmans: where their containers are.
        prefix: the names of their network namespaces begin with it.

    Raises:
        BentreError: something of theirs is still in use.
    """
    for podman in podmans:
        if podman.root.exists():
            for host in podman.list():
                podman.stop(host.name, grace=0)
    for name in netns.named(prefix):
        netns.delete(name)
    for place in (folder, *(podman.root for podman in podmans)):
        for point in mounts.below(place):
            mounts.unmount(point)
    for _, file in loop.attached():
        if folder in file.parents:
            loop.detach(file)
    for podman in podmans:
        if podman.root.exists():
            shutil.rmtree(podman.root)


def lab_podman(host: str) -> Podman:
    """The containers of one compute host of the lab."""
    return Podman(host, LAB_CGROUP, LAB_PREFIX)


def sweep_lab(state: Path, hosts: Iterable[str]) -> None:
    """Stop every server of the lab, as if its power had gone; disks and volumes stay.

    Args:
        state: the lab's folder.
        hosts: names of its compute hosts.
    """
    sweep(state, [lab_podman(host) for host in hosts], LAB_PREFIX)
