"""The portal from outside (curl, Chromium) and from inside."""

import base64
import hashlib
import json
import os
import shlex
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

EPHEMERAL = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
ETC = "/etc/bentre/portal"
PKI = "/etc/bentre/pki"
PROVINCE, UNIT, REMOVED = "bentre.example", "giongtrom.bentre.example", "batri.bentre.example"
PORTS = {"portal-web": 443, "portal-app": 8000, "portal-database": 5432}
COOKIES = "/var/tmp/cookies"


def name(host) -> str:
    return host.check_output("hostname")


def settings(host) -> dict:
    return json.loads(host.check_output(f"cat {ETC}/portal.json"))


def address(host) -> str:
    return settings(host)["addresses"][0]


def key_hash(host) -> str:
    """The hash of the web server's key, as Chromium wants it."""
    file = EPHEMERAL / "certificates" / name(host) / "portal-web/certificate.pem"
    public = x509.load_pem_x509_certificate(file.read_bytes()).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def curl(host, path="/", *options, site=PROVINCE):
    """What a visitor gets: (status, headers, body); status 0 where there was no answer."""
    words = ["curl", "-sS", "--cacert", f"{PKI}/authorities.pem", "-D", "/var/tmp/headers"]
    words += ["--resolve", f"*:443:{address(host)}", "--resolve", f"*:80:{address(host)}"]
    words += ["-o", "/var/tmp/body", "-w", "%{http_code}", *options]
    words += [path if "://" in path else f"https://{site}{path}"]
    # curl's own 255 would look like a lost connection
    said = host.run(f"rm -f /var/tmp/body; {shlex.join(words)} 2>/var/tmp/curl || true").stdout
    headers = host.check_output("cat /var/tmp/headers").splitlines()[1:]
    pairs = [line.partition(":")[::2] for line in headers if ":" in line]
    found = {key.lower(): value.strip() for key, value in pairs}
    return int(said), found, host.run("cat /var/tmp/body").stdout


def log_in(host, *fields, field="--data-urlencode"):
    """Send the form of a log-in, with what the program wants to see of a browser."""
    curl(host, "/admin/login/", "-c", COOKIES)
    token = host.check_output(f"awk '/csrftoken/ {{print $7}}' {COOKIES}")
    words = ["-b", COOKIES, "-H", f"Referer: https://{PROVINCE}/admin/login/"]
    words += [field, f"csrfmiddlewaretoken={token}"]
    return curl(host, "/admin/login/", *words, *fields)


def blocked(answer) -> bool:
    """Refused by the application firewall: the program's own refusals are of another form."""
    status, _, body = answer
    return status == 403 and "<center>nginx</center>" in body


def portal(host, verb, standard_input=""):
    """Run the program's own command, as an operator does."""
    python = host.check_output(
        "sed -n 's/^ExecStart=\\([^ ]*\\).*/\\1/p' /etc/systemd/system/bentre-portal.service"
    )
    return host.run(f"printf %s {shlex.quote(standard_input)} | {python} -m bentre_portal {verb}")


def sql(host, statement) -> str:
    said = f"cd /; echo {shlex.quote(statement)} | runuser -u postgres -- psql -XAtq portal"
    return host.check_output(said)


def shake_hands(host, more="", site=PROVINCE) -> str:
    """What openssl says of a handshake."""
    at = f"-connect {address(host)}:443 -servername {site} {more}"
    return host.check_output(
        f"openssl s_client {at} </dev/null 2>&1 | LC_ALL=C tr -cd '[:print:]\\n'"
    )


def serial(host, port) -> str:
    """The serial number of the certificate that a service shows."""
    more = "-starttls postgres" if port == PORTS["portal-database"] else ""
    return host.check_output(
        f"openssl s_client -connect {address(host)}:{port} -servername {PROVINCE} {more}"
        " </dev/null 2>/dev/null | openssl x509 -noout -serial"
    ).partition("=")[2]
