"""A message goes out to the other domain's server, and an answer comes back."""

import json
import sys
from pathlib import Path

import pytest

from tests.waiting import eventually

sys.path.insert(0, str(Path(__file__).parent))
from support import (
    BODY,
    OUTSIDER,
    SUBJECT,
    arrived,
    letter,
    logged_in,
    outside,
    results,
    server_of,
)


def test_out_and_back_signed_and_verified(host):
    here = server_of(host)
    for source, sender, target, recipient in (
        (here, "a", here.other, "b"),
        (here.other, "b", here, "a"),
    ):
        sent = letter(source.mail(sender), target.mail(recipient))
        with logged_in(source, sender) as smtp:
            smtp.send_message(sent)
        got = arrived(target, recipient, sent)
        assert got["Subject"] == SUBJECT
        assert got.get_content().split() == BODY.split()
        found = results(got)
        assert found.startswith(f"mx.{target.domain};"), found
        assert f"dkim=pass header.d={source.domain} header.s=s1" in found
        assert "spf=pass" in found
        assert "dmarc=pass" in found
        hop = next(hop for hop in got.get_all("Received") if f"by mx.{target.domain}" in hop)
        assert f"from mx.{source.domain}" in hop
        assert "using TLSv1.3" in hop


@pytest.mark.parametrize("family", [0, 1])
def test_people_are_reached_over_both_families(host, family):
    here = server_of(host)
    address = here.addresses[family]
    sent = letter(OUTSIDER, here.mail("a"))
    with outside(here, address) as smtp:
        smtp.starttls()
        smtp.send_message(sent)
    assert arrived(here, "a", sent, address)["Subject"] == SUBJECT
    # within the domain
    sent = letter(here.mail("a"), here.mail("b"))
    with logged_in(here, "a", address) as smtp:
        smtp.send_message(sent)
    assert arrived(here, "b", sent, address)["Subject"] == SUBJECT


def test_the_postmaster_is_somebody(host):
    here = server_of(host)
    sent = letter(OUTSIDER, here.mail("postmaster"))
    with outside(here) as smtp:
        smtp.send_message(sent)
    assert arrived(here, "a", sent)["Subject"] == SUBJECT


def test_what_others_say_to_have_verified_is_taken_away(host):
    here = server_of(host)
    sent = letter(
        OUTSIDER, here.mail("a"), Authentication_Results=f"mx.{here.domain}; dkim=pass; spf=pass"
    )
    with outside(here) as smtp:
        smtp.send_message(sent)
    found = results(arrived(here, "a", sent))
    assert "dkim=pass" not in found
    assert "spf=pass" not in found


def test_mail_of_the_node_itself_arrives(host):
    here = server_of(host)
    sent = letter("root@" + here.domain, here.mail("a"))
    host.check_output(f"sendmail -f postmaster@{here.domain} -t <<'END'\n{sent.as_string()}\nEND")
    assert arrived(here, "a", sent)["Subject"] == SUBJECT


def waiting(host):
    """Why each letter of the queue has not been delivered; the queue's name where nobody tried."""
    letters = [json.loads(line) for line in host.check_output("postqueue -j").splitlines()]
    return [
        person.get("delay_reason", one["queue_name"])
        for one in letters
        for person in one["recipients"]
    ]


def test_many_letters_for_one_person_arrive_at_once(host):
    """After Dovecot was away: it takes ten for one person at a time, Postfix would hand over 20."""
    here = server_of(host)
    many = 400  # Postfix hands over one more at once after each that was taken, from five on
    load = f"smtp-source -s 8 -m {many} -f {OUTSIDER} -t {here.mail('b')} 127.0.0.1:25"
    host.check_output("systemctl stop dovecot")
    try:
        host.check_output(load)
        eventually(lambda: len([why for why in waiting(host) if "connect" in why]) == many)
    finally:
        host.check_output("systemctl start dovecot")
    host.check_output("postqueue -f")
    eventually(lambda: not (found := waiting(host)) or any("concurrent" in why for why in found))
    assert waiting(host) == []
