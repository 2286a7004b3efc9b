"""The servers: what they serve, to whom, and how it is signed."""

import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.waiting import eventually

sys.path.insert(0, str(Path(__file__).parent))
from support import AUTHORITIES, RESOLVERS, addresses, ask, listening, node, serial

authorities = pytest.mark.parametrize("authority", AUTHORITIES)
families = pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
CLIENT = RESOLVERS[0]
PRIMARY, SECONDARY = AUTHORITIES  # of bentre.example


def keyed(host):
    """The key of transfers in a file, as kdig wants it; no argument."""
    host.check_output(
        'umask 077; awk \'$1 == "secret:" {print "hmac-sha256:transfer:" $2}\''
        " /etc/knot/transfer.conf > /root/key"
    )
    return "-k /root/key"


@authorities
@families
def test_both_servers_have_every_zone_signed(authority, family):
    server = addresses(authority)[family]
    for name, kind in (
        ("www.bentre.example", "A"),
        ("resolver-debian12.test.bentre.example", "AAAA"),
        ("www.gone.example", "A"),
    ):
        answer = eventually(
            lambda name=name, kind=kind: (
                (got := ask(CLIENT, server, name, kind, "+dnssec")).status == "NOERROR" and got
            )
        )
        assert "aa" in answer.flags
        assert answer.data(kind)
        (signature,) = answer.data("RRSIG")
        assert signature.startswith(f"{kind} 13 ")  # ECDSA P-256
    assert ask(CLIENT, server, "bentre.example", "NS").data("NS") == [
        "ns1.bentre.example.",
        "ns2.bentre.example.",
    ]


@authorities
def test_records_of_mail_are_as_they_were_handed_in(authority):
    def text(name):
        (data,) = ask(CLIENT, addresses(authority)[0], name, "TXT").data("TXT")
        return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', data)).replace('\\"', '"')

    assert text("bentre.example") == "v=spf1 mx -all"
    assert text("_dmarc.bentre.example") == "v=DMARC1; p=reject; rua=mailto:dmarc@bentre.example"
    dkim = text("k1._domainkey.bentre.example")
    assert (
        dkim.replace("\\\\", "\\") == f'v=DKIM1; k=rsa; p={"MIIBIjANBgkqhkiG9w0BAQEF" * 16}AB\\"=='
    )
    (mx,) = [
        line
        for line in ask(CLIENT, addresses(authority)[0], "bentre.example", "MX").lines
        if " IN MX " in " ".join(line.split())
    ]
    assert mx.split() == ["bentre.example.", "300", "IN", "MX", "10", "mx1.bentre.example."]


@authorities
def test_that_a_name_is_not_there_is_proven_by_nsec3_as_rfc_9276_wants_it(authority):
    answer = ask(CLIENT, addresses(authority)[0], "nobody.bentre.example", "A", "+dnssec")
    assert answer.status == "NXDOMAIN"
    proofs = answer.data("NSEC3")
    assert proofs
    assert all(re.match(r"1 \d+ 0 - ", proof) for proof in proofs)


@authorities
@families
def test_nothing_but_its_zones_is_answered(authority, family):
    for name in (".", "example.com", "other.example"):
        answer = ask(CLIENT, addresses(authority)[family], name, "A")
        assert (answer.status, answer.lines) == ("REFUSED", ())
        assert "ra" not in answer.flags
    assert ask(CLIENT, addresses(authority)[family], "version.bind", "CH", "TXT").lines == ()


@authorities
@families
def test_private_zones_are_refused_to_strangers(authority, family):
    server = addresses(authority)[family]
    question = ("resolver-debian12.test.bentre.example", "A")
    # asked by itself it is none of the networks
    answer = ask(authority, server, *question)
    assert (answer.status, answer.lines) == ("NOTAUTH", ())
    assert ask(authority, server, "www.bentre.example", "A").status == "NOERROR"
    assert ask(CLIENT, server, *question).status == "NOERROR"


@authorities
def test_zones_are_handed_to_the_other_server_alone(authority):
    (other,) = set(AUTHORITIES) - {authority}
    # of those that it signs
    zone = "bentre.example" if authority == PRIMARY else "test.bentre.example"
    transfer = f"kdig +noall +answer @{addresses(authority)[1]} {zone} AXFR"
    peer, stranger = node(other), node(CLIENT)
    assert "RRSIG" in peer.check_output(f"{transfer} {keyed(peer)}")
    key = peer.check_output("cat /root/key")
    stranger.check_output(f"umask 077; printf %s '{key}' > /root/key")
    for host, words in ((peer, ""), (stranger, ""), (stranger, "-k /root/key")):
        said = host.run(f"{transfer} {words} || true")
        assert re.search("replied with error '(NOTAUTH|BADKEY)'", said.stdout + said.stderr)
        assert "RRSIG" not in said.stdout
    for host in (peer, stranger):
        host.check_output("rm /root/key")


def test_both_serve_the_same():
    for zone in ("bentre.example", "test.bentre.example"):
        eventually(lambda zone=zone: len({serial(name, zone) for name in AUTHORITIES}) == 1)


def test_the_serial_stays_while_nothing_changes():
    host, before = node(PRIMARY), serial(PRIMARY, "bentre.example")
    host.check_output("touch /etc/knot/zones/bentre.example.zone")
    host.check_output("knotc -b zone-reload bentre.example")
    assert serial(PRIMARY, "bentre.example") == before


def test_a_broken_file_changes_nothing():
    """Of the server's own reload; the role refuses such a file before."""
    host, file = node(PRIMARY), "/etc/knot/zones/bentre.example.zone"
    before = serial(PRIMARY, "bentre.example")
    host.check_output(f"cp -p {file} /var/tmp/kept && echo 'www A 192.0.2.999' >> {file}")
    try:
        host.run("knotc -b zone-reload bentre.example")
        answer = ask(CLIENT, addresses(PRIMARY)[0], "www.bentre.example", "A")
        assert answer.data("A") == ["192.0.2.80"]
        assert serial(PRIMARY, "bentre.example") == before
    finally:
        host.check_output(f"cp -p /var/tmp/kept {file}")
        host.check_output("knotc -b zone-reload bentre.example")


def test_keys_come_back_from_a_copy():
    """The commands of docs/dns.md, with a zone that no resolver knows."""
    host, zone, copy = node(PRIMARY), "unvouched.example", "/var/backups/knot/copy"

    def anchors():
        return host.check_output(f"keymgr {zone} ds")

    keys = anchors()
    assert keys
    what = f"+nozonefile +notimers +backupdir {copy}"
    host.check_output(f"rm -rf {copy} && knotc -b zone-backup {what}")
    host.check_output(f"knotc -f -b zone-purge +kaspdb {zone} && knotc -b zone-sign {zone}")
    eventually(lambda: (now := anchors()) and now != keys)
    host.check_output(f"knotc -b zone-restore {what} {zone} && knotc -b zone-sign {zone}")
    eventually(lambda: anchors() == keys)
    tag = keys.split()[2]
    answer = ask(CLIENT, addresses(PRIMARY)[0], zone, "DNSKEY", "+dnssec")
    assert tag in {signature.split()[6] for signature in answer.data("RRSIG")}
    assert host.file("/var/backups/knot").mode == 0o700


@authorities
def test_secrets_and_sockets(authority):
    host = node(authority)
    key = host.file("/etc/knot/transfer.conf")
    assert (key.user, key.group, key.mode) == ("root", "knot", 0o640)
    assert listening(authority, "knotd") == set(addresses(authority))


@authorities
def test_host_is_whole(authority):
    assert node(authority).check_output("systemctl --failed --no-legend") == ""
    assert node(authority).service("knot").is_enabled


@authorities
def test_the_node_exporter_is_told_when_the_first_signature_ends(authority):
    host, folder = node(authority), "/var/lib/prometheus/node-exporter"
    assert host.service("bentre-dns-signatures.timer").is_running
    host.check_output(f"mkdir -p {folder} && rm -f {folder}/bentre_dns.prom")
    host.check_output("systemctl start bentre-dns-signatures.service")
    told = host.check_output(f"cat {folder}/bentre_dns.prom")
    ends = dict(re.findall(r'_seconds{zone="([^"]+)"} (\d+)', told))
    assert "bentre.example" in ends
    for zone, end in ends.items():
        signatures = ask(CLIENT, addresses(authority)[0], zone, "SOA", "+dnssec").data("RRSIG")
        last = datetime.strptime(signatures[0].split()[4], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        # signed anew when the record changes: none of the others ends later
        assert time.time() < int(end) <= last.timestamp()


def test_a_server_without_signatures_says_so():
    host = node(SECONDARY)
    host.check_output("systemctl stop knot.service")
    try:
        assert host.run("systemctl start bentre-dns-signatures.service").rc != 0
    finally:
        host.check_output("systemctl start knot.service; systemctl reset-failed")
