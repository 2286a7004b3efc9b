"""The lab's own certificate authority and the certificate of its API front.

Profile of the certificates: RFC 5280; names in subjectAltName only matter (RFC 9525).
"""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bentre_infra.lab.secrets import write_private

_CA_DAYS = 3650
_FRONT_DAYS = 365
_RENEW_DAYS = 30
_CLOCK_SKEW = datetime.timedelta(hours=1)


def ensure(folder: Path, address: str, name: str) -> None:
    """Make the authority once, and a front certificate when there is none or it ends soon.

    Writes ``ca.pem``, ``ca.key``, and ``front.pem`` (certificate and key, as haproxy reads them).

    Args:
        folder: where the files lie; mode 0700.
        address: IP address of the front.
        name: its DNS name.
    """
    ca_file, key_file, front_file = folder / "ca.pem", folder / "ca.key", folder / "front.pem"
    if not (ca_file.exists() and key_file.exists()):
        key = ec.generate_private_key(ec.SECP256R1())
        write_private(key_file, _pem(key))
        write_private(ca_file, _certificate_pem(_authority(key)))
        front_file.unlink(missing_ok=True)
    if front_file.exists() and not _ends_soon(front_file.read_bytes()):
        return
    ca = x509.load_pem_x509_certificate(ca_file.read_bytes())
    ca_key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)  # noqa: S101  (we wrote it above)
    front_key = ec.generate_private_key(ec.SECP256R1())
    front = _front(front_key.public_key(), ca, ca_key, address, name)
    write_private(front_file, _certificate_pem(front) + _pem(front_key))


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bentre lab CA")])
    return (
        _builder(subject, subject, key.public_key(), _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _front(
    public_key: ec.EllipticCurvePublicKey,
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    address: str,
    name: str,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName(name)]
    )
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _builder(subject, ca.subject, public_key, _FRONT_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(names, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(issuer_id, critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _ends_soon(pem: bytes) -> bool:
    left = x509.load_pem_x509_certificate(pem).not_valid_after_utc - datetime.datetime.now(
        datetime.UTC
    )
    return left < datetime.timedelta(days=_RENEW_DAYS)


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _certificate_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
