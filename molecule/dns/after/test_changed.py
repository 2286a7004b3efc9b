"""What is configured no more is gone; what did not change is as it was."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import AUTHORITIES, RESOLVERS, addresses, ask, node, resolve, serial

from tests.waiting import eventually

CLIENT = RESOLVERS[0]


def test_the_serial_rose_where_the_zone_changed_and_there_alone():
    primary = AUTHORITIES[0]
    changed, same = (int(n) for n in node(primary).check_output("cat /var/tmp/serials").split())
    assert eventually(lambda: serial(primary, "bentre.example") > changed)
    assert serial(primary, "outside.example") == same


def test_records_came_and_went_on_both_servers():
    for name in AUTHORITIES:
        server = addresses(name)[0]
        new = eventually(
            lambda server=server: ask(CLIENT, server, "new.bentre.example", "A", "+dnssec").data(
                "A"
            )
        )
        assert new == ["192.0.2.10"]
        for gone in ("old.bentre.example", "_dmarc.bentre.example"):
            answer = ask(CLIENT, server, gone, "A", "+dnssec")
            assert answer.status == "NXDOMAIN"
            assert answer.data("NSEC3")


def test_the_zone_is_gone():
    for name in AUTHORITIES:
        answer = ask(CLIENT, addresses(name)[0], "www.gone.example", "A")
        assert answer.status == "REFUSED"
        assert not node(name).file("/etc/knot/zones/gone.example.zone").exists


def test_what_is_outside_comes_from_the_forwarders_unsigned():
    with_forwarders = resolve(RESOLVERS[1], "www.outside.example", "A")
    assert with_forwarders.data("A") == ["192.0.2.7"]
    assert "ad" not in with_forwarders.flags
    assert resolve(RESOLVERS[0], "www.outside.example", "A").status == "REFUSED"


def test_what_is_outside_and_unsigned_is_not_believed_unless_it_is_named():
    assert resolve(RESOLVERS[1], "www.unvouched.example", "A").status == "SERVFAIL"
    answer = resolve(RESOLVERS[1], "www.unvouched.example", "A", "+cdflag")
    assert answer.data("A") == ["192.0.2.8"]


def test_own_zones_still_validate_where_there_are_forwarders():
    answer = resolve(RESOLVERS[1], "new.bentre.example", "A")
    assert answer.data("A") == ["192.0.2.10"]
    assert "ad" in answer.flags
    assert (
        "malware.example" not in node(RESOLVERS[1]).file("/etc/unbound/unbound.conf").content_string
    )


def test_the_timer_that_somebody_stopped_runs_again():
    assert node(AUTHORITIES[0]).service("bentre-dns-signatures.timer").is_running
