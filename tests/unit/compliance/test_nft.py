"""Rules are followed as the kernel follows them."""

from ipaddress import ip_address

import pytest

from bentre_infra.compliance.facts.nft import Fate, Packet, Ruleset

ACCEPT, DROP = {"accept": None}, {"drop": None}


def match(protocol, field, right, op="=="):
    left = {"payload": {"protocol": protocol, "field": field}}
    return {"match": {"op": op, "left": left, "right": right}}


def meta(key, right, op="=="):
    return {"match": {"op": op, "left": {"meta": {"key": key}}, "right": right}}


def state(*states):
    return {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": list(states)}}


def rules(*rows, policy="drop", family="inet", sets=(), others=None, hook="input"):
    base = {"family": family, "table": "t"}
    items = [{"chain": {**base, "name": "in", "type": "filter", "hook": hook, "policy": policy}}]
    items += [{"rule": {**base, "chain": "in", "expr": list(row)}} for row in rows]
    items += [{"set": {**base, "name": n, "elem": elements}} for n, elements in sets]
    for name, chain in (others or {}).items():
        items.append({"chain": {**base, "name": name}})
        items += [{"rule": {**base, "chain": name, "expr": list(row)}} for row in chain]
    return Ruleset.parse({"nftables": items})


def fate(ruleset, address="203.0.113.9", port=22, hook="input"):
    return ruleset.fate(Packet(hook, ip_address(address), "tcp", port))


def test_no_rules_let_everything_in():
    assert fate(Ruleset.parse({"nftables": []})) is Fate.ACCEPT


SSH = match("tcp", "dport", 22)
OPERATORS = match("ip", "saddr", {"prefix": {"addr": "192.0.2.0", "len": 24}})


@pytest.mark.parametrize(
    ("row", "address", "expected"),
    [
        ([SSH, ACCEPT], "203.0.113.9", Fate.ACCEPT),
        ([OPERATORS, SSH, ACCEPT], "203.0.113.9", Fate.DROP),
        ([OPERATORS, SSH, ACCEPT], "192.0.2.7", Fate.ACCEPT),
        ([OPERATORS, SSH, ACCEPT], "2001:db8::7", Fate.DROP),
        ([match("tcp", "dport", {"set": [80, {"range": [20, 30]}]}), ACCEPT], "2001:db8::7", Fate.ACCEPT),
        ([match("tcp", "dport", 22, "!="), ACCEPT], "203.0.113.9", Fate.DROP),
        ([match("udp", "dport", 22), ACCEPT], "203.0.113.9", Fate.DROP),
        ([meta("iif", "lo"), ACCEPT], "203.0.113.9", Fate.DROP),
        ([meta("iifname", "eth1"), SSH, ACCEPT], "203.0.113.9", Fate.UNKNOWN),
        ([meta("mark", 7), DROP], "203.0.113.9", Fate.DROP),
        ([state("established", "related"), ACCEPT], "203.0.113.9", Fate.DROP),
        ([state("new"), ACCEPT], "203.0.113.9", Fate.ACCEPT),
        ([meta("nfproto", "ipv4"), ACCEPT], "2001:db8::7", Fate.DROP),
        ([{"limit": {"rate": 9, "per": "second", "inv": True}}, ACCEPT], "203.0.113.9", Fate.DROP),
        ([match("tcp", "sport", 22), ACCEPT], "203.0.113.9", Fate.DROP),
        ([SSH, {"queue": {"num": 1}}], "203.0.113.9", Fate.UNKNOWN),
    ],
)  # fmt: skip
def test_one_rule_before_a_drop(row, address, expected):
    assert fate(rules(row), address) is expected


def test_an_undecided_drop_before_an_accept_is_no_certain_accept():
    assert fate(rules([meta("mark", 7), DROP], [SSH, ACCEPT])) is Fate.UNKNOWN


def test_named_sets_and_chains_that_are_jumped_into():
    ruleset = rules(
        [{"jump": {"target": "ssh"}}],
        [SSH, ACCEPT],
        sets=[("bad", ["203.0.113.9"])],
        others={"ssh": [[match("ip", "saddr", "@bad"), DROP]]},
    )
    assert fate(ruleset) is Fate.DROP
    assert fate(ruleset, "203.0.113.10") is Fate.ACCEPT


def test_a_chain_that_jumps_into_itself_ends():
    ruleset = rules(others={"a": [[{"jump": {"target": "a"}}]]})
    ruleset = rules([{"jump": {"target": "a"}}], others={"a": [[{"jump": {"target": "a"}}]]})
    assert fate(ruleset) is not Fate.ACCEPT


def test_one_family_says_nothing_of_the_other():
    four = rules(family="ip")
    assert fate(four) is Fate.DROP
    assert fate(four, "2001:db8::7") is Fate.ACCEPT


def test_output_is_judged_by_the_target():
    ruleset = rules([match("ip", "daddr", "198.51.100.1"), ACCEPT], hook="output")
    assert fate(ruleset, "198.51.100.1", hook="output") is Fate.ACCEPT
    assert fate(ruleset, hook="output") is Fate.DROP
