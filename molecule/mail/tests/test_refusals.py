"""What is refused, to whom, and when: while the other side is still there."""

import imaplib
import smtplib
import socket
import sys
from pathlib import Path

import pytest

from tests.waiting import eventually

sys.path.insert(0, str(Path(__file__).parent))
from support import (
    LOGINS,
    OUTSIDER,
    PATIENCE,
    arrived,
    letter,
    logged_in,
    mail_program,
    mailboxes,
    outside,
    refusal,
    server_of,
)

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
ELSEWHERE = "victim@elsewhere.example"


@pytest.mark.parametrize("family", [0, 1])
def test_no_relay(host, family):
    """mailcow#5242, docker-mailserver#1405: open over one family, or through a proxy."""
    here = server_of(host)
    senders = [OUTSIDER, here.mail("a"), f"postmaster@{here.domain}", ""]
    victims = [ELSEWHERE, f"victim%elsewhere.example@{here.domain}", here.other.mail("a")]
    victims += [f"<@{here.domain}:{ELSEWHERE}>", f'"{ELSEWHERE}"@{here.domain}']
    for sender in senders:
        with outside(here, here.addresses[family]) as smtp:
            for victim in victims:
                assert smtp.mail(sender)[0] == 250
                code, said = smtp.docmd(f"RCPT TO:{victim if '<' in victim else f'<{victim}>'}")
                assert 500 <= code < 600, (sender, victim, said)
                smtp.rset()
    # somebody says to be the node itself, or to have logged in
    for claim in ("ADDR=127.0.0.1", "ADDR=IPV6:::1 NAME=localhost", f"LOGIN={LOGINS['a']}"):
        with outside(here, here.addresses[family]) as smtp:
            assert smtp.docmd(f"XCLIENT {claim}")[0] >= 500
            assert smtp.docmd(f"XFORWARD {claim}")[0] >= 500
            assert smtp.mail(OUTSIDER)[0] == 250
            assert smtp.rcpt(ELSEWHERE)[0] == 554


@pytest.mark.parametrize("family", [0, 1])
def test_nobody_is_believed_to_be_a_proxy(host, family):
    here = server_of(host)
    claim = ("PROXY TCP4 127.0.0.1 127.0.0.1 40000 25", "PROXY TCP6 ::1 ::1 40000 25")[family]
    with (
        socket.create_connection((here.addresses[family], 25), PATIENCE) as raw,
        raw.makefile("rwb", buffering=0) as conversation,
    ):
        raw.sendall(claim.encode() + b"\r\n")
        greeting = conversation.readline()
        if greeting[:3] == b"554":  # who talks before he is greeted is sent away (Postfix 3.10)
            return
        assert greeting[:3] == b"220"
        assert conversation.readline()[:1] == b"5"
        codes = []
        for line in ("HELO x.example", f"MAIL FROM:<{OUTSIDER}>", f"RCPT TO:<{ELSEWHERE}>"):
            raw.sendall(line.encode() + b"\r\n")
            codes.append(conversation.readline()[:3])
    assert codes == [b"250", b"250", b"554"]


@pytest.mark.parametrize("loopback", ["127.0.0.1", "::1"])
def test_nobody_relays_from_the_node_itself(host, loopback):
    """What a proxy on the node forwards comes from there."""
    program = (
        "import smtplib, sys\n"
        f"smtp = smtplib.SMTP({loopback!r}, 25)\n"
        "smtp.ehlo('x.example')\n"
        f"print(smtp.mail({OUTSIDER!r})[0], smtp.rcpt({ELSEWHERE!r})[0])\n"
    )
    assert host.check_output(f"python3 - <<'END'\n{program}END") == "250 554"


def test_junk_is_refused_while_it_is_handed_over(host):
    here = server_of(host)
    with outside(here) as smtp:
        code, said = refusal(smtp.send_message, letter(OUTSIDER, here.mail("a"), body=GTUBE))
    assert code == 554, said
    assert b"Gtube" in said
    # also of somebody who has logged in
    with logged_in(here, "a") as smtp:
        sent = letter(here.mail("a"), here.other.mail("a"), body=GTUBE)
        assert refusal(smtp.send_message, sent)[0] == 554


def test_vietnamese_text_of_eight_bits_is_no_junk(host):
    """Subjects that are not encoded, as old programs send them."""
    here = server_of(host)
    sent = letter(OUTSIDER, here.mail("a"))
    text = (
        f"From: {OUTSIDER}\r\nTo: {here.mail('a')}\r\nMessage-ID: {sent['Message-ID']}\r\n"
        f"Date: {sent['Date']}\r\nMIME-Version: 1.0\r\n"
        "Subject: Giấy mời họp Ủy ban nhân dân huyện Mỏ Cày Bắc\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        "Kính mời ông Nguyễn Văn Ánh dự họp lúc tám giờ sáng thứ hai.\r\n"
    )
    with outside(here) as smtp:
        smtp.sendmail(OUTSIDER, [here.mail("a")], text.encode(), ["BODY=8BITMIME"])
    got = arrived(here, "a", sent)
    assert "Mỏ Cày Bắc" in got["Subject"]
    assert got["X-Spam"] is None


def test_who_is_not_known_is_refused_at_once(host):
    here = server_of(host)
    with outside(here) as smtp:
        smtp.mail(OUTSIDER)
        assert smtp.rcpt(here.mail("khong-co-ai"))[0] == 550
        # a name to log in with is no address
        assert smtp.rcpt(here.mail(LOGINS["a"]))[0] == 550
        assert smtp.rcpt(here.mail("a"))[0] == 250


def test_who_writes_in_our_name_from_outside_is_refused(host):
    """DMARC: neither SPF nor a signature says that it is ours."""
    here = server_of(host)
    for envelope in (here.mail("a"), OUTSIDER):
        with outside(here) as smtp:
            sent = letter(here.mail("a"), here.mail("b"))
            code, said = refusal(smtp.send_message, sent, envelope, [here.mail("b")])
        assert 500 <= code < 600, said


def test_a_wrong_password_is_refused(host):
    here = server_of(host)
    with mail_program(here) as smtp:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(LOGINS["b"], "sai")
        assert smtp.mail(here.mail("b"))[0] == 250
        assert smtp.rcpt(ELSEWHERE)[0] >= 500
        assert smtp.rcpt(here.mail("a"))[0] >= 500
    with mailboxes(here) as imap:
        with pytest.raises(imaplib.IMAP4.error):
            imap.login(LOGINS["b"], "sai")
        with pytest.raises(imaplib.IMAP4.error):
            imap.login(LOGINS["b"], "")


def test_nobody_logs_in_without_tls(host):
    here = server_of(host)
    with outside(here) as smtp:
        assert not smtp.has_extn("auth")
        smtp.starttls()
        smtp.ehlo()
        assert not smtp.has_extn("auth")  # it is the other servers' port
        assert smtp.docmd("AUTH PLAIN AGEAYg==")[0] >= 500
    for port in (465, 993):
        with socket.create_connection((here.addresses[1], port), PATIENCE) as raw:
            raw.sendall(b"EHLO x.example\r\n" if port == 465 else b"a CAPABILITY\r\n")
            try:
                answer = raw.recv(100)
            except ConnectionResetError:
                answer = b""
            assert not answer.startswith((b"220", b"* OK")), answer


def test_nothing_else_is_open(host):
    sockets = host.check_output("ss -Hltn").splitlines()
    open_to_all = {
        line.split()[3].rpartition(":")[2]
        for line in sockets
        if not line.split()[3].startswith(("127.", "[::1]"))
    }
    others = {"22", "53", "389", "636", "5355"}  # SSH, names, the directory
    assert open_to_all - others == {"25", "465", "993"}


def test_a_sender_is_the_persons_own(host):
    here = server_of(host)
    for sender in (here.mail("b"), OUTSIDER, here.other.mail("a"), here.mail("postmaster")):
        with logged_in(here, "a") as smtp:
            sent = letter(sender, here.other.mail("a"))
            assert refusal(smtp.send_message, sent)[0] == 553, sender
    # what people see, too
    with logged_in(here, "a") as smtp:
        sent = letter(here.mail("b"), here.other.mail("a"))
        code, said = refusal(smtp.send_message, sent, here.mail("a"))
    assert code == 554
    assert b"From is not the sender" in said


def test_addresses_beyond_ascii_are_not_offered(host):
    """docker-mailserver#1117: taken, then bounced at the mailbox."""
    here = server_of(host)
    with outside(here) as smtp:
        assert not smtp.has_extn("smtputf8")
    with logged_in(here, "a") as smtp:
        assert not smtp.has_extn("smtputf8")


def test_without_the_filter_mail_is_put_off(host):
    """Neither let through nor lost: the other side tries again."""
    here = server_of(host)
    sent = letter(OUTSIDER, here.mail("a"))
    own = letter(here.mail("a"), here.other.mail("a"))

    def send_as_a_person():
        with logged_in(here, "a") as smtp:
            return smtp.send_message(own)

    host.check_output("systemctl stop rspamd")
    try:
        with outside(here) as smtp:
            code, said = refusal(smtp.send_message, sent)
        assert 400 <= code < 500, said
        code, said = refusal(send_as_a_person)  # at the log-in already
        assert 400 <= code < 500, said
    finally:
        host.check_output("systemctl start rspamd")

    def send():
        with outside(here) as smtp:
            return smtp.send_message(sent) == {}

    eventually(send)  # as the other side does
    assert "spf=" in arrived(here, "a", sent)["Authentication-Results"]
