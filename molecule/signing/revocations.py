"""The throw-away authority's list, with each host's NAME on it: ``revocations.py FOLDER NAME``."""

import datetime
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

folder, name = Path(sys.argv[1]), sys.argv[2]
now = datetime.datetime.now(datetime.UTC)
key = serialization.load_pem_private_key((folder / "authority-key.pem").read_bytes(), None)
assert isinstance(key, ec.EllipticCurvePrivateKey)
authority = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
builder = (
    x509.CertificateRevocationListBuilder()
    .issuer_name(authority.subject)
    .last_update(now - datetime.timedelta(minutes=1))
    .next_update(now + datetime.timedelta(days=1))
)
for file in folder.glob(f"*/{name}/certificate.pem"):
    serial = x509.load_pem_x509_certificate(file.read_bytes()).serial_number
    builder = builder.add_revoked_certificate(
        x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
    )
pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
(folder / "crl.pem").write_bytes(pem)
