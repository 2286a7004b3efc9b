"""Seals a report's PDF (PAdES, ETSI EN 319 142) with a key of this machine.

For sites without a signing node. A seal of a local key shows that nothing was changed since; who
stands behind it is as sure as the key's certificate. It carries this machine's time, no time stamp.
"""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError

from bentre_infra.runtime.errors import BentreError

FIELD = "bentre-audit"
_SMALLEST_RSA, _SMALLEST_CURVE = 2048, 256
"""Bits (TT 15/2025)."""


def with_key(
    key: Path, certificate: Path, chain: tuple[Path, ...] = ()
) -> Callable[[bytes], bytes]:
    """Return a seal made with a private key in a PEM file, readable by its owner alone.

    Args:
        key: unencrypted PKCS#8; RSA of 2048 bits or more, or ECDSA of 256 or more (TT 15/2025).
        certificate: of the key, PEM.
        chain: certificates between it and a root, PEM.

    Raises:
        BentreError: a file is missing, the key is open to others or too short, or key and
            certificate do not fit; from the seal, that the document cannot be sealed.
    """
    for path in (key, certificate, *chain):
        if not path.is_file():
            raise BentreError(f"{path}: no such file", "name the key and its certificate, PEM")
    if key.stat().st_mode & 0o077:
        raise BentreError(f"{key}: others may read this private key", f"chmod 600 {key}")
    _check(key, certificate)
    signer = SimpleSigner.load(key, certificate, ca_chain_files=chain, prefer_pss=True)
    if signer is None:  # pyHanko has logged why
        raise BentreError(f"{key} with {certificate}: pyHanko cannot sign with them")
    metadata = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )

    def seal(document: bytes) -> bytes:
        try:
            writer = IncrementalPdfFileWriter(BytesIO(document))
            output: BytesIO = PdfSigner(metadata, signer).sign_pdf(writer)
        except (SigningError, PdfError, ValueError) as e:
            raise BentreError(f"the PDF cannot be sealed: {e}") from e
        return output.getvalue()

    return seal


def _check(key: Path, certificate: Path) -> None:
    """Refuse what would seal badly, or not at all."""
    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as e:
        raise BentreError(f"{key}: {e}", "a PEM file with a PKCS#8 key without a password") from e
    try:
        public = load_pem_x509_certificate(certificate.read_bytes()).public_key()
    except ValueError as e:
        raise BentreError(f"{certificate}: {e}", "a PEM file with an X.509 certificate") from e
    if not isinstance(private, RSAPrivateKey | EllipticCurvePrivateKey):
        raise BentreError(f"{key}: neither RSA nor ECDSA", "RSA or ECDSA (TT 15/2025)")
    least = _SMALLEST_RSA if isinstance(private, RSAPrivateKey) else _SMALLEST_CURVE
    if private.key_size < least:
        raise BentreError(f"{key}: {private.key_size} bits", f"{least} or more (TT 15/2025)")
    if private.public_key() != public:
        raise BentreError(f"{key}: is not the key of {certificate}", "name the right pair")
