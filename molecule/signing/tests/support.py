"""What both sets of tests use."""

import base64
import contextlib
import json
import re
import shlex
import unicodedata
from urllib.parse import quote

PKI = "/etc/bentre/pki"
ETC = "/etc/bentre/signing"
AUTHORITY = "runuser -u bentre-lab-ca -- /usr/local/lib/bentre/signing-lab-authority"
UNITS = "bentre-signing-time-stamps.service bentre-signing.service"
REASON = "Ban hành Nghị quyết số 12/NQ-HĐND"
PLACE = "Bến Tre"


def pdf(text: str) -> bytes:
    """A small document."""
    stream = f"BT /F1 14 Tf 72 720 Td ({text}) Tj ET".encode()
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
    page += b"/Resources<</Font<</F1 5 0 R>>>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        font,
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    return out + (
        b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (table, start)
    )


def put(host, file: str, content: bytes) -> str:
    """Leave a file on the host."""
    text = base64.b64encode(content).decode()
    host.check_output(f"echo {text} | base64 -d > {file}")
    return file


def content(host, file: str) -> bytes:
    return base64.b64decode(host.check_output(f"base64 -w0 {file}"))


def name(host) -> str:
    return host.check_output("hostname")


ANSWER = "/var/tmp/answer"


def ask(host, path, file=None, *, out=ANSWER, certificate="signing", at="localhost"):
    """Ask as curl does; the status (000 where there was no answer), and what it said."""
    mine = f"--cert {PKI}/{certificate}/certificate.pem --key {PKI}/{certificate}/key.pem"
    body = f"-H 'Content-Type: application/pdf' --data-binary @{file}" if file else ""
    said = host.run(
        f"rm -f {out}; curl -sS --cacert {PKI}/authorities.pem {mine if certificate else ''} {body}"
        f" -w '%{{http_code}}' -o {out} --resolve localhost:443:{address(host)}"
        f" {shlex.quote(f'https://{at}/{path}')} 2>/var/tmp/curl; true"
    )
    return said.stdout.strip()


def address(host) -> str:
    return json.loads(host.check_output(f"cat {ETC}/service.json"))["addresses"][0]


def refused(host, out=ANSWER) -> dict:
    """What a refusal says, in two languages."""
    said = json.loads(host.check_output(f"cat {out}"))
    assert said["vi"] == unicodedata.normalize("NFC", said["vi"])
    assert said["en"]
    return said


def seal(host, file, out, level="B-LT", reason=REASON):
    """The status; the sealed document is in ``out``."""
    texts = f"reason={quote(reason)}&location={quote(PLACE)}"
    return ask(host, f"seal?level={level}&{texts}", file, out=out)


def validated(host, file) -> dict:
    assert ask(host, "validate", file) == "200"
    return json.loads(host.check_output("cat /var/tmp/answer"))


def pdfsig(host, file) -> str:
    """What an independent program says of a document; our root is all that it trusts."""
    database = "/var/tmp/nss"
    host.check_output(
        f"test -d {database} || (mkdir {database} && certutil -N -d sql:{database} --empty-password"
        f" && certutil -A -d sql:{database} -n root -t CT,C,C -i {ETC}/authorities.pem)"
    )
    return host.run(f"pdfsig -nssdir {database} {file}").stdout


def serial(host, key="seal") -> str:
    file = f"{ETC}/certificates/{key}.pem"
    return host.check_output(f"openssl x509 -noout -serial -in {file}").partition("=")[2]


@contextlib.contextmanager
def revoked(host, key="seal"):
    """Its certificate is revoked for a while."""
    number = serial(host, key)
    host.check_output(f"{AUTHORITY} revoke {number}")
    try:
        yield number
    finally:
        host.check_output(f"{AUTHORITY} restore {number}")


def python(host, code: str):
    """Run code with the service's own program and its token, as root."""
    release = host.check_output("systemctl show -p ExecStart --value bentre-signing.service")
    interpreter = re.search(r"path=(\S+)", release)[1]
    put(host, "/var/tmp/code.py", code.encode())
    environment = f"SOFTHSM2_CONF={ETC}/softhsm2.conf CREDENTIALS_DIRECTORY={ETC}"
    return host.run(f"{environment} {interpreter} /var/tmp/code.py")
