"""Rules of the security groups follow from the flows, and nothing else."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentre_infra.cloud.flows import NODES, GroupRule, group_rules
from bentre_infra.site import load_site
from bentre_infra.site.protocols import Port, ports
from tests.unit.site.sites import changed, load

ROOT = Path(__file__).parents[3]
DHCP = {("egress", ports(name)[0]) for name in ("dhcp", "dhcpv6")}  # each has one family
SMTP, PG = ports("smtp")[0], ports("postgresql")[0]


def rules(tmp_path, *edits):
    return group_rules(load(tmp_path, changed(*edits)))


def both(direction, port, ipv4, ipv6):
    return {GroupRule(direction, "IPv4", port, ipv4), GroupRule(direction, "IPv6", port, ipv6)}


def test_a_flow_lets_out_at_one_end_and_in_at_the_other(tmp_path):
    found = rules(tmp_path)
    assert both("egress", PG, "mail-db", "mail-db") <= set(found["mail-store"])
    assert set(found["mail-db"]) == both("ingress", PG, "mail-store", "mail-store")


def test_the_internet_is_everywhere_and_only_where_a_flow_says_so(tmp_path):
    found = rules(tmp_path)
    everywhere = both("ingress", SMTP, "0.0.0.0/0", "::/0")
    assert everywhere <= set(found["mail-front"])
    wide = {r for group in found.values() for r in group if r.remote in ("0.0.0.0/0", "::/0")}
    assert wide == everywhere


def test_all_nodes_share_one_group(tmp_path):
    flow = "  - {from: admins, to: all, allow: [ssh], why: administration}\n"
    found = rules(tmp_path, ("flows:\n", "flows:\n" + flow))
    ssh = ports("ssh")[0]
    expected = both("ingress", ssh, "192.0.2.0/28", "2001:db8:ffff::/64")
    assert {r for r in found[NODES] if r.direction == "ingress"} == expected
    assert all(r.port != ssh for group in found if group != NODES for r in found[group])


def test_all_nodes_may_ask_for_their_addresses_and_nothing_else(tmp_path):
    found = {(str(r.port), r.remote) for r in rules(tmp_path)[NODES]}
    gateways = {("udp/67", f"10.1.{zone}.1/32") for zone in range(7)}
    assert found == {("udp/67", "255.255.255.255/32"), ("udp/547", "ff02::1:2/128"), *gateways}


def test_a_wider_rule_makes_the_narrow_one_needless(tmp_path):
    flow = "  - {from: mail.store, to: mail.front, allow: [smtp], why: bounces}\n"
    found = rules(tmp_path, ("flows:\n", "flows:\n" + flow))
    incoming = [r for r in found["mail-front"] if r.direction == "ingress"]
    assert set(incoming) == both("ingress", SMTP, "0.0.0.0/0", "::/0")


def test_members_of_a_balancer_are_seen_by_it_and_others_are_let_out_to_its_address(tmp_path):
    site = load(tmp_path, changed(("db: {zone: database}", "db: {zone: database, balanced: true}")))
    found = group_rules(site)
    zone, balancer = site.zone("database"), next(p.balancer for p in site.parts if p.balancer)
    assert both("ingress", PG, str(zone.ipv4), str(zone.ipv6)) <= set(found["mail-db"])
    out = both("egress", PG, f"{balancer.ipv4.ip}/32", f"{balancer.ipv6.ip}/128")
    assert out <= set(found["mail-store"])


@pytest.mark.parametrize("name", ["lab", "bentre", "vinhlong"])
def test_every_rule_of_a_shipped_site_has_its_twin_of_the_other_family(name):
    for group in group_rules(load_site(ROOT / "inventories" / name)).values():
        assert len(set(group)) == len(group)
        for family, other in (("IPv4", "IPv6"), ("IPv6", "IPv4")):
            seen = {(r.direction, r.port) for r in group if r.family == family} - DHCP
            assert seen == {(r.direction, r.port) for r in group if r.family == other} - DHCP
        for rule in group:
            if rule.by_prefix:
                assert f"IPv{ip_network(rule.remote).version}" == rule.family


PORTS = st.integers(1, 65535)


@given(PORTS, PORTS, PORTS, PORTS)
def test_a_rule_from_everywhere_covers_just_the_ranges_within_its_own(a, b, c, d):
    wide, narrow = Port("tcp", *sorted((a, b))), Port("tcp", *sorted((c, d)))
    everywhere = GroupRule("ingress", "IPv4", wide, "0.0.0.0/0")
    other = GroupRule("ingress", "IPv4", narrow, "mail-front")
    assert everywhere.covers(other) == (wide.first <= narrow.first and narrow.last <= wide.last)
    assert not other.covers(everywhere)
