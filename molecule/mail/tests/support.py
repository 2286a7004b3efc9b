"""What both sets of tests use: real clients of the two servers, from a third machine."""

import email
import email.policy
import functools
import imaplib
import json
import os
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from pathlib import Path

import testinfra

from tests.waiting import PATIENCE, eventually

EPHEMERAL = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
INVENTORY = json.loads((EPHEMERAL / "inventory/site.yml").read_text())["all"]["hosts"]
DOMAINS = {"mail-debian12": "bentre.example", "mail-debian13": "vinhlong.example"}
PEOPLE = "ou=people,dc=test,dc=bentre,dc=example"
LOGINS = {"a": "nguyen-van-a", "b": "tran-thi-b"}
OUTSIDER = "somebody@outside.example"
SUBJECT = "Kính gửi Sở Y tế tỉnh Bến Tre: Nghị định số 43/2011/NĐ-CP"
BODY = "Ông Nguyễn Văn Ánh, huyện Giồng Trôm, đã nhận được công văn.\r\nTrân trọng.\r\n"


@dataclass(frozen=True)
class Server:
    """One of the two."""

    name: str

    @property
    def domain(self):
        return DOMAINS[self.name]

    @property
    def addresses(self):
        """IPv4, IPv6."""
        return INVENTORY[self.name]["bentre_addresses"]

    @property
    def other(self):
        return Server(next(name for name in DOMAINS if name != self.name))

    def mail(self, local):
        return f"{local}@{self.domain}"

    def host(self):
        return testinfra.get_host(f"ssh://{self.name}", ssh_config=str(EPHEMERAL / "ssh_config"))


def server_of(host):
    return Server(host.backend.get_hostname())


def trust():
    context = ssl.create_default_context(cafile=EPHEMERAL / "certificates/authority.pem")
    # the throw-away authority has no key identifiers
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def presented(address, port):
    """The certificate that a port shows, once it was verified."""
    if port == 25:
        with smtplib.SMTP(address, port, "client.outside.example", timeout=PATIENCE) as smtp:
            smtp.starttls(context=trust())
            return smtp.sock.getpeercert(binary_form=True)
    with (
        socket.create_connection((address, port), PATIENCE) as raw,
        trust().wrap_socket(raw, server_hostname=address) as tls,
    ):
        return tls.getpeercert(binary_form=True)


@functools.cache
def password(server, local):
    """A person's password; the administrator sets it once in a run of the tests."""
    text = f"Mat-khau-{time.time_ns()}"  # a former one is refused
    host = server.host()
    host.check_output(f"umask 077; printf %s '{text}' > /root/new")
    host.check_output(
        f"ldappasswd -Q -Y EXTERNAL -H ldapi:/// -T /root/new uid={LOGINS[local]},{PEOPLE}"
    )
    return text


def letter(sender, recipient, subject=SUBJECT, body=BODY, **headers):
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message


@contextmanager
def outside(server, address=None) -> Iterator[smtplib.SMTP]:
    """A server of somebody outside, which comes to port 25."""
    with smtplib.SMTP(
        address or server.addresses[1], 25, "client.outside.example", timeout=PATIENCE
    ) as smtp:
        smtp.ehlo()
        yield smtp


def mail_program(server, address=None):
    """Somebody's, at the port for people."""
    at = address or server.addresses[1]
    return smtplib.SMTP_SSL(at, 465, "desk.example", timeout=PATIENCE, context=trust())


@contextmanager
def logged_in(server, local, address=None) -> Iterator[smtplib.SMTP_SSL]:
    with mail_program(server, address) as smtp:
        smtp.login(LOGINS[local], password(server, local))
        yield smtp


def refusal(call, *arguments):
    """Code and text with which the server refuses; a message that is taken is a failure."""
    try:
        taken = call(*arguments)
    except smtplib.SMTPRecipientsRefused as refused:
        return next(iter(refused.recipients.values()))
    except smtplib.SMTPResponseException as refused:
        return refused.smtp_code, refused.smtp_error
    raise AssertionError(f"taken: {taken}")


def mailboxes(server, address=None):
    at = address or server.addresses[1]
    return imaplib.IMAP4_SSL(at, 993, ssl_context=trust(), timeout=PATIENCE)


@contextmanager
def mailbox(server, local, address=None) -> Iterator[imaplib.IMAP4_SSL]:
    with mailboxes(server, address) as imap:
        imap.login(LOGINS[local], password(server, local))
        imap.select("INBOX")
        yield imap


def arrived(server, local, message, address=None):
    """The message as it lies in a mailbox, read over IMAPS, once it is there."""
    with mailbox(server, local, address) as imap:

        def found():
            imap.noop()
            return imap.search(None, "HEADER", "Message-ID", message["Message-ID"])[1][0].split()

        (number,) = eventually(found)
        raw = imap.fetch(number.decode(), "(RFC822)")[1][0][1]
    return email.message_from_bytes(raw, policy=email.policy.default)


def results(message):
    """What the receiving server has found: the only one such header."""
    (header,) = message.get_all("Authentication-Results")
    return " ".join(header.split())
