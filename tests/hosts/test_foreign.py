"""Servers as Debian ships them, which no role of ours has made: an audit judges them all the same.

Each check meets the stock settings first, then the thing that it asks for, done by hand.
"""

import uuid
from collections.abc import Iterator

import pytest

from bentre_infra.compliance.result import Verdict
from bentre_infra.hosts.throwaway import Throwaway
from tests.hosts.audited import Audited, audited
from tests.unit.compliance.recorded import ask

PACKAGES = "postfix dovecot-imapd dovecot-pop3d nginx bind9 openssl"
INSTALL = f"""set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq --no-install-recommends {PACKAGES} >/dev/null 2>&1
openssl req -x509 -newkey rsa:2048 -nodes -keyout /root/ca.key -out /root/ca.pem \
  -subj '/CN=authority' -days 99 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout /etc/ssl/private/key.pem -out /root/request \
  -subj '/CN=www.bentre.example' 2>/dev/null
openssl x509 -req -in /root/request -CA /root/ca.pem -CAkey /root/ca.key -CAcreateserial \
  -out /etc/ssl/certificate.pem -days 99 2>/dev/null
"""


@pytest.fixture(scope="module")
def foreign(hosts: Throwaway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    folder = tmp_path_factory.mktemp(f"foreign-{uuid.uuid4().hex[:6]}")
    with audited("foreign", "debian13", hosts, folder) as host:
        host.install(INSTALL)
        yield host


def nginx(text: str) -> str:
    """Give the stock site another text, and let nginx take it."""
    return (
        f"printf '%s' '{text}' > /etc/nginx/sites-available/default;"
        " nginx -t -q && systemctl reload nginx && sleep 1"
    )


TLS = (
    "listen 443 ssl; http2 on; server_name www.bentre.example; "
    "ssl_certificate /etc/ssl/certificate.pem; ssl_certificate_key /etc/ssl/private/key.pem; "
)
PLAIN = "server { listen 80 default_server; return 301 https://$host$request_uri; }\n"
POSTFIX = "systemctl reload postfix; sleep 1"

ZONE = (
    "printf '$TTL 300\\n@ SOA ns hostmaster 1 3600 600 86400 300\\n@ NS ns\\nns A 192.0.2.1\\n'"
    " > /var/lib/bind/zone; chown bind: /var/lib/bind /var/lib/bind/zone;"
    ' echo \'zone "bentre.example" {{ type primary; file "/var/lib/bind/zone"; {} }};\''
    " > /etc/bind/named.conf.local; systemctl restart named; sleep 3"
)
HEADERS = (
    'add_header Strict-Transport-Security "max-age=31536000" always; '
    'add_header Content-Security-Policy "default-src https:" always; '
    "add_header X-Content-Type-Options nosniff always; "
)

STOCK_AND_MENDED = [
    ("MAIL-02", "", "(465)",
     "postconf -e smtpd_tls_chain_files=/etc/ssl/private/key.pem,/etc/ssl/certificate.pem; "
     "postconf -M submissions/inet='submissions inet n - n - - smtpd'; "
     f"postconf -P submissions/inet/smtpd_tls_wrappermode=yes; {POSTFIX}"),
    ("MAIL-11", "", "can be run",
     "echo '/name=.*[.](exe|js)/ REJECT' > /etc/postfix/mime_header_checks; "
     f"postconf -e mime_header_checks=regexp:/etc/postfix/mime_header_checks; {POSTFIX}"),
    ("MAIL-12", "", "without end",
     f"postconf -e smtpd_client_message_rate_limit=100; {POSTFIX}"),
    ("WEB-01", "", "in the clear", nginx(f"{PLAIN} server {{ {TLS} }}")),
    ("WEB-02", nginx(f"{PLAIN} server {{ {TLS} ssl_ciphers HIGH:AES128-SHA; }}"), "AES128-SHA",
     nginx(f"{PLAIN} server {{ {TLS} ssl_ciphers HIGH:!SHA1:!kRSA; }}")),
    ("WEB-05", nginx(f"{PLAIN} server {{ {TLS} }}"), "HSTS",
     nginx(f"{PLAIN} server {{ {TLS} {HEADERS} }}")),
    ("NET-31", ZONE.format(""), "", ZONE.format("dnssec-policy default; inline-signing yes;")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("control", "before", "says", "mends"), STOCK_AND_MENDED, ids=[c[0] for c in STOCK_AND_MENDED]
)
def test_what_stock_settings_lack_is_told_and_what_is_mended_too(
    foreign: Audited, control, before, says, mends
):
    foreign.shell(before)
    found = ask(control, foreign.read())
    assert found.verdict is Verdict.FAIL, found
    assert says in found.en
    foreign.shell(mends)
    found = ask(control, foreign.read())
    assert found.verdict is Verdict.PASS, found


def test_junk_is_not_looked_for_in_a_stock_postfix(foreign: Audited):
    assert "junk" in ask("MAIL-10", foreign.read()).en


def test_mailboxes_that_refuse_protocols_of_the_web_are_read_over_tls(foreign: Audited):
    """Dovecot 2.4 ends a handshake that offers nothing but h2 and http/1.1."""
    facts = foreign.read()
    assert facts["tls"]["993"]["new"]["version"] == "TLSv1.3"
