"""Named network namespaces and the virtual cables between them (ip-netns(8), veth(4))."""

import json
from pathlib import Path

from bentre_infra.runtime.process import run

_FOLDER = Path("/run/netns")


def exists(name: str) -> bool:
    """Whether there is a namespace of that name."""
    return (_FOLDER / name).exists()


def create(name: str) -> None:
    """Make an empty namespace for a host; one that is there is replaced.

    Router advertisements are left to the host's systemd-networkd: the kernel must not answer too.
    """
    delete(name)
    run(["ip", "netns", "add", name])
    ip(name, "link set lo up")
    inside(name, "sysctl", "-qw", "net.ipv6.conf.default.accept_ra=0")


def delete(name: str) -> None:
    """Remove a namespace with its interfaces; nothing to do when there is none."""
    if exists(name):
        run(["ip", "netns", "delete", name])


def named(prefix: str) -> list[str]:
    """The namespaces whose name begins so."""
    if not _FOLDER.is_dir():
        return []
    return sorted(p.name for p in _FOLDER.iterdir() if p.name.startswith(prefix))


def ip(name: str, *commands: str) -> None:
    """Run ip(8) commands, one after the other, in a namespace."""
    run(["ip", "-netns", name, "-batch", "-"], input="".join(f"{c}\n" for c in commands))


def inside(name: str, *command: str) -> str:
    """Run a program in a namespace."""
    return run(["nsenter", f"--net={_FOLDER / name}", *command])


def links(name: str) -> dict[str, str]:
    """The interfaces of a namespace: name and MAC address."""
    found = json.loads(run(["ip", "-netns", name, "-json", "link", "show"]) or "[]")
    return {link["ifname"]: link.get("address", "") for link in found}
