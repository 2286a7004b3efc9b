"""Who signs an audit, and who says when.

A site's own key signs: an ECDSA key of 256 bits (TT 15/2025: >= 256) with a certificate of its
own, made once. Its certificate is what an auditor keeps to know it again. A time stamp of a service
(RFC 3161) can be added; the signing node's is one.
"""

import os
import tempfile
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

_YEARS = 10


class Sealer(Protocol):
    """Signs bytes."""

    @property
    def certificate(self) -> bytes:
        """Whose signature it is, PEM."""

    def sign(self, data: bytes) -> bytes:
        """Detached CMS signature, DER."""


class Stamper(Protocol):
    """Says that something was there at a time."""

    def stamp(self, data: bytes) -> bytes:
        """Answer of a time-stamping service, DER (RFC 3161: TimeStampResp)."""


@dataclass(frozen=True)
class LocalKey:
    """A key in a file of this machine.

    Attributes:
        folder: ``audit-key.pem`` and ``audit-signer.pem`` are in it; they are made when missing.
        name: of whom the certificate speaks.
    """

    folder: Path
    name: str

    @property
    def _key_file(self) -> Path:
        return self.folder / "audit-key.pem"

    @property
    def _certificate_file(self) -> Path:
        return self.folder / "audit-signer.pem"

    @property
    def certificate(self) -> bytes:
        """Its certificate, PEM."""
        self._ensure()
        return self._certificate_file.read_bytes()

    def sign(self, data: bytes) -> bytes:
        """Detached CMS signature, DER."""
        self._ensure()
        key = serialization.load_pem_private_key(self._key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise BentreError(f"{self._key_file}: is no EC key", "remove it: a new one is made")
        certificate = x509.load_pem_x509_certificate(self._certificate_file.read_bytes())
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
        return builder.add_signer(certificate, key, hashes.SHA256()).sign(
            serialization.Encoding.DER, options
        )

    def _ensure(self) -> None:
        if self._key_file.exists() and self._certificate_file.exists():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, f"bentre audit {self.name}"[:64])]
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
class HttpStamper:
    """A time-stamping service over HTTP (RFC 3161 section 3.4).

    Attributes:
        url: where it is.
    """

    url: str

    def stamp(self, data: bytes) -> bytes:
        """Ask for a time stamp.

        Raises:
            BentreError: the service cannot be reached, or gives none.
        """
        with tempfile.TemporaryDirectory() as folder:
            content, query = Path(folder, "data"), Path(folder, "query")
            content.write_bytes(data)
            run(["openssl", "ts", "-query", "-data", content, "-sha256", "-cert", "-out", query])
            reply = Path(folder, "reply")
            reply.write_bytes(self._ask(query.read_bytes()))
            said = run(["openssl", "ts", "-reply", "-in", reply, "-text"])
            if "Status: Granted" not in said:
                raise BentreError(f"{self.url}: gave no time stamp: {said.splitlines()[1:2]}")
            return reply.read_bytes()

    def _ask(self, query: bytes) -> bytes:
        if not self.url.startswith(("http://", "https://")):
            raise BentreError(f"{self.url}: is no http or https address", "http://HOST:PORT/")
        headers = {"Content-Type": "application/timestamp-query"}
        request = urllib.request.Request(self.url, query, headers)  # noqa: S310  (looked at above)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                data: bytes = answer.read(1_000_000)
        except OSError as e:
            raise BentreError(f"{self.url}: no time stamp: {e}", "leave --stamp out") from e
        return data
