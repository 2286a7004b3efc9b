"""Certificates of a throw-away authority: ``certificates.py FOLDER HOST ADDRESSES NAMES SITES``.

Leaves in ``FOLDER/HOST`` what ``roles/pki`` leaves in ``/etc/bentre/pki`` of a node:
``authorities.pem``, and for each name ``NAME/certificate.pem`` and ``NAME/key.pem``.
"""

import datetime
import sys
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_NOW = datetime.datetime.now(datetime.UTC)
_AUTHORITY_USAGE = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def main(folder: Path, host: str, addresses: list[str], names: list[str], sites: list[str]) -> None:
    """Issue a host's certificates, valid for its name, ``localhost``, its addresses and sites."""
    authority, authority_key = _authority(folder)
    subjects = [x509.DNSName(name) for name in (host, "localhost", *sites)]
    subjects += [x509.IPAddress(ip_address(address)) for address in addresses]
    own = folder / host
    own.mkdir(parents=True, exist_ok=True)
    (own / "authorities.pem").write_bytes(_pem(authority))
    for name in names:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _begin(host, authority.subject, key, authority_key)
            .add_extension(x509.SubjectAlternativeName(subjects), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
                ),
                critical=False,
            )
            .sign(authority_key, hashes.SHA256())
        )
        (own / name).mkdir(exist_ok=True)
        (own / name / "certificate.pem").write_bytes(_pem(certificate))
        _write_key(own / name / "key.pem", key)


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The one of this folder; made when there is none."""
    file, key_file = folder / "authority.pem", folder / "authority-key.pem"
    if file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return x509.load_pem_x509_certificate(file.read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Molecule")])
    certificate = (
        _begin("Molecule", name, key, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_AUTHORITY_USAGE, critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    _write_key(key_file, key)
    file.write_bytes(_pem(certificate))
    return certificate, key


def _begin(
    subject: str,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    """With both keys' identifiers, without which Python 3.13 takes no certificate."""
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOW - datetime.timedelta(minutes=5))
        .not_valid_after(_NOW + datetime.timedelta(days=2))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


if __name__ == "__main__":
    listed = [argument.split(",") if argument else [] for argument in sys.argv[3:]]
    main(Path(sys.argv[1]), sys.argv[2], *listed)
