"""After the second converge: somebody has left, a DKIM key and certificates are new."""

import smtplib
import ssl
import sys
from pathlib import Path

import pytest

from tests.waiting import eventually

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import (
    EPHEMERAL,
    LOGINS,
    OUTSIDER,
    arrived,
    letter,
    logged_in,
    mail_program,
    outside,
    presented,
    results,
    server_of,
)


def test_who_has_left_gets_no_mail_and_does_not_get_in(host):
    here = server_of(host)
    with outside(here) as smtp:
        smtp.mail(OUTSIDER)
        assert smtp.rcpt(here.mail("b"))[0] == 550
        assert smtp.rcpt(here.mail("a"))[0] == 250
    with mail_program(here) as smtp, pytest.raises(smtplib.SMTPAuthenticationError):
        smtp.login(LOGINS["b"], "Mat-khau")
    # the mailbox is not the role's to remove
    assert host.file("/srv/mail/tran-thi-b/Maildir").is_directory


def test_the_next_key_signs(host):
    here = server_of(host)

    def signed():
        sent = letter(here.mail("a"), here.other.mail("a"))
        with logged_in(here, "a") as smtp:
            smtp.send_message(sent)
        found = results(arrived(here.other, "a", sent))
        return f"dkim=pass header.d={here.domain} header.s=s2" in found

    # the filter reads its settings for some seconds, and puts mail off when it changes to them
    eventually(signed)


def test_the_key_before_is_told_and_the_oldest_is_gone(host):
    assert not host.file("/var/lib/rspamd/dkim/s0.key").exists
    assert host.file("/var/lib/rspamd/dkim/s1.key").exists
    facts = host.check_output("cat /etc/ansible/facts.d/mail_filter.fact")
    assert "s1._domainkey" in facts
    assert "s0._domainkey" not in facts


def test_what_the_key_before_has_signed_verifies_still(host):
    """mailcow#5519: a message of the time before the roll-over, out of the mailbox."""
    folder = "/srv/mail/nguyen-van-a/Maildir"
    other = server_of(host).other.domain
    old = host.check_output(f"grep -rlE 's=s1;' {folder} | xargs grep -lE 'd={other};' | head -1")
    assert old
    seen = host.check_output(f"rspamc -h /run/rspamd/controller.sock symbols {old}")
    assert "R_DKIM_ALLOW" in seen, seen


@pytest.mark.parametrize("port", [25, 465, 993])
def test_the_renewed_certificate_is_presented(host, port):
    """modoboa#3195: the old one is still served after the renewal."""
    here = server_of(host)
    issued = EPHEMERAL / f"certificates/{here.name}/mail/certificate.pem"
    new = ssl.PEM_cert_to_DER_cert(issued.read_text())
    for address in here.addresses:
        eventually(lambda address=address: presented(address, port) == new)
    # it came while the service ran
    unit = "dovecot" if port == 993 else "postfix"
    started = host.check_output(f'date -d "$(systemctl show -P ActiveEnterTimestamp {unit})" +%s')
    assert int(started) < host.file("/etc/bentre/pki/mail/certificate.pem").mtime.timestamp()
