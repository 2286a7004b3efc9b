"""Addresses are unique, in their space, and nobody moves, whatever comes or goes."""

import tempfile
from ipaddress import IPv4Network, IPv6Network
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentre_infra.site.addressing import (
    FullError,
    Wanted,
    allocate,
    hosts_of,
    prune,
    write,
)
from bentre_infra.site.document import AllotmentDocument
from bentre_infra.site.validate import validate
from bentre_infra.site.yamlfile import read

SPACE = (IPv4Network("10.9.0.0/22"), IPv4Network("10.1.0.0/20"), IPv4Network("10.5.0.0/22"))
IPV6 = IPv6Network("2001:db8:7::/48")
ZONES = ["dmz", "edge", "servers", "database", "a", "m", "z"]
HOSTS = [f"h-{n}" for n in range(12)] + ["a-1", "a-10", "a-2"]
LINES = ["north", "south", "far"]
LANS = [f"commune-{name}" for name in ("an-hoi", "ba-tri", "cho-lach", "my-an")]
NOTHING = AllotmentDocument()


@st.composite
def wanted(draw: st.DrawFn) -> Wanted:
    zones = draw(st.lists(st.sampled_from(ZONES), min_size=1, unique=True))
    hosts = draw(st.lists(st.sampled_from(HOSTS), unique=True))
    space = draw(st.permutations(SPACE))
    lines = draw(st.lists(st.sampled_from(LINES), unique=True))
    return Wanted(
        ipv4=tuple(space),
        ipv6=IPV6,
        zone_ipv4_length=26,
        lan_ipv4_length=28,
        zones=dict.fromkeys(zones, (None, None)),
        hosts={host: draw(st.sampled_from(zones)) for host in hosts},
        lans=frozenset(draw(st.lists(st.sampled_from(LANS), unique=True))),
        line_ipv4_length=29,
        lines=dict.fromkeys(lines, (None, None)),
        line_nodes={
            line: tuple(draw(st.lists(st.sampled_from(HOSTS), max_size=2, unique=True)))
            for line in lines
        },
    )


def sound(site: Wanted, got: AllotmentDocument) -> None:
    everything = [*got.zones.values(), *got.lans.values(), *got.lines.values()]
    networks4, networks6 = [e.ipv4 for e in everything], [e.ipv6 for e in everything]
    assert not any(a.overlaps(b) for a, b in combinations(networks4, 2))
    assert not any(a.overlaps(b) for a, b in combinations(networks6, 2))
    assert all(any(n.subnet_of(s) for s in site.ipv4) for n in networks4)
    assert all(n.subnet_of(site.ipv6) and n.prefixlen == 64 for n in networks6)
    addresses = [a for h in got.hosts.values() for a in (h.ipv4, h.ipv6)]
    assert len(set(addresses)) == len(addresses)
    for name, zone_name in site.hosts.items():
        host, zone = got.hosts[name], got.zones[zone_name]
        number = int(host.ipv4) - int(zone.ipv4.network_address)
        assert host.zone == zone_name
        assert host.ipv6 == zone.ipv6.network_address + number
        first, last = hosts_of(zone.ipv4)
        assert first <= number <= last
    assert len({lan.vlan for lan in got.lans.values()}) == len(got.lans)
    for name, nodes in site.line_nodes.items():
        numbers = got.lines[name].nodes
        assert set(nodes) <= numbers.keys()
        assert len(set(numbers.values())) == len(numbers)
        assert all(0 < n < got.lines[name].ipv4.num_addresses - 1 for n in numbers.values())


@given(st.lists(wanted(), min_size=2, max_size=5))
@settings(max_examples=60)
def test_nobody_moves_when_zones_and_nodes_come_and_go(sites: list[Wanted]) -> None:
    held = NOTHING
    history = []
    for site in sites:
        held = allocate(site, held)
        sound(site, held)
        history.append((site, held))
    for (before, old), (after, new) in pairwise(history):
        for name in before.zones.keys() & after.zones.keys():
            assert old.zones[name] == new.zones[name]
        for name in before.lines.keys() & after.lines.keys():
            assert old.lines[name].ipv4 == new.lines[name].ipv4
            assert old.lines[name].nodes.items() <= new.lines[name].nodes.items()
        for name in before.hosts.keys() & after.hosts.keys():
            if before.hosts[name] == after.hosts[name]:
                assert old.hosts[name] == new.hosts[name]
        for name in before.lans & after.lans:
            assert old.lans[name] == new.lans[name]
        # what is gone is held, so that nobody inherits its address at once
        assert old.zones.keys() <= new.zones.keys()
        assert old.lans.keys() <= new.lans.keys()


@given(wanted(), wanted())
@settings(max_examples=60)
def test_the_order_of_declaration_does_not_count(site: Wanted, earlier: Wanted) -> None:
    held = allocate(earlier, NOTHING)
    mirrored = Wanted(
        ipv4=tuple(reversed(site.ipv4)),
        ipv6=site.ipv6,
        zone_ipv4_length=site.zone_ipv4_length,
        lan_ipv4_length=site.lan_ipv4_length,
        zones=dict(reversed(site.zones.items())),
        hosts=dict(reversed(site.hosts.items())),
        lans=site.lans,
        line_ipv4_length=site.line_ipv4_length,
        lines=dict(reversed(site.lines.items())),
        line_nodes={line: nodes[::-1] for line, nodes in reversed(site.line_nodes.items())},
    )
    assert allocate(site, held) == allocate(mirrored, held)


@given(wanted())
@settings(max_examples=40)
def test_a_second_allocation_changes_nothing(site: Wanted) -> None:
    held = allocate(site, NOTHING)
    assert allocate(site, held) == held
    assert prune(site, held) == held


@given(st.lists(wanted(), min_size=1, max_size=3))
@settings(max_examples=20)
def test_the_file_keeps_everything(sites: list[Wanted]) -> None:
    held = NOTHING
    for site in sites:
        held = allocate(site, held)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "addresses.yaml"
        assert write(path, held)
        assert not write(path, held)
        file = read(path)
    again, _ = validate(AllotmentDocument, file)
    assert file.problems == []
    assert again == held


def site(**changes: object) -> Wanted:
    fields: dict[str, object] = {
        "ipv4": (IPv4Network("10.0.0.0/23"),),
        "ipv6": IPV6,
        "zone_ipv4_length": 24,
        "lan_ipv4_length": 26,
        "zones": {"dmz": (None, None)},
        "hosts": {},
    }
    return Wanted(**(fields | changes))  # type: ignore[arg-type]


def test_a_full_space_says_what_has_no_room() -> None:
    zones = dict.fromkeys(("a", "b", "c"), (None, None))
    with pytest.raises(FullError, match='no room is left for zone "c"'):
        allocate(site(zones=zones), NOTHING)
    hosts = {f"h-{n:04}": "dmz" for n in range(215)}
    with pytest.raises(FullError, match='no room is left for "h-0214" in zone "dmz"'):
        allocate(site(hosts=hosts), NOTHING)
    lans = frozenset(f"commune-{n}" for n in range(5))
    with pytest.raises(FullError, match='no room is left for the network of "commune-4"'):
        allocate(site(lans=lans), NOTHING)


def test_pinned_prefixes_are_kept_clear_of() -> None:
    pinned = (IPv4Network("10.0.0.0/24"), IPv6Network("2001:db8:7:1::/64"))
    got = allocate(site(zones={"old": pinned, "a": (None, None)}), NOTHING)
    assert (got.zones["old"].ipv4, got.zones["old"].ipv6) == pinned
    assert got.zones["a"].ipv4 == IPv4Network("10.0.1.0/24")
    assert got.zones["a"].ipv6 == IPv6Network("2001:db8:7:2::/64")


def test_a_new_zone_keeps_clear_of_what_a_new_line_is_pinned_to() -> None:
    pinned = (IPv4Network("10.0.0.16/28"), IPv6Network("2001:db8:7:1::/64"))
    got = allocate(site(lines={"north": pinned}, line_nodes={"north": ("x",)}), NOTHING)
    assert (got.lines["north"].ipv4, got.lines["north"].nodes) == (pinned[0], {"x": 1})
    assert got.zones["dmz"].ipv4 == IPv4Network("10.0.1.0/24")
    assert got.zones["dmz"].ipv6 == IPv6Network("2001:db8:7:2::/64")


def test_a_node_that_changes_its_zone_moves_and_its_old_address_is_free_later() -> None:
    zones = dict.fromkeys(("a", "b"), (None, None))
    first = allocate(site(zones=zones, hosts={"x": "a", "y": "a"}), NOTHING)
    moved = allocate(site(zones=zones, hosts={"x": "b", "y": "a"}), first)
    assert moved.hosts["x"].zone == "b"
    assert moved.hosts["y"] == first.hosts["y"]
