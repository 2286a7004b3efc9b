# ruff: noqa: E501 - tables with one case a line
"""Flows, and what a level forbids."""

from pathlib import Path

import pytest

from bentre_infra.site.flows import forbidden
from bentre_infra.site.levels import BANS
from bentre_infra.site.model import Endpoint, Flow
from bentre_infra.site.protocols import ports
from tests.unit.site.sites import changed, faults, line_of

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
