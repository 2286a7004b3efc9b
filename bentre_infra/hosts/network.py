"""Networks between throw-away hosts: bridges on the machine, cables into each host's namespace."""

import hashlib
import json
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network, ip_interface
from pathlib import Path

from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

_NAME_LENGTH = 15  # IFNAMSIZ without its end (netdevice(7))

Address = IPv4Interface | IPv6Interface


@dataclass(frozen=True)
class Network:
    """A network that throw-away hosts share.

    Attributes:
        name: unique on the machine.
        addresses: the machine's own on it, for example ``10.83.0.1/24``; none for a network that
            the machine takes no part in.
    """

    name: str
    addresses: tuple[Address, ...] = ()

    @property
    def bridge(self) -> str:
        """The bridge's name on the machine."""
        return _short("bentre-", self.name)


@dataclass(frozen=True)
class Nic:
    """One interface of a host.

    Attributes:
        network: what it is connected to.
        addresses: static addresses, set by the host's systemd-networkd.
        gateways: next hops of its default routes.
        name: in the host; ``eth0`` and so on in order when empty.
    """

    network: Network
    addresses: tuple[Address, ...] = ()
    gateways: tuple[str, ...] = ()
    name: str = ""


def parse_address(text: str) -> Address:
    """An address with its prefix length.

    Raises:
        BentreError: it is not one.
    """
    try:
        return ip_interface(text)
    except ValueError as error:
        raise BentreError(f"{text}: no address", "for example 10.83.0.11/24") from error


def create(network: Network) -> None:
    """Make a network's bridge; one that is there is kept."""
    if not _there(network.bridge):
        run(["ip", "link", "add", network.bridge, "type", "bridge"])
    run(["ip", "link", "set", network.bridge, "alias", network.name])
    for address in network.addresses:
        nodad = ["nodad"] if address.version == 6 else []
        run(["ip", "address", "replace", str(address), "dev", network.bridge, *nodad])
    run(["ip", "link", "set", network.bridge, "up"])


def delete(network: Network) -> None:
    """Remove a network's bridge; nothing to do when there is none."""
    if _there(network.bridge):
        run(["ip", "link", "delete", network.bridge])


def named(prefix: str) -> list[Network]:
    """The networks whose name begins so, without their addresses; a bridge's alias is its name."""
    aliases = (path.read_text().strip() for path in Path("/sys/class/net").glob("*/ifalias"))
    found = [Network(alias) for alias in sorted(aliases) if alias.startswith(prefix)]
    return [network for network in found if _there(network.bridge)]


def of_machine() -> list[IPv4Network | IPv6Network]:
    """The networks that the machine's own interfaces are on."""
    links = json.loads(run(["ip", "-json", "address", "show"]))
    return [
        ip_interface(f"{info['local']}/{info['prefixlen']}").network
        for link in links
        for info in link["addr_info"]
    ]


def connect(namespace: str, nics: tuple[Nic, ...]) -> None:
    """Make a host's interfaces in its namespace and join them to their networks."""
    for index, nic in enumerate(nics):
        end = _short("bn-", f"{namespace}/{index}")
        # an end that a killed process left
        if _there(end):
            run(["ip", "link", "delete", end])
        peer = ["peer", "name", nic_name(nic, index), "netns", namespace]
        run(["ip", "link", "add", end, "type", "veth", *peer])
        run(["ip", "link", "set", end, "master", nic.network.bridge, "up"])


def configure(root: Path, nics: tuple[Nic, ...]) -> None:
    """Write a host's network configuration (systemd.network(5)) into its root file system."""
    for index, nic in enumerate(nics):
        lines = ["[Match]", f"Name={nic_name(nic, index)}", "[Network]"]
        lines += ["IPv6AcceptRA=no", "ConfigureWithoutCarrier=yes"]
        lines += [f"Address={address}" for address in nic.addresses]
        lines += [f"Gateway={gateway}" for gateway in nic.gateways]
        file = root / f"etc/systemd/network/20-{nic_name(nic, index)}.network"
        file.write_text("\n".join(lines) + "\n")


def nic_name(nic: Nic, index: int) -> str:
    """What an interface is called in its host."""
    return nic.name or f"eth{index}"


def _there(link: str) -> bool:
    return Path("/sys/class/net", link).exists()


def _short(prefix: str, name: str) -> str:
    return prefix + hashlib.sha256(name.encode()).hexdigest()[: _NAME_LENGTH - len(prefix)]
