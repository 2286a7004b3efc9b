"""Who signs an audit, and who says when.

The signing node does (:mod:`.signing_node`). Where a site has none, a key of this machine signs: an
ECDSA key of 256 bits (TT 15/2025: >= 256) with a certificate of its own, made once, which is what
an auditor keeps to know it again. A time stamp of a service (RFC 3161) can be added.
"""

import os
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

_YEARS = 10


class Signed(NamedTuple):
    """A signature (detached CMS, DER), and the certificate of its key (PEM)."""

    signature: bytes
    certificate: bytes


class Sealer(Protocol):
    """Signs bytes, and seals the PDF that people read."""

    @property
    def name(self) -> str:
        """Who it is."""

    def sign(self, data: bytes) -> Signed:
        """Sign any bytes."""

    def seal(self, document: bytes) -> bytes:
        """Seal a PDF (PAdES)."""


@dataclass(frozen=True)
class LocalKey:
    """A key in a file of this machine.

    Attributes:
        folder: ``audit-key.pem`` and ``audit-signer.pem`` are in it; they are made when missing.
        site: of whom the certificate speaks.
    """

    folder: Path
    site: str

    @property
    def name(self) -> str:
        """Who it is."""
        return "a key of this machine"

    @property
    def _key_file(self) -> Path:
        return self.folder / "audit-key.pem"

    @property
    def _certificate_file(self) -> Path:
        return self.folder / "audit-signer.pem"

    def seal(self, document: bytes) -> bytes:
        """Seal a PDF (PAdES B-B: this machine's time, no time stamp).

        Raises:
            BentreError: the key or the document is not what it has to be.
        """
        from bentre_infra.compliance.reports.sealing import with_key  # noqa: PLC0415  (pyHanko)

        self._ensure()
        return with_key(self._key_file, self._certificate_file)(document)

    def sign(self, data: bytes) -> Signed:
        """Sign any bytes (CMS).

        Raises:
            BentreError: the file of the key has another one.
        """
        self._ensure()
        key = serialization.load_pem_private_key(self._key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise BentreError(f"{self._key_file}: is no EC key", "remove it: a new one is made")
        pem = self._certificate_file.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
        signer = builder.add_signer(certificate, key, hashes.SHA256())
        return Signed(signer.sign(serialization.Encoding.DER, options), pem)

    def _ensure(self) -> None:
        if self._key_file.exists() and self._certificate_file.exists():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, f"bentre audit {self.site}"[:64])]
        )
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=365 * _YEARS))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_signs_only(), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write_private(
            self._key_file,
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )
        self._certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _signs_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_private(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


@dataclass(frozen=True)
class TimeStamps:
    """A time-stamping service (RFC 3161).

    Attributes:
        name: how errors call it.
        ask: hands it a request (DER), and returns its answer.
    """

    name: str
    ask: Callable[[bytes], bytes]

    def stamp(self, data: bytes) -> bytes:
        """Ask for a time stamp; the answer (TimeStampResp, DER).

        Raises:
            BentreError: the service cannot be reached, or gives none.
        """
        with tempfile.TemporaryDirectory() as folder:
            content, query = Path(folder, "data"), Path(folder, "query")
            content.write_bytes(data)
            run(["openssl", "ts", "-query", "-data", content, "-sha256", "-cert", "-out", query])
            reply = Path(folder, "reply")
            reply.write_bytes(self.ask(query.read_bytes()))
            said = run(["openssl", "ts", "-reply", "-in", reply, "-text"])
            if "Status: Granted" not in said:
                raise BentreError(f"{self.name}: gave no time stamp: {said.splitlines()[1:2]}")
            return reply.read_bytes()


def over_http(url: str) -> TimeStamps:
    """A service over HTTP (RFC 3161 section 3.4).

    Raises:
        BentreError: the address is none of HTTP; when asked, that it does not answer.
    """
    if not url.startswith(("http://", "https://")):
        raise BentreError(f"{url}: is no http or https address", "http://HOST:PORT/")

    def ask(query: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query"}
        request = urllib.request.Request(url, query, headers)  # noqa: S310  (looked at above)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                data: bytes = answer.read(1_000_000)
        except OSError as e:
            raise BentreError(f"{url}: no time stamp: {e}", "leave --stamp out") from e
        return data

    return TimeStamps(url, ask)
