"""After the first converge: declared flows pass and nothing else does, on both families."""

import pytest

both = pytest.mark.parametrize("version", [4, 6])


@both
def test_a_declared_flow_passes_and_is_counted(node, version):
    before = node.counters()["out_peer-all-tcp-8080"]
    assert node.connected(node.peer(version), 8080) == 1
    assert node.counters()["out_peer-all-tcp-8080"] > before


@both
def test_datagrams_of_a_declared_flow_pass(node, version):
    assert node.host.check_output(f"talk ask {node.peer(version)} 9000") == "xin chao"
    assert node.host.check_output(f"talk ask {node.peer(version)} 9000") == "xin chao"


@both
def test_a_ping_that_is_declared_is_answered(node, version):
    before = node.counters()["out_ping"]
    assert node.host.check_output(f"talk ping {node.peer(version)}") == "answered"
    assert node.counters()["out_ping"] > before


@both
def test_nothing_goes_out_without_a_flow(node, version):
    # the other host would let it in, and answer
    before = node.counters()["dropped_out"]
    assert node.unanswered(node.peer(version), 8083)
    assert node.counters()["dropped_out"] > before


@both
def test_nothing_comes_in_without_a_flow(node, version):
    # this host lets it out, the other would answer
    before = node.counters()["out_out-only"]
    assert node.unanswered(node.peer(version), 8082)
    assert node.counters()["out_out-only"] > before
    assert node.connected("::1", 8082) == 1


def test_what_has_no_flow_is_counted_and_not_all_of_it_logged(node):
    send = f"for n in $(seq 60); do echo x > /dev/udp/{node.peer(4)}/9; done 2> /dev/null"
    node.host.run(f"bash -c '{send}'")
    found = node.counters()
    assert found["dropped_out"] >= 60
    assert 0 < found["logged"] < found["dropped_out"]


@both
def test_one_source_has_no_more_connections_than_it_may(node, version):
    assert node.connected(node.peer(version), 8080, count=40, wanted=20) == 20


def test_other_tables_stay(node):
    assert node.foreign_table_is_whole()


@pytest.mark.parametrize("what", ["restart", "reload", "stop"])
def test_nftables_service_empties_all_tables_and_ours_comes_back(node, what):
    node.host.check_output("cp /etc/nftables.conf /root/nftables.conf")
    node.host.check_output("nft list table inet foreign > /root/foreign.nft")
    try:
        node.host.check_output(f"systemctl start nftables && systemctl {what} nftables")
        assert "in_peer-all-tcp-8080" in node.counters()
        assert node.host.check_output("/usr/local/lib/bentre/firewall state") == "settled"
        assert node.connected(node.peer(4), 8080) == 1
    finally:
        node.host.check_output("systemctl stop nftables; nft -f /root/foreign.nft")


def test_rules_are_loaded_at_boot(node):
    shown = node.host.check_output("systemctl show bentre-firewall -p After,Before,WantedBy")
    shown = dict(line.split("=", 1) for line in shown.splitlines())
    assert "sysinit.target" in shown["WantedBy"].split()
    assert "network-pre.target" in shown["Before"].split()
    assert "nftables.service" in shown["After"].split()
    node.host.check_output("nft delete table inet bentre")
    node.host.check_output("systemctl restart bentre-firewall")
    assert node.host.check_output("/usr/local/lib/bentre/firewall state") == "settled"


def test_rules_that_a_hand_changed_are_seen(node):
    node.host.check_output("nft add rule inet bentre input accept")
    assert node.host.check_output("/usr/local/lib/bentre/firewall state") == "differs"
    node.host.check_output("systemctl restart bentre-firewall")
    assert node.host.check_output("/usr/local/lib/bentre/firewall state") == "settled"


def test_host_is_whole(node):
    assert node.host.check_output("systemctl --failed --no-legend") == ""
