"""Hosts of a test scenario: booted bare on a network of their own, and how an operator gets in."""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from bentre_infra.hosts import apt, image, network
from bentre_infra.hosts.access import Access
from bentre_infra.hosts.network import Address, Network, Nic, parse_address
from bentre_infra.hosts.throwaway import Request, Throwaway
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.lock import MachineLock
from bentre_infra.runtime.parallel import each
from bentre_infra.runtime.paths import Paths

_SPACE = IPv4Network("10.86.0.0/16")
"""A /24 for each scenario is taken from it."""

_FIRST = 11  # number of the first host; .1 is this machine
_OWNER = "clone"


@dataclass(frozen=True)
class Link:
    """A host's place on a network that only hosts of its scenario share, this machine not.

    Attributes:
        name: the network's, and the interface's in the host.
        addresses: of the host. Two scenarios may have the same: their networks do not meet.
    """

    name: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True)
class Platform:
    """One host of a scenario.

    Attributes:
        name: in the inventory, and its host name.
        image: what it boots from.
        links: its interfaces beside that on the scenario's network.
    """

    name: str
    image: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A scenario of one clone.

    Attributes:
        name: for example ``base``.
        clone: the project's folder.
        folder: Molecule's ephemeral folder of the scenario; the way in is left there.
        platforms: its hosts.
        variables: what an inventory says of every host.
    """

    name: str
    clone: Path
    folder: Path
    platforms: tuple[Platform, ...]
    variables: dict[str, Any]

    @property
    def prefix(self) -> str:
        """What its hosts' names on this machine begin with; no other scenario or clone has it."""
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()
        return f"test-{self.name}-{digest[:8]}-"


class _Said:
    """Progress without a terminal: one line a step, for Molecule's output."""

    @contextmanager
    def phase(self, title: str) -> Iterator[None]:
        start = time.monotonic()
        print(f"{title} …", file=sys.stderr)
        yield
        print(f"{title}: {time.monotonic() - start:.1f} s", file=sys.stderr)


def create(scenario: Scenario, hosts: Throwaway, paths: Paths) -> None:
    """Boot a scenario's hosts from bare images, in place of what a killed run left.

    They stand on a network of their own with one IPv4 and one IPv6 address each, and on those that
    their links name. In the scenario's folder ``inventory/site.yml`` names them as a site's
    inventory does, and ``ssh_config`` is the way in.

    Raises:
        BentreError: an image is not known, a host does not come up, or another clone of the same
            folder name has such a scenario at the moment.
    """
    _claim(scenario)
    images = {p.image: image.build(p.image, paths, _Said()) for p in scenario.platforms}
    destroy(scenario, hosts)
    (scenario.folder / _OWNER).write_text(str(scenario.clone))
    access = Access(scenario.folder)
    key = access.new_key()
    net = _network(scenario)
    addresses = {p.name: _addresses(net, _FIRST + n) for n, p in enumerate(scenario.platforms)}
    for link in (link for platform in scenario.platforms for link in platform.links):
        network.create(_network_of(link, scenario))

    def boot(platform: Platform) -> None:
        hosts.create(
            Request(
                scenario.prefix + platform.name,
                images[platform.image],
                hostname=platform.name,
                nics=(
                    Nic(net, addresses[platform.name]),
                    *(
                        Nic(_network_of(link, scenario), link.addresses, name=link.name)
                        for link in platform.links
                    ),
                ),
                authorized_key=key,
                packages=True,
            )
        )

    # more at once only take the processors from those that are coming up
    each(boot, scenario.platforms, os.cpu_count())
    ways = {}
    for platform in scenario.platforms:
        name = scenario.prefix + platform.name
        hosts.wait(name)
        ways[platform.name] = (str(addresses[platform.name][1].ip), hosts.host_key(name))
    access.write(ways)
    inventory = scenario.folder / "inventory/site.yml"
    inventory.parent.mkdir(parents=True, exist_ok=True)
    inventory.write_text(json.dumps(_inventory(scenario, access, addresses), indent=2) + "\n")


def destroy(scenario: Scenario, hosts: Throwaway) -> None:
    """Remove a scenario's hosts, also those that its platforms name no more, and its networks."""
    _claim(scenario)
    Access(scenario.folder).close()
    hosts.destroy_named(scenario.prefix)
    for net in network.named(scenario.prefix):
        network.delete(net)


def _claim(scenario: Scenario) -> None:
    """Molecule tells clones apart by the last part of their path only."""
    owner = scenario.folder / _OWNER
    other = Path(owner.read_text()) if owner.exists() else scenario.clone
    if other != scenario.clone and other.is_dir():
        raise BentreError(
            f"{scenario.name} is going on in {other}, in the same folder of Molecule",
            "ANSIBLE_HOME=$PWD/.ansible molecule …, which gives this clone folders of its own",
        )


def _network(scenario: Scenario) -> Network:
    """Make its network, with addresses that nobody else of this machine has."""
    name = f"{scenario.prefix}net"
    digest = hashlib.sha256(name.encode()).hexdigest()
    # RFC 4193: 40 bits that nobody else picks
    prefix = IPv6Network(f"fd{digest[:2]}:{digest[2:6]}:{digest[6:10]}::/64")
    with MachineLock("hosts-networks"):
        taken = network.of_machine()
        subnets = list(_SPACE.subnets(new_prefix=24))
        first = int(digest[:8], 16) % len(subnets)
        for subnet in subnets[first:] + subnets[:first]:
            if not any(subnet.overlaps(other) for other in taken if other.version == 4):
                own = (parse_address(f"{subnet[1]}/24"), parse_address(f"{prefix[1]}/64"))
                made = Network(name, own)
                network.create(made)
                return made
    raise BentreError(f"no /24 of {_SPACE} is free", "python -m tests.projects removes leftovers")


def _network_of(link: Link, scenario: Scenario) -> Network:
    return Network(f"{scenario.prefix}link-{link.name}")


def _addresses(net: Network, number: int) -> tuple[Address, Address]:
    four, six = (own.network for own in net.addresses)
    return (
        parse_address(f"{four[number]}/{four.prefixlen}"),
        parse_address(f"{six[number]}/{six.prefixlen}"),
    )


def _inventory(
    scenario: Scenario, access: Access, addresses: dict[str, tuple[Address, Address]]
) -> dict[str, Any]:
    """What the site's inventory says of a host, and how to get in."""
    hosts: dict[str, dict[str, Any]] = {
        name: {
            "ansible_host": str(six.ip),
            "bentre_addresses": [str(four.ip), str(six.ip)],
            "bentre_ipv4": str(four),
            "bentre_ipv6": str(six),
            "bentre_server_id": scenario.prefix + name,
        }
        for name, (four, six) in addresses.items()
    }
    for platform in scenario.platforms:
        hosts[platform.name]["test_archives"] = _archives(image.SUITES[platform.image])
    everyone = {"ansible_user": "root", "ansible_ssh_args": access.arguments}
    return {"all": {"vars": everyone | scenario.variables, "hosts": hosts}}


def _archives(suite: str) -> dict[str, str]:
    """This machine's archives, for a role that is told of the site's mirror."""
    names = {suite: "release", f"{suite}-updates": "updates", f"{suite}-security": "security"}
    return {names[source.suite]: source.uri for source in apt.sources(suite)}
