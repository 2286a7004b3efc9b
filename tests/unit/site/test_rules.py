"""Rules of security groups and flows of nodes follow from the flow matrix, and nothing else."""

from functools import cache
from ipaddress import collapse_addresses, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentre_infra.site import Site, load_site
from bentre_infra.site.protocols import Port, ports
from bentre_infra.site.rules import NODES, GroupRule, group_rules, node_flows, routed_flows
from bentre_infra.site.ways import router_parts
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


def test_the_units_networks_are_drawn_together(tmp_path):
    flow = "  - {from: units, to: mail.front, allow: [imaps], why: offices}\n"
    site = load(tmp_path, changed(("flows:\n", "tslcd: {lans: [commune]}\nflows:\n" + flow)))
    (offices,) = (f for f in node_flows(site)["mail-front"] if f.why == "offices")
    assert len(offices.peers) < 30
    ipv4 = [ip_network(p) for p in offices.peers if ":" not in p]
    assert sum(network.num_addresses for network in ipv4) == 164 * 64
    imaps = [r for r in group_rules(site)["mail-front"] if str(r.port) == "tcp/993"]
    assert {r.remote for r in imaps} == set(offices.peers)


def test_a_flow_as_the_nodes_at_its_ends_see_it(tmp_path):
    flows = node_flows(load(tmp_path))
    (out,) = (f for f in flows["mail-store"] if f.direction == "egress")
    assert (out.name, out.protocol, out.ports, out.why) == (
        "mail.store-mail.db-tcp-5432",
        "tcp",
        (PG,),
        "accounts",
    )
    assert out.peers == ("10.1.0.10/31", "2001:db8:1:1::a/127")
    (into,) = flows["mail-db"]
    assert (into.name, into.direction) == (out.name, "ingress")
    (public,) = (f for f in flows["mail-front"] if f.direction == "ingress")
    assert public.peers == ("0.0.0.0/0", "::/0")


def passes(site: Site, part: str) -> set[tuple[str, Port, str]]:
    """What a part's security groups let through, by prefixes, each within no other."""
    groups = group_rules(site)
    members = {p.group: p.nodes for p in site.parts}
    members[NODES] = tuple(site.nodes)
    found = set()
    for rule in (*groups[part], *groups[NODES]):
        if rule.by_prefix:
            found.add((rule.direction, rule.port, rule.remote))
            continue
        for node in members[rule.remote]:
            own = node.ipv4 if rule.family == "IPv4" else node.ipv6
            found.add((rule.direction, rule.port, str(ip_network(own.ip))))
    return {(d, p, r) for d, p, r in found if p not in {port for _, port in DHCP}}


def holds(one: set[tuple[str, Port, str]], other: set[tuple[str, Port, str]]) -> bool:
    """Whether all that one lets through, the other does: by port and address."""

    @cache
    def passing(direction: str, port: Port, version: int) -> list[object]:
        networks = (
            ip_network(prefix)
            for d, p, prefix in other
            if d == direction
            and p.transport == port.transport
            and (port.first is None or p.first <= port.first <= port.last <= p.last)
        )
        return list(collapse_addresses(n for n in networks if n.version == version))

    def within(direction: str, port: Port, prefix: str) -> bool:
        network = ip_network(prefix)
        return any(network.subnet_of(n) for n in passing(direction, port, network.version))

    return all(within(*rule) for rule in one)


@pytest.mark.parametrize("name", ["lab", "bentre", "vinhlong"])
def test_nodes_let_through_what_the_clouds_groups_do(name):
    site = load_site(ROOT / "inventories" / name)
    for part, flows in node_flows(site).items():
        assert len({(f.direction, f.name) for f in flows}) == len(flows)
        mine = {
            (f.direction, port, peer)
            for f in flows
            for port in f.ports or [Port(f.protocol)]
            for peer in f.peers
        }
        if part in router_parts(site):  # a cloud does not tell what passes a node
            passing = routed_flows(site)
            mine |= {("ingress", port, p) for f in passing for port in f.ports for p in f.sources}
            mine |= {
                ("egress", port, p) for f in passing for port in f.ports for p in f.destinations
            }
        theirs = passes(site, part)
        assert holds(theirs, mine)
        assert holds(mine, theirs)


PORTS = st.integers(1, 65535)


@given(PORTS, PORTS, PORTS, PORTS)
def test_a_rule_from_everywhere_covers_just_the_ranges_within_its_own(a, b, c, d):
    wide, narrow = Port("tcp", *sorted((a, b))), Port("tcp", *sorted((c, d)))
    everywhere = GroupRule("ingress", "IPv4", wide, "0.0.0.0/0")
    other = GroupRule("ingress", "IPv4", narrow, "mail-front")
    assert everywhere.covers(other) == (wide.first <= narrow.first and narrow.last <= wide.last)
    assert not other.covers(everywhere)
