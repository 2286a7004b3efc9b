"""The resolvers: whom they answer, what they believe, what they refuse."""

import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.waiting import eventually

sys.path.insert(0, str(Path(__file__).parent))
from support import AUTHORITIES, RESOLVERS, addresses, ask, led_astray, listening, node, resolve

resolvers = pytest.mark.parametrize("resolver", RESOLVERS)
families = pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])


@resolvers
@families
def test_own_zones_validate(resolver, family):
    (client,) = set(RESOLVERS) - {resolver}
    server = addresses(resolver)[family]
    for question, data in {
        ("www.bentre.example", "A"): ["192.0.2.80"],
        ("www.bentre.example", "AAAA"): ["2001:db8::80"],
        ("bentre.example", "MX"): ["10 mx1.bentre.example."],
        (f"{client}.test.bentre.example", "A"): [addresses(client)[0]],
        (f"{client}.test.bentre.example", "AAAA"): [addresses(client)[1]],
    }.items():
        answer = eventually(
            lambda question=question: (
                (got := ask(client, server, *question, "+dnssec")).status == "NOERROR" and got
            )
        )
        assert "ad" in answer.flags, question
        assert answer.data(question[1]) == data
        assert answer.data("RRSIG")


@resolvers
def test_an_address_has_its_name(resolver):
    for address in addresses("resolver-debian12"):
        answer = resolve(resolver, ip_address(address).reverse_pointer, "PTR")
        assert "ad" in answer.flags
        assert answer.data("PTR") == ["resolver-debian12.test.bentre.example."]


@resolvers
def test_that_a_name_is_not_there_is_proven(resolver):
    for name in ("nobody.bentre.example", "nobody.test.bentre.example"):
        answer = resolve(resolver, name, "A", "+dnssec")
        assert answer.status == "NXDOMAIN"
        assert "ad" in answer.flags
        assert answer.data("NSEC3")
    answer = resolve(resolver, "mx1.bentre.example", "AAAA", "+dnssec")
    assert (answer.status, answer.data("AAAA")) == ("NOERROR", [])
    assert "ad" in answer.flags


def test_what_was_tampered_with_or_has_expired_is_no_answer():
    resolver, server = RESOLVERS[0], AUTHORITIES[0]
    zone, question = "bentre.example", ("www.bentre.example", "A")
    # the same server with the same keys, when nothing is wrong
    with led_astray(resolver, server, zone):
        answer = resolve(resolver, *question)
        assert (answer.status, answer.data("A")) == ("NOERROR", ["192.0.2.80"])
        assert "ad" in answer.flags
    with led_astray(resolver, server, zone, edit=r"s/\t192\.0\.2\.80$/\t192.0.2.66/"):
        assert resolve(resolver, *question).status == "SERVFAIL"
        assert resolve(resolver, *question, "+cdflag").data("A") == ["192.0.2.66"]
        assert "ad" in resolve(resolver, "mx1.bentre.example", "A").flags
    with led_astray(resolver, server, zone, signed="30 days ago"):
        assert resolve(resolver, *question).status == "SERVFAIL"
        assert resolve(resolver, *question, "+cdflag").data("A") == ["192.0.2.80"]
    # a zone without signatures is one that lost them
    with led_astray(resolver, server, zone, edit=r"/RRSIG\|DNSKEY\|NSEC3\|CDS/d"):
        assert resolve(resolver, *question).status == "SERVFAIL"
    assert "ad" in resolve(resolver, *question).flags


@resolvers
@families
def test_strangers_are_refused(resolver, family):
    for name in ("www.bentre.example", "outside.example"):
        answer = ask(AUTHORITIES[0], addresses(resolver)[family], name, "A")
        assert (answer.status, answer.lines) == ("REFUSED", ())


@resolvers
def test_without_the_internet_other_names_are_refused_at_once(resolver):
    for name in ("www.outside.example", "example.com", "."):
        answer = resolve(resolver, name, "A")
        assert (answer.status, answer.lines) == ("REFUSED", ())


@resolvers
def test_blocked_names_do_not_exist(resolver):
    for name in ("malware.example", "c2.malware.example", "bad.www.bentre.example"):
        assert resolve(resolver, name, "A").status == "NXDOMAIN"
    assert resolve(resolver, "notmalware.example", "A").status == "REFUSED"


@resolvers
def test_nothing_listens_elsewhere(resolver):
    assert listening(resolver, "unbound") == {"127.0.0.1", "::1", *addresses(resolver)}


@resolvers
def test_host_is_whole(resolver):
    assert node(resolver).check_output("systemctl --failed --no-legend") == ""
    assert node(resolver).service("unbound").is_enabled
