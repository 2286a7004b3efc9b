"""Connect an instance's network interfaces to one OVN chassis."""

import json
from typing import Any

from bentre_infra.hosts import netns
from bentre_infra.runtime.process import run

_BRIDGE = "br-int"
_ANSWER = 10  # seconds for a change of the Open vSwitch database
_DEFAULT_MTU = 1442  # geneve over 1500
_MOST_NICS = 32


class Chassis:
    """The virtual switch of a compute host.

    Args:
        namespace: the network namespace that the switch's datapath is in.
        database: how ovs-vsctl(8) reaches it, for example ``unix:/…/db.sock``.
        patience: seconds to wait for OVN to install the flows of a port.
    """

    def __init__(self, namespace: str, database: str, patience: int) -> None:
        self._namespace = namespace
        self._database = database
        self._patience = patience

    def plug(self, name: str, uuid: str, vif: Any) -> bool:
        """Make a NIC in the instance's namespace and its port on the switch; without carrier yet.

        The guest's network manager waits for the carrier (:meth:`connect`): its first DHCP request
        and router solicitation would else be lost, and the second come seconds later.

        Returns:
            False when the instance has that NIC already.
        """
        links = netns.links(name)
        if vif["address"] in links.values():
            return False
        tap, mtu = vif["devname"], vif["network"].get_meta("mtu") or _DEFAULT_MTU
        nic = next(n for n in (f"eth{k}" for k in range(_MOST_NICS)) if n not in links)
        # A port left from an earlier run goes first, in a change of its own that the switch has
        # made when this returns: it would else keep to the device that is gone
        self._remove(tap)
        netns.ip(
            self._namespace,
            f"link add {tap} mtu {mtu} type veth"
            f" peer name {nic} netns {name} address {vif['address']} mtu {mtu}",
        )
        # the userspace datapath does not complete checksums that the kernel left open
        netns.inside(name, "ethtool", "-K", nic, "tx", "off")
        self._ovs(
            *("--", "add-port", _BRIDGE, tap),
            *("--", "set", "Interface", tap),
            f"external_ids:iface-id={vif['id']}",
            "external_ids:iface-status=active",
            f'external_ids:attached-mac="{vif["address"]}"',
            f"external_ids:vm-uuid={uuid}",
        )
        return True

    def connect(self, vif: Any) -> None:
        """Give a NIC its carrier, once OVN has installed the port's flows.

        Raises:
            BentreError: OVN did not answer in time: its controller is down, or the port is bound
                to another host.
        """
        tap = vif["devname"]
        self._ovs(
            "wait-until", "Interface", tap, "external_ids:ovn-installed=true", wait=self._patience
        )
        netns.ip(self._namespace, f"link set {tap} up")

    def unplug(self, vif: Any) -> None:
        """Remove a NIC and its port; nothing to do when there is none."""
        self._remove(vif["devname"])

    def remove_all(self, uuid: str) -> None:
        """Remove every port of an instance."""
        for tap, owner in self.ports():
            if owner == uuid:
                self._remove(tap)

    def ports(self) -> list[tuple[str, str]]:
        """Every instance's port on this switch: its name, and the instance's UUID."""
        listed = json.loads(
            self._ovs("--format=json", "--columns=name,external_ids", "list", "Interface")
        )
        found = []
        for name, (_, pairs) in listed["data"]:
            uuid = dict(pairs).get("vm-uuid")
            if uuid:
                found.append((name, uuid))
        return found

    def _remove(self, tap: str) -> None:
        self._ovs("--if-exists", "del-port", _BRIDGE, tap)
        self._drop_link(tap)

    def _drop_link(self, tap: str) -> None:
        if tap in netns.links(self._namespace):
            netns.ip(self._namespace, f"link delete {tap}")

    def _ovs(self, *arguments: str, wait: int = _ANSWER) -> str:
        return run(["ovs-vsctl", f"--db={self._database}", f"--timeout={wait}", *arguments])
