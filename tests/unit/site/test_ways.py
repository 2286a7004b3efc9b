# ruff: noqa: E501 - tables with one case a line
"""Lines and tunnels to units: what stands at their ends, what follows, and what is refused."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from bentre_infra.site import SiteError, ways
from bentre_infra.site.load import allocated
from bentre_infra.site.protocols import ports
from bentre_infra.site.rules import GroupRule, group_rules, node_flows, routed_flows
from tests.unit.site.sites import BASE, changed, faults, load

WAN = """\
lines:
  north: {unit: ba-tri}
  south: {unit: ba-tri, cost: 20}
tunnels:
  far: {unit: giong-trom}
tslcd: {lans: [district]}
services:
  wan:
    stack: network
    system: {code: wan, level: 3, owner: so-y-te}
    parts:
      router: {zone: edge, nodes: 2, lines: [north, south], tunnels: [far]}
      own: {zone: internal, units: [ba-tri, giong-trom], lines: [north, south], tunnels: [far]}
"""
FLOWS = """\
flows:
  - {from: units, to: mail.front, allow: [imaps], why: offices}
  - {from: units, to: wan.router, allow: [ntp], why: time}
"""
ROUTED = changed(("services:\n", WAN), ("flows:\n", FLOWS))


@pytest.fixture
def site(tmp_path: Path):
    return load(tmp_path, ROUTED)


def node(site, name):
    return next(n for n in site.nodes if n.name == name)


def test_nodes_stand_on_the_lines_that_are_theirs(site):
    lines = {line.name: line for line in site.lines}
    assert (lines["south"].cost, lines["north"].cost, lines["north"].unit.slug) == (
        20,
        10,
        "ba-tri",
    )
    for name in ("wan-router-1", "wan-router-2", "wan-own-ba-tri"):
        assert [at.line for at in node(site, name).ports] == ["north", "south"]
    assert node(site, "wan-own-giong-trom").ports == ()
    assert node(site, "mail-front-1").ports == ()
    (tunnel,) = site.tunnels
    assert (tunnel.centre, tunnel.own) == ("wan-router-1", "wan-own-giong-trom")


def test_a_node_has_one_number_on_a_line_for_both_families(site):
    for line in site.lines:
        at = {n.name: p for n in site.nodes for p in n.ports if p.line == line.name}
        numbers = {name: int(p.ipv4.ip) - int(line.ipv4[0]) for name, p in at.items()}
        assert {n: int(p.ipv6.ip) - int(line.ipv6[0]) for n, p in at.items()} == numbers
        assert len(set(numbers.values())) == 3
        assert all(p.ipv4.network == line.ipv4 and p.ipv6.network == line.ipv6 for p in at.values())


def test_a_units_network_lies_behind_its_node(site):
    by_unit = {lan.unit.slug: lan for lan in site.lans}
    assert node(site, "wan-own-ba-tri").lan == by_unit["ba-tri"]
    assert node(site, "wan-own-giong-trom").lan == by_unit["giong-trom"]
    assert node(site, "wan-router-1").lan is None
    assert ways.lans(site) == (by_unit["ba-tri"], by_unit["giong-trom"])


def test_nobody_moves_when_a_line_comes_or_goes(tmp_path: Path):
    before = load(tmp_path, ROUTED)
    text = ROUTED.replace("lines:\n  north", "lines:\n  a-new-one: {unit: ba-tri}\n  north", 1)
    text = text.replace("lines: [north, south]", "lines: [a-new-one, north, south]")
    after = load(tmp_path, text)
    assert set(before.lines) < set(after.lines)
    for old in ways.routers(before):
        assert set(old.ports) <= set(node(after, old.name).ports)
    (tmp_path / "site.yaml").write_text(ROUTED)
    assert allocated(tmp_path).lines["a-new-one"]
    assert "a-new-one" not in allocated(tmp_path, give_up=True).lines


def test_lines_are_cut_from_the_allotted_space_or_pinned(tmp_path: Path):
    pinned = '{unit: ba-tri, ipv4: 10.1.200.0/29, ipv6: "2001:db8:1:200::/64"}'
    site = load(tmp_path, ROUTED.replace("north: {unit: ba-tri}", f"north: {pinned}"))
    assert str(site.lines[0].ipv4) == "10.1.200.0/29"
    everything = [
        n for each in (*site.zones, *site.lans, *site.lines) for n in (each.ipv4, each.ipv6)
    ]
    assert len(set(everything)) == len(everything)
    assert not any(
        a.overlaps(b) for a in everything for b in everything if a.version == b.version and a != b
    )


def test_the_first_router_is_the_entrance_to_all_units(site):
    assert ways.entrance(site) == node(site, "wan-router-1")
    assert [n.name for n in ways.routers(site)] == [
        "wan-own-ba-tri",
        "wan-own-giong-trom",
        "wan-router-1",
        "wan-router-2",
    ]


def test_what_units_are_let_to_is_told_by_its_nodes(site):
    front = [n for n in site.nodes if n.part == "front"]
    assert ways.inside(site) == ways.collapsed(
        ip_network(a.ip) for n in front for a in (n.ipv4, n.ipv6)
    )
    (flow,) = routed_flows(site)
    assert (flow.name, flow.protocol, flow.ports) == (
        "units-mail.front-tcp-993",
        "tcp",
        ports("imaps"),
    )
    assert flow.destinations == ways.inside(site)
    assert {ip_network(p).version for p in flow.sources} == {4, 6}


def test_a_balancer_is_let_to_as_well(tmp_path: Path):
    site = load(
        tmp_path,
        ROUTED.replace(
            "front: {zone: dmz, nodes: 2,", "front: {zone: dmz, nodes: 2, balanced: true,"
        ),
    )
    balancer = next(p.balancer for p in site.parts if p.balancer)
    (flow,) = routed_flows(site)
    assert any(balancer.ipv4.ip in ip_network(p) for p in flow.destinations if ":" not in p)
    assert any(balancer.ipv6.ip in ip_network(p) for p in flow.destinations if ":" in p)


def test_ports_let_pass_what_is_addressed_to_others_and_nothing_else(site):
    dmz, lans = site.zone("dmz"), ways.lan_prefixes(site)
    own = node(site, "wan-own-ba-tri").lan
    assert ways.passing_at(site, node(site, "wan-router-1")) == (
        lans,
        (str(dmz.ipv4), str(dmz.ipv6)),
    )
    assert ways.passing_at(site, node(site, "wan-own-ba-tri")) == (
        (),
        (str(own.ipv4), str(own.ipv6)),
    )
    assert ways.passing_at(site, node(site, "wan-own-giong-trom")) == ((), ())
    assert ways.passing_at(site, node(site, "mail-front-1")) == ((), ())


def test_the_cloud_lets_pass_what_a_flow_names_at_each_router(site):
    groups, imaps = group_rules(site), ports("imaps")[0]
    lan = node(site, "wan-own-ba-tri").lan
    for group in ("wan-router", "wan-own"):
        rules = [r for r in groups[group] if r.port == imaps]
        assert {(r.direction, r.remote) for r in rules if r.direction == "egress"} == {
            ("egress", "mail-front")
        }
        into = [ip_network(r.remote) for r in rules if r.direction == "ingress"]
        assert any(lan.ipv4.subnet_of(n) for n in into if n.version == 4)
        assert any(lan.ipv6.subnet_of(n) for n in into if n.version == 6)
    assert not any(r.port == ports("smtp")[0] for r in groups["wan-router"])


def test_what_passes_a_router_is_no_flow_of_its_node(site):
    flows = node_flows(site)["wan-router"]
    assert not any("mail.front" in f.name for f in flows)
    assert any(f.name == "units-wan.router-udp-123" for f in flows)


def test_routers_speak_to_each_other_on_lines_and_nowhere_else(site):
    said = {(f.name, f.direction): set(f.peers) for f in node_flows(site)["wan-own"]}
    lines = set(ways.collapsed(n for line in site.lines for n in (line.ipv4, line.ipv6)))
    assert said["lines-lines-ospf", "ingress"] == {*lines, "fe80::/10"}
    assert {"224.0.0.5/32", "ff02::5/128"} <= said["lines-lines-ospf", "egress"]
    assert ("lines-lines-udp-3784", "ingress") in said
    assert "lines-lines-ospf" not in {f.name for f in node_flows(site)["mail-front"]}
    ipsec = GroupRule("ingress", "IPv4", ports("ipsec")[0], "wan-router")
    assert ipsec in group_rules(site)["wan-own"]


def test_without_lines_nothing_of_that(tmp_path: Path):
    site = load(
        tmp_path,
        changed(
            (
                "flows:\n",
                "tslcd: {lans: [district]}\n"
                + FLOWS.replace("  - {from: units, to: wan.router, allow: [ntp], why: time}\n", ""),
            )
        ),
    )
    assert (
        ways.routers(site),
        ways.entrance(site),
        routed_flows(site),
        ways.implied_flows(site),
    ) == ((), None, (), ())


@pytest.mark.parametrize(
    ("edits", "mark", "message"),
    [
        ([("nodes: 2, lines: [north, south]", "nodes: 2, lines: [north, sauth]")], "[north, sauth]", 'line "sauth" is not known; did you mean "south"?'),
        ([("nodes: 2, lines: [north, south], tunnels: [far]", "nodes: 2, lines: [north, south], tunnels: [fa]")], "tunnels: [fa]", 'tunnel "fa" is not known; did you mean "far"?'),
        ([("nodes: 2, lines: [north, south]", "nodes: 2, lines: [north, south, north]")], "north, south, north", 'line "north" stands twice'),
        ([("nodes: 2, lines: [north, south]", "nodes: 2, lines: [south]")], "  north:", "has no end at the data centre: no part with nodes of its own says north in lines"),
        ([("giong-trom], lines: [north, south]", "giong-trom], lines: [south]")], "  north:", 'has no end at its unit: no part with a node of "ba-tri" says north in lines'),
        ([("north: {unit: ba-tri}", "north: {unit: ba-tre}")], "  north:", 'unit "ba-tre" is not known; did you mean "ba-tri"?'),
        ([("units: [ba-tri, giong-trom]", "units: [ba-tri, giong-trom, ba-tre]")], "units: [ba", 'unit "ba-tre" is not known; did you mean "ba-tri"?'),
        ([("units: [ba-tri, giong-trom]", "units: [ba-tri, giong-trom, ba-tri]")], "units: [ba", 'unit "ba-tri" stands twice'),
        ([("units: [ba-tri, giong-trom]", "units: [ba-tri, giong-trom], nodes: 2")], "units: [ba", "says nodes too: one of the two decides how many"),
        ([("lans: [district]", "lans: [commune]")], "  north:", 'unit "ba-tri" has no network: list district in tslcd.lans'),
        ([("far: {unit: giong-trom}", "far: {unit: ba-tri}")], "  far:", 'unit "ba-tri" has line "north" too: a tunnel is its only way'),
        ([("      own:", "      other: {zone: internal, units: [ba-tri], lines: [north]}\n      own:")], "  north:", "has 2 nodes of its unit: wan-other-ba-tri, wan-own-ba-tri; one is right"),
        ([("      own:", "      second: {zone: dmz, lines: [north]}\n      own:")], "      second:", "lines and tunnels end at wan.router already: one part is right"),
        ([("north: {unit: ba-tri}", "dmz: {unit: ba-tri}"), ("nodes: 2, lines: [north, south]", "nodes: 2, lines: [dmz, south]"), ("giong-trom], lines: [north, south]", "giong-trom], lines: [dmz, south]")], "  dmz: {unit", '"dmz" is a zone: choose another name'),
        ([("north: {unit: ba-tri}", "north: {unit: ba-tri, ipv6: '2001:db8:1:200::/56'}")], "  north:", "2001:db8:1:200::/56: hosts make their addresses in a /64 only"),
        ([("north: {unit: ba-tri}", "north: {unit: ba-tri, ipv4: 10.1.200.0/31}")], "lines:", 'no room is left for "wan-own-ba-tri" on line "north" (10.1.200.0/31)'),
        ([("north: {unit: ba-tri}", "north: {unit: ba-tri, cost: 0}")], "  north:", "cost"),
    ],
)  # fmt: skip
def test_each_invariant(tmp_path: Path, edits, mark, message):
    text = changed(*edits, base=ROUTED)
    line = text[: text.index(mark)].count("\n") + 1
    found = faults(tmp_path, text)
    assert any(message in said and (at == line or "room" in said) for at, said in found), (
        line,
        found,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("wan-own-ba-tri: 1", "wan-own-ba-tri: 2", 'number 2 belongs to "wan-own-ba-tri" already'),
        ("wan-own-ba-tri: 1", "wan-own-ba-tri: 15", '"wan-own-ba-tri" has number 15: outside of 10.1.7.0/28'),
        ("north: {ipv4: 10.1.7.0/28", "north: {ipv4: 10.1.2.0/28", "10.1.2.0/28 overlaps with 10.1.2.0/24 of zones.edge"),
        ("north: {ipv4: 10.1.7.0/28", "north: {ipv4: 10.9.7.0/28", "10.9.7.0/28 lies outside the allotted 10.1.0.0/16"),
        ("wan-own-ba-tri: 1, ", "", "has no addresses yet: run: bentre site allocate test"),
    ],
)  # fmt: skip
def test_addresses_that_a_hand_changed(tmp_path: Path, old, new, message):
    load(tmp_path, ROUTED)
    file = tmp_path / "addresses.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(SiteError) as told:
        load(tmp_path, ROUTED, allocate=False)
    assert message in str(told.value)


def test_a_part_for_some_units_needs_no_lines(tmp_path: Path):
    text = BASE.replace("db: {zone: database}", "db: {zone: database, units: [ba-tri]}")
    assert [n.name for n in load(tmp_path, text).nodes if n.part == "db"] == ["mail-db-ba-tri"]
