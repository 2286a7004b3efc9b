# ruff: noqa: E501 - tables with one case a line
"""Flows and the security groups that follow from them."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentre_infra.site.flows import forbidden
from bentre_infra.site.levels import BANS
from bentre_infra.site.model import Endpoint, Flow
from bentre_infra.site.protocols import PROTOCOLS, ports
from bentre_infra.site.rules import Rule, security_groups
from tests.unit.site.sites import changed, faults, line_of, load

FIRST = "  - {from: internet, to: mail.front, allow: [smtp], why: public mail}"


def with_flow(flow: str) -> str:
    return changed((FIRST, f"{FIRST}\n  - {flow}"))


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        ("{from: internet, to: mail.db, allow: [tcp/9999], why: x}", "internet -> mail.db is forbidden at level 3: what the Internet reaches stands in edge or dmz (NET-01: 5.12.2.2b; TT 12/2022 appendix III [P,V])"),
        ("{from: wireless, to: mail.store, allow: [imap], why: x}", "wireless -> mail.store is forbidden at level 3: Wi-Fi is a zone of its own, apart from servers (NET-20: TT 12/2022 appendix III; TT 39/2017 4.8 [V])"),
        ("{from: internet, to: mail.front, allow: [ssh], why: x}", "administration from the Internet goes through a VPN (NET-08: 5.12.2.5; TT 12/2022 appendix III [P])"),
        ("{from: internet, to: mail.front, allow: [tcp/20-30], why: x}", "(NET-08: "),
        ("{from: mail.front, to: mail.store, allow: [ssh], why: x}", "remote administration comes from the management zone or its admins (NET-07: 4.12.2.4c; 5.12.2.5 [P])"),
        ("{from: servers, to: mail.db, allow: [postgresql], why: x}", "the database zone is reached by the parts that use it, each by name (NET-18: 5.12.2.2a; TT 12/2022 appendix III [P,V])"),
        ("{from: all, to: mail.db, allow: [postgresql], why: x}", "(NET-18: "),
        ("{from: mail.front, to: internet, allow: [tcp/23], why: x}", "carry passwords in the clear (NET-04: 5.12.2.4a [P])"),
        ("{from: mail.fornt, to: internet, allow: [smtp], why: x}", 'part "mail.fornt" is not known; did you mean "mail.front"?'),
        ("{from: dmzz, to: internet, allow: [smtp], why: x}", 'zone, service or part "dmzz" is not known; did you mean "dmz"?'),
        ("{from: mail.front, to: internet, allow: [stmp], why: x}", 'protocol "stmp" is not known; did you mean "smtp"?'),
        ("{from: mail.front, to: internet, allow: [tcp/0], why: x}", '"tcp/0" is no range of ports between 1 and 65535'),
        ("{from: mail.front, to: internet, allow: [tcp/9-8], why: x}", '"tcp/9-8" is no range of ports'),
        ("{from: internet, to: admins, allow: [https], why: x}", "internet -> admins passes no node of the site"),
        ("{from: units, to: mail.front, allow: [https], why: x}", "units have no networks: list their tiers in tslcd.lans"),
        ("{from: internet, to: mail.front, allow: [https, tcp/25], why: x}", "internet -> mail.front tcp/25 is allowed on line"),
    ],
)  # fmt: skip
def test_flows_that_are_not_right(tmp_path: Path, flow: str, message: str) -> None:
    text = with_flow(flow)
    found = faults(tmp_path, text)
    assert any(line == line_of(text, flow) and message in said for line, said in found), found


def test_every_rule_of_a_level_can_forbid_and_can_be_silent() -> None:
    for ban in BANS:
        source = next(iter(sorted(ban.sources)), "servers")
        target = next(iter(sorted(ban.targets)), "dmz")
        allowed = ports(next(iter(sorted(ban.ports)), "tcp/8443"))
        flow = Flow(
            Endpoint("source", frozenset({source}), whole=ban.whole),
            Endpoint("target", frozenset({target})),
            allowed,
            "a test",
        )
        assert ban in forbidden(flow, ban.level), ban
        if ban.level > 1:
            assert ban not in forbidden(flow, ban.level - 1)


def test_a_waived_rule_is_silent(tmp_path: Path) -> None:
    text = with_flow("{from: internet, to: mail.front, allow: [ssh], why: x}")
    text = text.replace("control: NET-15", "control: NET-08", 1)
    messages = [m for _, m in faults(tmp_path, text)]
    assert not any("NET-08" in m for m in messages)
    assert any("NET-07" in m for m in messages)


ENDS = ["internet", "admins", "all", "dmz", "servers", "management", "mail", "mail.front", "mail.store", "mail.db"]  # fmt: skip
FLOW = st.tuples(
    st.sampled_from(ENDS),
    st.sampled_from(ENDS),
    st.lists(st.sampled_from(sorted(PROTOCOLS)), min_size=1, max_size=3, unique=True),
)


def rules_of(
    tmp: Path, flows: list[tuple[str, str, list[str]]]
) -> dict[str, tuple[Rule, ...]] | None:
    lines = "\n".join(
        f"  - {{from: {a}, to: {b}, allow: [{', '.join(allow)}], why: because}}"
        for a, b, allow in flows
    )
    base = changed()
    head = base[: base.index("flows:")]
    tail = base[base.index("waivers:") :]
    waived = "\n".join(
        f"  - {{control: {c}, reason: x, owner: x, until: 2030-01-01}}"
        for c in sorted({ban.control for ban in BANS})
    )
    text = f"{head}flows:\n{lines}\n{tail}{waived}\n"
    if faults(tmp, text):
        return None
    return {group.name: group.rules for group in security_groups(load(tmp, text))}


@given(st.lists(FLOW, min_size=1, max_size=4))
@settings(max_examples=25)
def test_rules_come_in_twins_once_and_from_anywhere_only_if_said(
    tmp_path_factory: pytest.TempPathFactory, flows: list[tuple[str, str, list[str]]]
) -> None:
    found = rules_of(tmp_path_factory.getbasetemp(), flows)
    if found is None:
        return
    says_internet = any("internet" in (a, b) for a, b, _ in flows)
    for rules in found.values():
        keys = [(r.direction, r.family, r.port, r.remote) for r in rules]
        assert len(set(keys)) == len(keys)
        for rule in rules:
            anywhere = rule.remote.prefix in ("0.0.0.0/0", "::/0")
            assert says_internet or not anywhere
            assert bool(rule.remote.group) != bool(rule.remote.prefix)
            if rule.remote.prefix:
                assert f"IPv{ip_network(rule.remote.prefix).version}" == rule.family
        for family, other in (("IPv4", "IPv6"), ("IPv6", "IPv4")):
            mine = {(r.direction, r.port, r.remote.group, bool(r.remote.prefix)) for r in rules if r.family == family}  # fmt: skip
            twin = {(r.direction, r.port, r.remote.group, bool(r.remote.prefix)) for r in rules if r.family == other}  # fmt: skip
            assert mine == twin


def test_both_ends_of_a_connection_are_let_through(tmp_path: Path) -> None:
    groups = {g.name: g.rules for g in security_groups(load(tmp_path))}
    lmtp = [r for r in groups["mail-front"] if r.direction == "egress"]
    assert [(r.family, str(r.port), r.remote.group, r.why) for r in lmtp] == [
        ("IPv4", "tcp/24", "mail-store", "delivery"),
        ("IPv6", "tcp/24", "mail-store", "delivery"),
    ]
    assert ("ingress", "mail-front") in {
        (r.direction, r.remote.group) for r in groups["mail-store"]
    }
    assert not any(r.direction == "egress" for r in groups["mail-db"])


def test_a_balanced_part_is_reached_by_its_one_address_and_from_its_balancer(
    tmp_path: Path,
) -> None:
    text = changed(("store: {zone: servers,", "store: {zone: servers, balanced: true,"))
    site = load(tmp_path, text)
    groups = {g.name: g.rules for g in security_groups(site)}
    balancer = next(p.balancer for p in site.parts if p.group == "mail-store")
    assert balancer is not None
    to = {r.remote.prefix for r in groups["mail-front"] if r.direction == "egress" and r.remote.prefix}  # fmt: skip
    assert to == {f"{balancer.ipv4.ip}/32", f"{balancer.ipv6.ip}/128"}
    zone = site.zone("servers")
    at = {r.remote.prefix for r in groups["mail-store"] if r.direction == "ingress" and r.remote.prefix}  # fmt: skip
    assert at == {str(zone.ipv4), str(zone.ipv6)}


def test_the_units_networks_are_drawn_together(tmp_path: Path) -> None:
    text = with_flow("{from: units, to: mail.front, allow: [imaps], why: offices}")
    text = text.replace("flows:", "tslcd: {lans: [commune]}\nflows:")
    groups = {g.name: g.rules for g in security_groups(load(tmp_path, text))}
    offices = [r for r in groups["mail-front"] if r.why == "offices"]
    assert {r.family for r in offices} == {"IPv4", "IPv6"}
    assert len(offices) < 30
    covered = sum(ip_network(r.remote.prefix).num_addresses for r in offices if r.family == "IPv4")
    assert covered == 164 * 64


def test_a_rule_that_two_flows_ask_for_has_both_reasons(tmp_path: Path) -> None:
    text = with_flow("{from: mail, to: mail.store, allow: [lmtp], why: anyone of the service}")
    groups = {g.name: g.rules for g in security_groups(load(tmp_path, text))}
    whys = [r.why for r in groups["mail-store"] if r.remote.group == "mail-front"]
    assert whys == ["anyone of the service; delivery"] * 2
