"""The lab's network namespaces, the wire between them, and the operator's way in.

Made with ip(8); everything has a name of its own, and everything is removed by name.
"""

import json
from pathlib import Path

from bentre_infra.lab.layout import CHASSIS, INTERNAL, OPERATOR
from bentre_infra.runtime.process import run

_WIRE = "phy0"
_WIRE_MTU = 1600
"""Octets; a guest's 1442 and Geneve's 58 and more fit in."""


def create() -> None:
    """Make both chassis' namespaces and the wire between them, unless they are there.

    The userspace datapath needs complete checksums, so the wire does not leave them to hardware.
    """
    there = _namespaces()
    for chassis in CHASSIS:
        if chassis.netns not in there:
            run(["ip", "netns", "add", chassis.netns])
        run(["ip", "-n", chassis.netns, "link", "set", "lo", "up"])
    first, second = CHASSIS
    if not _has_link(first.netns, _WIRE):
        end = f"name {_WIRE} mtu {_WIRE_MTU} netns {second.netns}"
        _ip(first.netns, f"link add {_WIRE} mtu {_WIRE_MTU} type veth peer {end}")
    for chassis in CHASSIS:
        run(["ip", "-n", chassis.netns, "link", "set", _WIRE, "up"])
        run(["ip", "netns", "exec", chassis.netns, "ethtool", "-K", _WIRE, "tx", "off"])


def connect_operator() -> None:
    """Lay the veth pair between the machine and the gateway chassis, and the routes over it.

    Packets are forwarded inside the lab's namespace only; nothing else of the machine changes.
    """
    gateway = next(c for c in CHASSIS if c.gateway).netns
    outer, inner = OPERATOR.outer, OPERATOR.inner
    if not _has_link(None, outer):
        _ip(None, f"link add {outer} type veth peer name {inner} netns {gateway}")
    run(["ethtool", "-K", outer, "tx", "off"])
    run(["ip", "netns", "exec", gateway, "ethtool", "-K", inner, "tx", "off"])
    forward = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    run(["ip", "netns", "exec", gateway, "sysctl", "-qw", *forward])
    _ip(
        None,
        # BIND listens only on addresses that an interface has
        f"address replace {INTERNAL}/32 dev lo",
        f"link set {outer} up",
        f"address replace {OPERATOR.outer_v4}/30 dev {outer}",
        f"address replace {OPERATOR.outer_v6}/64 dev {outer} nodad",
    )
    _ip(
        gateway,
        f"link set {inner} up",
        f"address replace {OPERATOR.inner_v4}/30 dev {inner}",
        f"address replace {OPERATOR.inner_v6}/64 dev {inner} nodad",
    )
    _ip(
        None,
        *(f"route replace {r} via {OPERATOR.inner_v4} dev {outer}" for r in OPERATOR.routes_v4),
        *(f"route replace {r} via {OPERATOR.inner_v6} dev {outer}" for r in OPERATOR.routes_v6),
    )


def remove() -> None:
    """Remove the veth pair, with it its routes, and both namespaces with all in them."""
    if _has_link(None, OPERATOR.outer):
        run(["ip", "link", "delete", OPERATOR.outer])
    if f"{INTERNAL}/32" in run(["ip", "-brief", "address", "show", "dev", "lo"]):
        run(["ip", "address", "delete", f"{INTERNAL}/32", "dev", "lo"])
    for name in _namespaces() & {c.netns for c in CHASSIS}:
        run(["ip", "netns", "delete", name])


def _namespaces() -> set[str]:
    folder = Path("/run/netns")
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _has_link(netns: str | None, name: str) -> bool:
    where = ["-n", netns] if netns else []
    links = json.loads(run(["ip", *where, "-json", "link", "show"]) or "[]")
    return any(link["ifname"] == name for link in links)


def _ip(netns: str | None, *commands: str) -> None:
    """Run ip(8) commands, one after the other; the first that fails is an error."""
    where = ["-n", netns] if netns else []
    run(["ip", *where, "-batch", "-"], input="".join(f"{command}\n" for command in commands))
