"""Two lines, both families: packets find their way, also when a line is cut."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from support import (
    ONE,
    OTHER,
    ROUTERS,
    address,
    ask,
    begin,
    both_families,
    both_routers,
    end,
    heard,
    neighbours,
    node,
    router,
    way,
)

from tests.waiting import eventually

LINES = ["line-a", "line-b"]


@both_routers
def test_both_lines_have_a_neighbour_on_both_families_and_bfd_looks_after_them(name):
    eventually(lambda: neighbours(name) == (LINES, LINES))
    looked_after = [(line, "up") for line in LINES for _ in (4, 6)]

    def peers():
        return sorted((peer["interface"], peer["status"]) for peer in router(name, "bfd peers"))

    eventually(lambda: peers() == looked_after)


@both_families
def test_units_reach_each_other_by_the_cheaper_line(version):
    target = address("unit", OTHER, version)
    assert eventually(lambda: ask("unit", target)) == address("unit", ONE, version)
    assert way(ONE, target) == "line-a"


@both_routers
@both_families
def test_what_lies_behind_a_router_is_told_with_its_cost(name, version):
    number = 1 + (name == ONE)  # the other one's
    network = f"10.4{number}.0.0/24" if version == 4 else f"2001:db8:d{number}::/64"
    question = f"{'ip' if version == 4 else 'ipv6'} route {network}"
    # beside the cheaper line's; and where it is told who the next router is, the cost of that
    eventually(lambda: router(name, question)[network][0]["metric"] in (30 + 10, 30 + 10 + 10))
    target = f"10.4{number}.0.9" if version == 4 else f"2001:db8:d{number}::9"
    assert way(name, target) == "line-a"


@both_routers
def test_an_interface_that_the_router_makes_has_its_addresses_before_anybody_is_plugged_in(name):
    number = 1 + ROUTERS.index(name)
    (link,) = json.loads(node(name).check_output("ip -json address show made"))
    assert "NO-CARRIER" in link["flags"]
    own = {(a["local"], a.get("tentative", False)) for a in link["addr_info"]}
    assert {(f"10.3{number}.0.1", False), (f"2001:db8:c{number}::1", False)} <= own


@both_families
def test_who_is_plugged_in_is_reached_from_the_other_side(version):
    host, target = node(ONE), "10.31.0.2" if version == 4 else "2001:db8:c1::2"
    length = 24 if version == 4 else 64
    host.check_output(
        "ip netns add late && ip link add late type veth peer name eth0 netns late"
        " && ip link set late master made up && ip -netns late link set eth0 up"
        f" && ip -netns late address add {target}/{length} dev eth0"
    )
    try:
        eventually(lambda: way(OTHER, target) == "line-a")
    finally:
        host.check_output("ip netns delete late")


@pytest.fixture
def cut():
    """Cuts line-a at one end only: the other end's carrier stays."""
    host = node(ONE)
    yield lambda: host.check_output("ip link set line-a down")
    host.check_output("ip link set line-a up")
    for name, other in ((ONE, OTHER), (OTHER, ONE)):
        eventually(lambda name=name: neighbours(name) == (LINES, LINES))
        for target in (address("unit", other, version) for version in (4, 6)):
            eventually(lambda name=name, target=target: way(name, target) == "line-a")


def test_a_cut_line_is_survived(cut):
    """A neighbour that is silent would be kept for an hour without BFD."""
    for version in (4, 6):
        target = address("unit", OTHER, version)
        eventually(lambda target=target: way(ONE, target) == "line-a")
        begin(version, "unit", target)
    try:
        for version in (4, 6):
            eventually(lambda version=version: heard(version) > 3)
        cut()
        eventually(lambda: neighbours(OTHER) == (["line-b"], ["line-b"]))
        before = {version: heard(version) for version in (4, 6)}
        for version in (4, 6):
            # the same connection: it goes on counting
            eventually(lambda version=version: heard(version) > before[version] + 10)
            assert way(OTHER, address("unit", ONE, version)) == "line-b"
        assert node(OTHER).check_output("cat /sys/class/net/line-a/carrier") == "1"
    finally:
        for version in (4, 6):
            end(version)


@both_routers
def test_the_router_does_what_stands_in_its_file(name):
    said = node(name).check_output("/usr/lib/frr/frr-reload.py --test /etc/frr/frr.conf")
    assert "Lines To " not in said


@both_routers
def test_networkd_leaves_the_ways_alone(name):
    host, other = node(name), OTHER if name == ONE else ONE
    for version in (4, 6):
        target = address("unit", other, version)
        eventually(lambda target=target: way(name, target) == "line-a")
    routes = "ip route show proto ospf; ip -6 route show proto ospf"
    before = host.check_output(routes)
    host.check_output("systemctl restart systemd-networkd && networkctl status > /dev/null")
    assert host.check_output(routes) == before


@both_routers
def test_nobody_is_greeted_in_the_network_of_clients(name):
    assert router(name, "ip ospf interface unit")["interfaces"]["unit"]["timerPassiveIface"]


@both_routers
def test_nobody_commands_it_from_the_network(name):
    said = node(name).check_output("ss --no-header --listening --tcp --numeric --processes")
    assert [line for line in said.splitlines() if "zebra" in line or "ospf" in line] == []


@both_routers
def test_host_is_whole(name):
    host = node(name)
    assert host.check_output("systemctl --failed --no-legend") == ""
    for service in ("frr", "strongswan", "bentre-gateway", "bentre-vpn"):
        assert host.service(service).is_enabled
