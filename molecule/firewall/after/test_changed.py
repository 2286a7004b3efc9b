"""After the second converge: what is configured no more is gone."""

import pytest

both = pytest.mark.parametrize("version", [4, 6])


@both
def test_a_flow_that_is_named_no_more_passes_no_more(node, version):
    assert "in_peer-all-tcp-8080" not in node.counters()
    assert node.unanswered(node.peer(version), 8080)


@both
def test_below_level_3_everything_goes_out(node, version):
    assert node.connected(node.peer(version), 8083) == 1


@both
def test_one_source_makes_no_more_connections_at_once_than_it_may(node, version):
    # twice the rate at once, and the rate in the two seconds and more that are waited
    there = node.connected(node.peer(version), 8083, count=200, wanted=1)
    assert 1 <= there < 200


def test_a_router_passes_packets_on(node):
    assert "hook forward" not in node.host.check_output("nft list table inet bentre")


def test_other_tables_stay(node):
    assert node.foreign_table_is_whole()
