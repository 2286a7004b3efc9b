"""What changed is so; what did not change was not touched; what is configured no more is gone."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import (
    ONE,
    OTHER,
    address,
    ask,
    both_families,
    both_routers,
    counters,
    heard,
    neighbours,
    node,
    router,
    since,
    way,
)

from tests.waiting import eventually

LINES = ["line-a", "line-b"]


@both_routers
def test_no_neighbour_came_anew(name):
    moment = float(node(name).check_output("cat /var/tmp/moment"))
    assert neighbours(name) == (LINES, LINES)
    found = since(name)
    assert len(found) == 4
    assert {who: when for who, when in found.items() if when > moment} == {}


@both_families
def test_costs_changed(version):
    target = address("unit", OTHER, version)
    eventually(lambda: way(ONE, target) == "line-b")


@both_routers
def test_what_a_hand_changed_is_as_declared(name):
    assert router(name, "ip ospf interface line-a")["interfaces"]["line-a"]["cost"] == 10
    said = node(name).check_output("/usr/lib/frr/frr-reload.py --test /etc/frr/frr.conf")
    assert "Lines To " not in said
    for peer in router(name, "bfd peers"):
        assert peer["detect-multiplier"] == 12


@both_families
def test_a_session_of_a_flow_that_is_no_more_goes_on(version):
    session = f"change{version}"
    before = heard(session)
    assert before
    eventually(lambda: heard(session) > before + 3)


@both_families
def test_flows_came_and_went(version):
    target = address("unit", OTHER, version)
    assert ask("unit", target, 8081) == address("unit", ONE, version)
    before = counters(ONE, "bentre_gateway")["dropped"]
    assert ask("unit", target, 8080) == ""
    found = counters(ONE, "bentre_gateway")
    assert found["dropped"] > before
    assert set(found) == {"established", "invalid", "dropped", "flow_units"}
    assert "snat" not in node(ONE).check_output("nft list table inet bentre_gateway")


@both_routers
def test_an_interface_and_networks_that_are_listed_no_more_are_gone(name):
    host = node(name)
    assert not host.interface("made").exists
    assert host.check_output("ls /etc/systemd/network | grep made; true") == ""
    for question in ("ip route ospf", "ipv6 route ospf", "ip route static", "ipv6 route static"):
        found = router(name, question)
        assert [n for n in found if n.startswith(("10.4", "2001:db8:d"))] == []


@both_routers
def test_the_tunnel_is_gone(name):
    host = node(name)
    eventually(lambda: host.check_output("swanctl --list-sas") == "")
    assert host.check_output("swanctl --list-conns") == ""
    for file in ("conf.d/partner.conf", "pubkey/partner.pem"):
        assert not host.file(f"/etc/swanctl/{file}").exists
    assert "10.1" not in host.check_output("nft list table inet bentre_vpn")


@both_routers
def test_host_is_whole(name):
    assert node(name).check_output("systemctl --failed --no-legend") == ""
