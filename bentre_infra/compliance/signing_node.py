"""The site's signing node, asked to seal an audit: its key never leaves its token.

It is asked over SSH, as nodes are read: the operator needs no certificate of a client, and the flow
matrix no further line. The node shows its own certificate to itself; ``signing_service_clients``
has to name it (docs/signing.md).
"""

import json
import subprocess
from dataclasses import dataclass
from shlex import join
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from bentre_infra.compliance.gather.transport import Target, as_root
from bentre_infra.compliance.seal import Signed, TimeStamps
from bentre_infra.runtime.errors import BentreError

_PATIENCE = 120  # seconds: the node asks about its certificate first
_REASON = "Kết quả đánh giá an toàn hệ thống thông tin"

# a body on standard input, the answer and its status
_ASK = """
import json, socket, ssl, sys, http.client
path, kind = sys.argv[1:]
told = json.load(open("/etc/bentre/signing/service.json"))
body = sys.stdin.buffer.read()
address = told["addresses"][0]
if path == "time-stamp":
    line, path = http.client.HTTPConnection(address, told["time_stamp_port"], timeout=60), "/"
else:
    trust = ssl.create_default_context(cafile=told["client_authorities"])
    trust.load_cert_chain(told["certificate"], told["key"])
    raw = socket.create_connection((address, told["port"]), 60)
    line = http.client.HTTPConnection(told["node"])
    line.sock = trust.wrap_socket(raw, server_hostname=told["node"])
line.request("POST", path, body, {"Content-Type": kind})
answer = line.getresponse()
sys.stdout.buffer.write(b"%d\\n" % answer.status + answer.read())
"""


@dataclass(frozen=True)
class SigningNode:
    """A node with the role signing_service.

    Attributes:
        target: the way to it.
    """

    target: Target

    @property
    def name(self) -> str:
        """Its name."""
        return self.target.name

    def sign(self, data: bytes) -> Signed:
        """Sign bytes (CAdES B-T).

        Raises:
            BentreError: the node is not reached, or refuses; the text says why.
        """
        signature = self._ask("/sign", "application/octet-stream", data)
        return Signed(signature, _signer(signature))

    def seal(self, document: bytes) -> bytes:
        """Seal a PDF (PAdES B-LT).

        Raises:
            BentreError: as :meth:`sign`.
        """
        asked = urlencode({"level": "B-LT", "reason": _REASON})
        return self._ask(f"/seal?{asked}", "application/pdf", document)

    @property
    def time_stamps(self) -> TimeStamps:
        """Its authority of time stamps."""
        return TimeStamps(
            self.name, lambda query: self._ask("time-stamp", "application/timestamp-query", query)
        )

    def _ask(self, path: str, kind: str, body: bytes) -> bytes:
        python = join(["/usr/bin/python3", "-IBc", _ASK, path, kind])
        argv = self.target.command(as_root(python))
        try:
            done = subprocess.run(
                argv, input=body, capture_output=True, timeout=_PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            raise BentreError(f"{self.name}: no answer after {_PATIENCE} s") from None
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise BentreError(f"{self.name}: {(said or ['it said nothing'])[0]}")
        status, _, answer = done.stdout.partition(b"\n")
        if status != b"200":
            raise BentreError(f"{self.name}: {_refusal(answer) or status.decode()}")
        return answer


def _refusal(answer: bytes) -> str:
    try:
        told = json.loads(answer)
        return f"{told['en']} ({told['detail'] or told['error']})"
    except (ValueError, KeyError, TypeError):
        return ""


def _signer(signature: bytes) -> bytes:
    """The certificate of whoever signed; the others in it are authorities'.

    Raises:
        BentreError: there is none.
    """
    try:
        found = pkcs7.load_der_pkcs7_certificates(signature)
    except ValueError as e:
        raise BentreError("the signing node's answer is no signature") from e
    for certificate in found:
        try:
            basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        except x509.ExtensionNotFound:
            basic = None
        if basic is None or not basic.ca:
            return certificate.public_bytes(Encoding.PEM)
    raise BentreError("the signing node's answer has no certificate of its key")
