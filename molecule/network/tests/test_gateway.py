"""What is declared passes and is counted, on both families; nothing else does."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from support import ONE, OTHER, address, ask, both_families, counters, node, outside

from tests.waiting import eventually

TABLE = "bentre_gateway"
STATE = "/usr/local/lib/bentre/gateway state"


@both_families
def test_a_declared_flow_passes_and_is_counted(version):
    before = counters(ONE, TABLE)
    target = address("unit", OTHER, version)
    assert eventually(lambda: ask("unit", target)) == address("unit", ONE, version)
    after = counters(ONE, TABLE)
    assert after["flow_units"] > before["flow_units"]
    assert after["established"] > before["established"]


@both_families
def test_nothing_passes_without_a_flow(version):
    target = address("unit", OTHER, version)
    # it listens there, and the way is known
    assert ask("unit", target, 8081, name=OTHER)
    assert eventually(lambda: ask("unit", target))
    before = counters(ONE, TABLE)["dropped"]
    assert ask("unit", target, 8081) == ""
    assert counters(ONE, TABLE)["dropped"] > before


@both_families
def test_the_way_back_of_a_flow_is_no_flow(version):
    """The network outside is a target, not a source."""
    host, target = node(OTHER), address("unit", ONE, version)
    via = f"ip route replace {target} via {outside(ONE, version)} dev eth0"
    host.check_output(via)
    try:
        before = counters(ONE, TABLE)["dropped"]
        source = outside(OTHER, version)
        said = host.check_output(f"talk ask {target} 8080")
        assert (said, source) == ("", source)
        assert counters(ONE, TABLE)["dropped"] > before
    finally:
        host.check_output(via.replace("replace", "delete"))


@both_families
def test_units_show_the_routers_address_outside(version):
    before = counters(ONE, TABLE)
    assert ask("unit", outside(OTHER, version)) == outside(ONE, version)
    after = counters(ONE, TABLE)
    assert after["flow_outside"] > before["flow_outside"]
    assert after[f"nat_units{version}"] > before[f"nat_units{version}"]


def test_other_tables_stay():
    assert "hook prerouting" in node(ONE).check_output("nft list table inet foreign")


@pytest.mark.parametrize("what", ["restart", "stop"])
def test_nftables_service_empties_all_tables_and_ours_come_back(what):
    host = node(ONE)
    host.check_output("nft list table inet foreign > /root/foreign.nft")
    try:
        host.check_output(f"systemctl start nftables && systemctl {what} nftables")
        assert host.check_output(STATE) == "settled"
        assert "clear_out" in counters(ONE, "bentre_vpn")
    finally:
        host.check_output("systemctl stop nftables; nft -f /root/foreign.nft")


def test_rules_are_loaded_at_boot_and_a_hand_is_seen():
    host = node(ONE)
    shown = host.check_output("systemctl show bentre-gateway bentre-vpn -p Before,WantedBy")
    assert shown.count("sysinit.target") == shown.count("network-pre.target") == 2
    host.check_output("nft insert rule inet bentre_gateway forward accept")
    assert host.check_output(STATE) == "differs"
    host.check_output("systemctl restart bentre-gateway")
    assert host.check_output(STATE) == "settled"
