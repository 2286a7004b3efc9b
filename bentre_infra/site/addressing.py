"""Who gets which address: cut from the allotted space, and kept for good.

No rule that looks at the names of today alone keeps every address when a name comes or goes: a
rank shifts, and a hash into a small IPv4 subnet collides. So what was given is written down, in
``addresses.yaml`` beside the site, as a package manager writes its lock file; a new name gets the
first free place, and nobody else moves. Zones and lines grow from the low end of the allotted
space, units' networks from its high end. See docs/decisions/0008-addresses-are-kept-in-a-file.md.

A node has one number in its zone, and one on each line, for both families: 10.83.2.11 is also
…:2::b.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Any, Literal

from bentre_infra.site.document import (
    AllotmentDocument,
    HostAllotment,
    LanAllotment,
    LineAllotment,
    ZoneAllotment,
)

FIRST_HOST = 10
"""Numbers below are for the gateway (1), routers and their shared addresses."""

FIRST_VLAN = 101
LAST_VLAN = 4094
ZONE_IPV6_LENGTH = 64  # RFC 4291 section 2.5.1


type _Allotment = ZoneAllotment | LanAllotment | LineAllotment
type _Pins = tuple[IPv4Network | None, IPv6Network | None]


@dataclass(frozen=True)
class Wanted:
    """What a site needs addresses for.

    Attributes:
        ipv4, ipv6: the allotted space.
        zones: zone -> its pinned prefixes, each None where it is to be allotted.
        hosts: node or balancer -> its zone.
        lans: units that get a network, by tier and slug.
        lines: line -> its pinned prefixes, as of zones.
        line_nodes: line -> the nodes on it.
    """

    ipv4: tuple[IPv4Network, ...]
    ipv6: IPv6Network
    zone_ipv4_length: int
    lan_ipv4_length: int
    zones: Mapping[str, _Pins]
    hosts: Mapping[str, str]
    lans: frozenset[str] = frozenset()
    pinned_hosts: Mapping[str, tuple[IPv4Address, IPv6Address]] = field(default_factory=dict)
    line_ipv4_length: int = 28
    lines: Mapping[str, _Pins] = field(default_factory=dict)
    line_nodes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class FullError(Exception):
    """The allotted space, or a zone, has no room left."""


def allocate(wanted: Wanted, held: AllotmentDocument) -> AllotmentDocument:
    """Give addresses to all that lack them; what was given stays, also for names that went.

    Raises:
        FullError: there is no room; names what did not fit.
    """
    zones = _zones(wanted, held)
    lines = _lines(wanted, held, zones)
    lans = _lans(wanted, held, [*zones.values(), *lines.values()])
    hosts = _hosts(wanted, held, zones)
    return AllotmentDocument(zones=zones, hosts=hosts, lans=lans, lines=lines)


def prune(wanted: Wanted, held: AllotmentDocument) -> AllotmentDocument:
    """Give up what was held for names that are gone."""
    return AllotmentDocument(
        zones={n: z for n, z in held.zones.items() if n in wanted.zones},
        hosts={n: h for n, h in held.hosts.items() if n in wanted.hosts},
        lans={n: lan for n, lan in held.lans.items() if n in wanted.lans},
        lines={
            name: LineAllotment(
                ipv4=line.ipv4,
                ipv6=line.ipv6,
                nodes={n: k for n, k in line.nodes.items() if n in wanted.line_nodes[name]},
            )
            for name, line in held.lines.items()
            if name in wanted.lines
        },
    )


def hosts_of(network: IPv4Network) -> tuple[int, int]:
    """First and last number of a zone's nodes; the last eighth stays for the cloud's own ports."""
    last = network.num_addresses - 1 - max(2, network.num_addresses // 8)
    return FIRST_HOST, last


def _zones(wanted: Wanted, held: AllotmentDocument) -> dict[str, ZoneAllotment]:
    zones = {n: z for n, z in held.zones.items() if n not in wanted.zones}
    others: list[_Allotment] = [*zones.values(), *held.lans.values(), *held.lines.values()]
    found = _low(wanted, "zone", wanted.zones, held.zones, others)
    zones |= {n: ZoneAllotment(ipv4=ipv4, ipv6=ipv6) for n, (ipv4, ipv6) in found.items()}
    return dict(sorted(zones.items()))


def _lines(
    wanted: Wanted, held: AllotmentDocument, zones: Mapping[str, ZoneAllotment]
) -> dict[str, LineAllotment]:
    lines = {n: line for n, line in held.lines.items() if n not in wanted.lines}
    others: list[_Allotment] = [*zones.values(), *held.lans.values(), *lines.values()]
    for name, (ipv4, ipv6) in _low(wanted, "line", wanted.lines, held.lines, others).items():
        old = held.lines.get(name)
        numbers = dict(old.nodes) if old else {}
        taken = set(numbers.values())
        free = (n for n in range(1, ipv4.num_addresses - 1) if n not in taken)
        for node in sorted(set(wanted.line_nodes[name]) - numbers.keys()):
            numbers[node] = _next(free, f'"{node}" on line "{name}" ({ipv4})')
        lines[name] = LineAllotment(ipv4=ipv4, ipv6=ipv6, nodes=dict(sorted(numbers.items())))
    return dict(sorted(lines.items()))


def _low(
    wanted: Wanted,
    kind: Literal["zone", "line"],
    pins: Mapping[str, _Pins],
    held: Mapping[str, ZoneAllotment] | Mapping[str, LineAllotment],
    others: Iterable[_Allotment],
) -> dict[str, tuple[IPv4Network, IPv6Network]]:
    """Prefixes from the low end: pinned ones, those that were held, else the first free ones."""
    found: dict[str, tuple[IPv4Network, IPv6Network]] = {}
    missing: list[tuple[str, IPv4Network | None, IPv6Network | None]] = []
    for name, (pin4, pin6) in pins.items():
        old = held.get(name)
        ipv4 = pin4 or (old.ipv4 if old else None)
        ipv6 = pin6 or (old.ipv6 if old else None)
        if ipv4 and ipv6:
            found[name] = ipv4, ipv6
        else:
            missing.append((name, ipv4, ipv6))
    space4, space6 = _spaces(others)
    space4.take(*(ipv4 for ipv4, _ in found.values()))
    space6.take(*(ipv6 for _, ipv6 in found.values()))
    for pin4, pin6 in (*wanted.zones.values(), *wanted.lines.values()):
        space4.take(*filter(None, [pin4]))
        space6.take(*filter(None, [pin6]))
    length = wanted.zone_ipv4_length if kind == "zone" else wanted.line_ipv4_length
    free4 = space4.free(_ascending(wanted.ipv4, length))
    free6 = space6.free(_ascending([wanted.ipv6], ZONE_IPV6_LENGTH, skip=1))
    for name, ipv4, ipv6 in sorted(missing, key=lambda m: m[0]):
        what = f'{kind} "{name}"'
        found[name] = ipv4 or _next(free4, what), ipv6 or _next(free6, what)
    return found


def _lans(
    wanted: Wanted, held: AllotmentDocument, others: Iterable[_Allotment]
) -> dict[str, LanAllotment]:
    lans = dict(held.lans)
    space4, space6 = _spaces([*others, *lans.values()])
    free4 = space4.free(_descending(wanted.ipv4, wanted.lan_ipv4_length))
    free6 = space6.free(_descending([wanted.ipv6], ZONE_IPV6_LENGTH))
    used = {lan.vlan for lan in lans.values()}
    vlans = (v for v in range(FIRST_VLAN, LAST_VLAN + 1) if v not in used)
    for name in sorted(wanted.lans - lans.keys()):
        what = f'the network of "{name}"'
        lans[name] = LanAllotment(
            vlan=_next(vlans, what), ipv4=_next(free4, what), ipv6=_next(free6, what)
        )
    return dict(sorted(lans.items()))


def _hosts(
    wanted: Wanted, held: AllotmentDocument, zones: Mapping[str, ZoneAllotment]
) -> dict[str, HostAllotment]:
    hosts = {n: h for n, h in held.hosts.items() if n not in wanted.hosts}
    missing = []
    for name, zone in wanted.hosts.items():
        old, net = held.hosts.get(name), zones[zone]
        if name in wanted.pinned_hosts:
            ipv4, ipv6 = wanted.pinned_hosts[name]
            hosts[name] = HostAllotment(zone=zone, ipv4=ipv4, ipv6=ipv6)
        elif old and old.zone == zone and old.ipv4 in net.ipv4 and old.ipv6 in net.ipv6:
            hosts[name] = old
        else:
            missing.append((name, zone))
    taken: dict[str, set[int]] = {name: set() for name in zones}
    for host in hosts.values():
        if host.zone in zones:
            taken[host.zone] |= _numbers(host, zones[host.zone])
    free: dict[str, Iterator[int]] = {}
    for name, zone in sorted(missing):
        net = zones[zone]
        if zone not in free:
            first, last = hosts_of(net.ipv4)
            free[zone] = (n for n in range(first, last + 1) if n not in taken[zone])
        number = _next(free[zone], f'"{name}" in zone "{zone}" ({net.ipv4})')
        hosts[name] = HostAllotment(
            zone=zone,
            ipv4=net.ipv4.network_address + number,
            ipv6=net.ipv6.network_address + number,
        )
    return dict(sorted(hosts.items()))


def _numbers(host: HostAllotment, zone: ZoneAllotment) -> set[int]:
    return {
        int(host.ipv4) - int(zone.ipv4.network_address),
        int(host.ipv6) - int(zone.ipv6.network_address),
    }


type _Network = IPv4Network | IPv6Network


class _Space[N: (IPv4Network, IPv6Network)]:
    """Address space of which parts are taken."""

    def __init__(self, taken: Iterable[N]) -> None:
        self._taken = [_span(network) for network in taken]

    def take(self, *networks: N) -> None:
        self._taken += [_span(network) for network in networks]

    def free(self, candidates: Iterable[N]) -> Iterator[N]:
        for candidate in candidates:
            first, last = _span(candidate)
            if not any(a <= last and first <= b for a, b in self._taken):
                self._taken.append((first, last))
                yield candidate


def _spaces(
    allotments: Iterable[_Allotment],
) -> tuple[_Space[IPv4Network], _Space[IPv6Network]]:
    taken = list(allotments)
    return _Space(each.ipv4 for each in taken), _Space(each.ipv6 for each in taken)


def _span(network: _Network) -> tuple[int, int]:
    first = int(network.network_address)
    return first, first + network.num_addresses - 1


def _ascending[N: (IPv4Network, IPv6Network)](
    space: Iterable[N], length: int, skip: int = 0
) -> Iterator[N]:
    for network in sorted(space):
        if network.prefixlen > length:
            continue
        step = 1 << (network.max_prefixlen - length)
        first = int(network.network_address)
        for i in range(skip, 1 << (length - network.prefixlen)):
            yield type(network)((first + i * step, length))


def _descending[N: (IPv4Network, IPv6Network)](space: Iterable[N], length: int) -> Iterator[N]:
    for network in sorted(space, reverse=True):
        if network.prefixlen > length:
            continue
        step = 1 << (network.max_prefixlen - length)
        first = int(network.network_address)
        for i in reversed(range(1 << (length - network.prefixlen))):
            yield type(network)((first + i * step, length))


def _next[T](free: Iterator[T], what: str) -> T:
    try:
        return next(free)
    except StopIteration:
        raise FullError(f"no room is left for {what}") from None


HEADER = """\
# Which address each zone, node, line and unit's network has. Written by `bentre site allocate`;
# kept in version control, so that nobody's address moves when something is added or taken away.
"""


def write(path: Path, document: AllotmentDocument) -> bool:
    """Write the file anew when it would differ; the same contents give the same bytes.

    Returns:
        Whether it was written.
    """
    text = HEADER + "".join(_section(name, entries) for name, entries in _entries(document))
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    return True


def _entries(document: AllotmentDocument) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    yield from document.model_dump(mode="json").items()


def _section(name: str, entries: Mapping[str, Mapping[str, Any]]) -> str:
    if not entries:
        return f"\n{name}: {{}}\n"
    lines = [
        f"  {key}: {{{', '.join(_pair(*p) for p in e.items())}}}\n" for key, e in entries.items()
    ]
    return f"\n{name}:\n" + "".join(lines)


def _pair(key: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"{key}: {{{', '.join(_pair(*p) for p in value.items())}}}"
    return f'{key}: "{value}"' if ":" in str(value) else f"{key}: {value}"
