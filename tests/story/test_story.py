"""One story over the node kinds, on the lab's site: a sealed decision is mailed and published.

Everything is reached as people outside reach it, by public addresses; the seal is judged by a
program that is not ours.
"""

import email
import email.policy
import imaplib
import re
import secrets
import shutil
import smtplib
import socket
import unicodedata
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.story.datacentre import PEOPLE, DataCentre
from tests.story.seals import openssl, pdfsig
from tests.waiting import PATIENCE, eventually

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.story]

RECIPIENT, LOGIN = "a@bentre.example", "nguyen-van-a"
MX, WWW = "mx1.bentre.example", "giongtrom.bentre.example"
NUMBER = secrets.randbelow(90_000) + 10_000  # what a former run published is still there
SUBJECT = f"Quyết định số {NUMBER}/QĐ-UBND về việc công bố danh mục thủ tục hành chính"
BODY = "Ủy ban nhân dân huyện Giồng Trôm công bố Quyết định kèm theo, có hiệu lực từ ngày ký."
PKI = "/etc/bentre/pki"
PATIENCE_MS = PATIENCE * 1000


def test_a_second_run_changes_nothing(datacentre: DataCentre):
    # on a site that stood already, the run that all stories begin with is a second one
    again = datacentre.first if datacentre.unchanged(datacentre.first) else datacentre.up()
    assert datacentre.unchanged(again), again
    # nor what an audit finds
    *_, before, last = datacentre.audits()
    assert last == again["audit"]["run"]
    assert datacentre.audit_diff(before, last) == []


@pytest.fixture(scope="module")
def sealed(datacentre: DataCentre) -> bytes:
    """A document with the province's seal, as the portal's program asks for it."""
    app = datacentre.node("portal-app-1")
    app.put("/run/decision.pdf", pdf("QUYET DINH 12/QD-UBND"))
    status = app.root(
        f"curl -sS --cacert {PKI}/authorities.pem"
        f" --cert {PKI}/signing/certificate.pem --key {PKI}/signing/key.pem"
        " --data-binary @/run/decision.pdf -H 'Content-Type: application/pdf'"
        " --url-query level=B-LT --url-query 'reason=Ban hành' --url-query 'location=Bến Tre'"
        " -o /run/sealed.pdf -w '%{http_code}' https://signing-app-1.lab.bentre.example/seal"
    )
    document = app.get("/run/sealed.pdf")
    assert status == "200", document
    return document


@pytest.fixture(scope="module")
def received(datacentre: DataCentre, outside: str, sealed: bytes) -> EmailMessage:
    """What the recipient finds in the mailbox once a stranger's server has brought it."""
    letter = EmailMessage(policy=email.policy.SMTP)
    letter["From"], letter["To"], letter["Subject"] = f"van-thu@{outside}", RECIPIENT, SUBJECT
    letter["Date"] = format_datetime(localtime())
    letter["Message-ID"] = make_msgid(domain=outside)
    letter.set_content(BODY)
    letter.add_attachment(
        sealed, maintype="application", subtype="pdf", filename="quyet-dinh-12.pdf"
    )
    ipv4, ipv6 = datacentre.public(MX)
    with smtplib.SMTP(ipv4, 25, f"mx.{outside}", timeout=PATIENCE) as smtp:
        smtp._host = MX  # the name that the certificate has to show
        smtp.starttls(context=datacentre.trust)
        smtp.send_message(letter)
    password = new_password(datacentre)
    found = eventually(lambda: fetched(datacentre, ipv6, password, letter["Message-ID"]))
    assert isinstance(found, EmailMessage)
    return found


def test_the_letter_arrives_whole(received: EmailMessage, sealed: bytes):
    assert received["Subject"] == SUBJECT
    text = received.get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == BODY
    (attachment,) = received.iter_attachments()
    assert attachment.get_content() == sealed


def test_independent_programs_verify_the_seal(datacentre, received: EmailMessage, tmp_path):
    (attachment,) = received.iter_attachments()
    document = attachment.get_content()
    assert "Signature is Valid." in pdfsig(tmp_path, document)
    # to the root of the authority that stands for the national one, as everybody has it
    assert "CMS Verification successful" in openssl(tmp_path, datacentre.seals_root)
    assert "CMS Verification successful" not in openssl(tmp_path, datacentre.root_certificate)
    flipped = document.replace(b"QUYET DINH 12", b"QUYET DINH 13")
    assert flipped != document
    assert "Signature is Valid." not in pdfsig(tmp_path, flipped)
    assert "CMS Verification successful" not in openssl(tmp_path, datacentre.seals_root)


def test_an_editor_publishes_the_text_and_a_visitor_reads_it(datacentre, received, tmp_path):
    text = received.get_body(("plain",)).get_content().strip()
    app = datacentre.node("portal-app-1")
    password = secrets.token_urlsafe(16)
    app.put("/run/password", password.encode())
    app.root(f"{program(app)} -m bentre_portal editor bien-tap giong-trom < /run/password")
    ipv4, ipv6 = datacentre.public(WWW)
    with sync_playwright() as playwright:
        editor = browser(playwright, datacentre, ipv4).new_page()
        editor.goto(f"https://{WWW}/admin/")
        editor.locator("#id_username").fill("bien-tap")
        editor.locator("#id_password").fill(password)
        editor.locator("button[type=submit]").click()
        editor.wait_for_url(f"https://{WWW}/admin/")
        number = page_number(datacentre)
        editor.goto(f"https://{WWW}/admin/pages/add/bentre_portal/contentpage/{number}/")
        editor.locator("#id_title").fill(str(received["Subject"]))
        body = editor.locator("[contenteditable=true]")
        body.click()
        editor.keyboard.insert_text(text)
        # the editor hands its text to the form a moment later, of itself
        expect(editor.locator("input[name=body]")).to_have_value(re.compile(re.escape(text)))
        editor.locator("footer [data-w-dropdown-target=toggle]").click()
        editor.locator("button[name=action-publish]").click()
        expect(editor.locator(".messages .success")).to_contain_text(f"Quyết định số {NUMBER}")
        visitor = browser(playwright, datacentre, ipv6).new_page()
        visitor.goto(f"https://{WWW}/tim-kiem/?q=thủ+tục+hành+chính")
        visitor.locator(".found a", has_text=f"Quyết định số {NUMBER}").first.click()
        assert visitor.locator("h1").inner_text() == SUBJECT
        assert text in visitor.locator("main").inner_text()
        assert unicodedata.is_normalized("NFC", visitor.content())
        visitor.screenshot(path=tmp_path / "published.png")


def pdf(text: str) -> bytes:
    """A document of one page."""
    stream = f"BT /F1 14 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + (
        b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\n"
        b"startxref\n%d\n%%%%EOF\n" % (table, len(out))
    )


def new_password(datacentre: DataCentre) -> str:
    """The recipient's, which the directory's administrator has set."""
    password = secrets.token_urlsafe(16)
    directory = datacentre.node("base-directory-1")
    directory.put("/run/password", password.encode())
    set_it = "ldappasswd -Q -Y EXTERNAL -H ldapi:/// -T /run/password"
    directory.root(f"{set_it} uid={LOGIN},{PEOPLE}; rm /run/password")
    return password


def fetched(datacentre: DataCentre, address: str, password: str, number: str):
    """The letter of a number in the mailbox, over IMAPS; None until it is there."""
    with Mailbox(address, 993, ssl_context=datacentre.trust, timeout=PATIENCE) as imap:
        imap.login(LOGIN, password)
        imap.select("INBOX", readonly=True)
        _, (numbers,) = imap.search(None, "HEADER", "Message-ID", f'"{number}"')
        if not numbers:
            return None
        _, ((_, raw), *_) = imap.fetch(numbers.split()[-1].decode(), "(BODY.PEEK[])")
    return email.message_from_bytes(raw, policy=email.policy.default)


class Mailbox(imaplib.IMAP4_SSL):
    """Reached by an address, and verified by the name that people type."""

    def _create_socket(self, timeout):
        raw = socket.create_connection((self.host, self.port), timeout)
        return self.ssl_context.wrap_socket(raw, server_hostname=MX)


def browser(playwright, datacentre: DataCentre, address: str):
    """Somebody's browser, to which the portal is at an address; it was never here."""
    datacentre.verified(WWW, address)
    keys = datacentre.key_hashes("portal-web", ["portal-front-1", "portal-front-2"])
    lead = f"[{address}]" if ":" in address else address
    chromium = playwright.chromium.launch(
        executable_path=shutil.which("chromium-headless-shell"),
        args=[
            f"--host-resolver-rules=MAP *.bentre.example {lead}, MAP * ~NOTFOUND",
            f"--ignore-certificate-errors-spki-list={keys}",
        ],
    )
    context = chromium.new_context(locale="vi-VN")
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    return context


def program(app) -> str:
    """The interpreter of the portal's own release."""
    unit = "/etc/systemd/system/bentre-portal.service"
    return app.root(f"sed -n 's/^ExecStart=\\([^ ]*\\).*/\\1/p' {unit}")


def page_number(datacentre: DataCentre) -> str:
    """Number of the unit's first page, below which its editors make others."""
    say = "select id from wagtailcore_page where slug = 'giong-trom'"
    database = datacentre.node("portal-db-1")
    return database.root(f'cd /; runuser -u postgres -- psql -XAtqc "{say}" portal')
