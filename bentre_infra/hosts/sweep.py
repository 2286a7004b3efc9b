"""Remove by name what hosts leave on a machine: nothing else is looked at."""

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
        for host in podman.list():
            podman.stop(host.name, grace=0)
    for name in netns.named(prefix):
        netns.delete(name)
    for point in mounts.below(folder):
        mounts.unmount(point)
    for _, file in loop.attached():
        if folder in file.parents:
            loop.detach(file)


def lab_podman(state: Path, host: str) -> Podman:
    """The containers of one compute host of the lab; ``state`` is the lab's folder."""
    return Podman(state / "podman" / host, LAB_CGROUP, LAB_PREFIX)


def sweep_lab(state: Path) -> None:
    """Stop every server of the lab, as if its power had gone; disks and volumes stay."""
    roots = state / "podman"
    hosts = [p.name for p in roots.iterdir() if p.suffix != ".run"] if roots.is_dir() else []
    sweep(state, [lab_podman(state, host) for host in hosts], LAB_PREFIX)
