"""The site as everything downstream reads it: plain, frozen, hashable, nothing left to look up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)

from bentre_infra.site.document import Size, Tier
from bentre_infra.site.profile import Profile, Unit
from bentre_infra.site.protocols import Port


@dataclass(frozen=True)
class Cloud:
    """The OpenStack that the site is built on, by the names that it knows there.

    Attributes:
        name: entry of clouds.yaml; ``NAME-admin`` and ``NAME-SERVICE`` stand beside it.
        gateway: external address of the edge router, to which the IPv6 prefix is routed.
        hosts: compute hosts that nodes can be spread over.
        protect_data: data volumes cannot be deleted.
    """

    name: str
    external_network: str
    image: str
    gateway: IPv6Address | None = None
    hosts: int = 3
    protect_data: bool = True
    flavors: tuple[tuple[Size, str], ...] = ()

    def flavor(self, size: Size) -> str:
        """Name of the flavor for a size."""
        return dict(self.flavors).get(size, f"bentre.{size}")


@dataclass(frozen=True)
class Zone:
    """A network zone with its two prefixes."""

    name: str
    ipv4: IPv4Network
    ipv6: IPv6Network
    admins: tuple[IPv4Network | IPv6Network, ...] = ()


@dataclass(frozen=True)
class System:
    """An information system as it is classified."""

    code: str
    level: int
    owner: Unit
    users: int = 0
    name: str | None = None


@dataclass(frozen=True)
class Lan:
    """A unit's own network, apart from every other unit's (TT 06/2026/TT-BKHCN article 8.3)."""

    unit: Unit
    vlan: int
    ipv4: IPv4Network
    ipv6: IPv6Network


@dataclass(frozen=True)
class Line:
    """A line to a unit: a network of its own, on which routers meet.

    Attributes:
        cost: of OSPF; the way with the lowest sum is taken.
    """

    name: str
    unit: Unit
    cost: int
    ipv4: IPv4Network
    ipv6: IPv6Network


@dataclass(frozen=True)
class Tunnel:
    """A tunnel to a unit, through networks of others; its ends are nodes, by name."""

    name: str
    unit: Unit
    centre: str
    own: str


@dataclass(frozen=True)
class LinePort:
    """Where a node stands on a line."""

    line: str
    ipv4: IPv4Interface
    ipv6: IPv6Interface


@dataclass(frozen=True)
class Node:
    """A machine: its name is its identity.

    Attributes:
        name: host name; ``mail-front-1``, or ``wan-edge-ba-tri`` for a unit's own node.
        unit: the unit that it serves: its own, else the system's owner.
        ports: on lines, beside the one in its zone.
        lan: the unit's network behind it; of a unit's own node at the end of a line or a tunnel.
    """

    name: str
    service: str
    part: str
    zone: str
    level: int
    unit: Unit
    ipv4: IPv4Interface
    ipv6: IPv6Interface
    ports: tuple[LinePort, ...] = ()
    lan: Lan | None = None


@dataclass(frozen=True)
class Volume:
    """A data volume of each node of a part; size in GiB."""

    name: str
    gib: int


@dataclass(frozen=True)
class Balancer:
    """The one address in front of a part's nodes."""

    name: str
    zone: str
    ipv4: IPv4Interface
    ipv6: IPv6Interface


@dataclass(frozen=True)
class Part:
    """Nodes of a service that are alike.

    Attributes:
        group: its name among all parts: ``mail-front``; security group, host group.
        boot_gib: size of the volume that each node boots from; None when it is the host's disk.
    """

    name: str
    group: str
    zone: str
    size: Size
    nodes: tuple[Node, ...]
    public: tuple[str, ...] = ()
    volumes: tuple[Volume, ...] = ()
    balancer: Balancer | None = None
    image: str | None = None
    boot_gib: int | None = None


@dataclass(frozen=True)
class Service:
    """A service: a system, the stack that builds it, and the parts that it runs on."""

    name: str
    system: System
    stack: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Endpoint:
    """One end of a flow.

    Attributes:
        text: as it was written.
        zones: zones that it lies in; ``internet``, ``admins`` and ``units`` stand for themselves.
        parts: groups of the parts that it means; empty for a whole zone and for the words.
        whole: a zone or all nodes, not parts by name.
        networks: how the other end sees it, where that is neither its parts nor its zones.
    """

    text: str
    zones: frozenset[str]
    parts: tuple[str, ...] = ()
    whole: bool = False
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flow:
    """Who may talk to whom, on what, and why. Answers follow from it."""

    source: Endpoint
    target: Endpoint
    ports: tuple[Port, ...]
    why: str


@dataclass(frozen=True)
class Waiver:
    """A control that is not met, knowingly, until a date."""

    control: str
    reason: str
    owner: str
    until: date


@dataclass(frozen=True)
class Allowance:
    """A destructive change of one resource that may be made until a date.

    Attributes:
        resource: ``TYPE/NAME``, or a stack's name where ``change`` is ``destroy``.
    """

    resource: str
    change: str
    until: date
    why: str


@dataclass(frozen=True)
class Uplink:
    """A line into the specialised data network; rate in Mbit/s."""

    name: str
    access: int
    route: str
    mbit: int


@dataclass(frozen=True)
class Addressing:
    """The address space that was allotted to the site."""

    ipv4: tuple[IPv4Network, ...]
    ipv6: IPv6Network


@dataclass(frozen=True)
class Site:
    """A province's data centre on a day.

    The same files give an equal site with an equal hash. Everything in it is in the order of its
    names, whatever the order in the files.

    Attributes:
        as_of: the day whose units and names count.
        level: the highest security level that is hosted.
        public_domain: domain of what the Internet uses.
        domain: domain of the host names.
        machines: for a site without a cloud, the serial number of each machine that has one.
    """

    name: str
    profile: Profile
    as_of: date
    level: int
    addressing: Addressing
    public_domain: str
    domain: str
    resolvers: tuple[IPv4Address | IPv6Address, ...]
    zones: tuple[Zone, ...]
    services: tuple[Service, ...]
    flows: tuple[Flow, ...]
    lans: tuple[Lan, ...] = ()
    lines: tuple[Line, ...] = ()
    tunnels: tuple[Tunnel, ...] = ()
    uplinks: tuple[Uplink, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    cloud: Cloud | None = None
    machines: tuple[tuple[str, str | None], ...] = ()

    @property
    def parts(self) -> Iterator[Part]:
        """Every part of every service."""
        for service in self.services:
            yield from service.parts

    @property
    def nodes(self) -> Iterator[Node]:
        """Every node of every part."""
        for part in self.parts:
            yield from part.nodes

    @cached_property
    def _zones(self) -> dict[str, Zone]:
        return {zone.name: zone for zone in self.zones}

    def zone(self, name: str) -> Zone:
        """Return a zone by name.

        Raises:
            KeyError: there is none of that name.
        """
        return self._zones[name]

    @property
    def units(self) -> tuple[Unit, ...]:
        """Units that exist on the site's day."""
        return self.profile.on(self.as_of)

    def lans_of(self, tier: Tier) -> tuple[Lan, ...]:
        """Networks of the units of a tier."""
        return tuple(lan for lan in self.lans if lan.unit.tier is tier)
