"""Two lines, both families: packets find their way, also when a line is cut."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from support import (
    ONE,
    OTHER,
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
