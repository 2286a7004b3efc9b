"""Seals a document (PAdES B-T, B-LT), and signs what is none (CAdES B-T)."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pkcs11
from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import Signer
from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from .certificates import parsed, trust, usable
from .refusals import RefusedError
from .token import DIGEST, Token, mechanism_of

LEVELS = ("B-T", "B-LT")


class TokenSigner(Signer):  # type: ignore[misc]
    """pyHanko's way to a key of the token."""

    def __init__(self, token: Token, name: str, chain: list[x509.Certificate]) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(chain[1:])
        super().__init__(
            signing_cert=chain[0],
            cert_registry=store,
            embed_roots=False,
            signature_mechanism=mechanism_of(chain[0].public_key, pss=True),
        )
        self._token, self._name = token, name

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """Sign; pyHanko asks for a length first."""
        self._check_digest_algorithm(digest_algorithm)
        if dry_run:
            return bytes(self.signing_cert.public_key.byte_size * 2 + 16)
        return self.sign(data)

    def sign(self, data: bytes) -> bytes:
        """Sign."""
        return self._token.sign(self._name, data, self.signature_mechanism)


class Sealer:
    """Seals with one key of the token, and time stamps of the authority at ``time_stamp_url``."""

    def __init__(
        self,
        token: Token,
        name: str,
        chain: list[x509.Certificate],
        time_stamp_url: str,
        timeout: int,
    ) -> None:
        self._token, self._name = token, name
        self._chain = [certificate.dump() for certificate in chain]
        self._time_stamp_url, self._timeout = time_stamp_url, timeout

    def chain(self) -> list[x509.Certificate]:
        """The key's certificate and those of its authorities, for one piece of work."""
        return parsed(self._chain)

    def try_token(self) -> None:
        """Sign something that is thrown away.

        Raises:
            RefusedError: the token does not sign.
        """
        try:
            TokenSigner(self._token, self._name, self.chain()).sign(b"health")
        except pkcs11.PKCS11Error as error:
            raise RefusedError("token-fault", type(error).__name__) from error

    async def seal(self, document: bytes, level: str, texts: dict[str, str]) -> bytes:
        """Seal a document; ``texts`` may have a reason and a location.

        The certificate is looked at before anything is signed, at each level: pyHanko itself
        seals at B-T with a revoked one.

        Raises:
            RefusedError: it is refused.
        """
        writer, chain = _read(document), self.chain()
        async with trust(chain[1:], self._timeout) as context:
            await usable(chain, context)
            metadata = PdfSignatureMetadata(
                field_name=_free_field(writer),
                md_algorithm=DIGEST,
                subfilter=SigSeedSubFilter.PADES,
                embed_validation_info=level == "B-LT",
                validation_context=context,
                **{name: unicodedata.normalize("NFC", text) for name, text in texts.items()},
            )
            with _refusals():
                stamper = await self._stamper(context)
                key = TokenSigner(self._token, self._name, chain)
                signer = PdfSigner(metadata, key, timestamper=stamper)
                output = await signer.async_sign_pdf(writer)
        sealed: bytes = output.getvalue()
        return sealed

    async def sign(self, data: bytes) -> bytes:
        """Sign any bytes: a detached signature with a time stamp in it (CAdES B-T, RFC 5652).

        Raises:
            RefusedError: it is refused, as a document is.
        """
        chain = self.chain()
        async with trust(chain[1:], self._timeout) as context:
            await usable(chain, context)
            with _refusals():
                stamper = await self._stamper(context)
                key = TokenSigner(self._token, self._name, chain)
                signed = await key.async_sign_general_data(
                    data, DIGEST, detached=True, use_cades=True, timestamper=stamper
                )
        signature: bytes = signed.dump()
        return signature

    async def _stamper(self, context: ValidationContext) -> HTTPTimeStamper:
        """The authority of time stamps; raises where its own certificate is not good."""
        stamper = HTTPTimeStamper(self._time_stamp_url, timeout=self._timeout)
        async for _ in stamper.validation_paths(context):
            pass
        return stamper


@contextmanager
def _refusals() -> Iterator[None]:
    """What goes wrong while something is signed, as a client is told."""
    try:
        yield
    except pkcs11.PKCS11Error as error:
        raise RefusedError("token-fault", type(error).__name__) from error
    except (TimestampRequestError, OSError) as error:
        raise RefusedError("time-stamp-missing", str(error)) from error
    except (ValidationError, PathBuildingError) as error:
        raise RefusedError("certificate-not-good", str(error)) from error
    except (SigningError, PdfError, ValueError) as error:
        raise RefusedError("not-sealable", str(error)) from error


def _read(document: bytes) -> IncrementalPdfFileWriter:
    try:
        writer = IncrementalPdfFileWriter(BytesIO(document))
        enumerate_sig_fields(writer)
    except Exception as error:
        raise RefusedError("no-document", f"{type(error).__name__}: {error}") from error
    return writer


def _free_field(writer: Any) -> str:
    taken = {name for name, *_ in enumerate_sig_fields(writer)}
    return next(name for n in range(1, len(taken) + 2) if (name := f"Seal{n}") not in taken)
