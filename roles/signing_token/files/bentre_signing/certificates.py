"""Certificates of the token's keys, and whether they may be used now."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from asn1crypto import csr, pem, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, RevokedError, ValidationError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

from .refusals import RefusedError
from .settings import FOLDER, STATE

NO_ANSWER = "the authority does not answer"


def chain_of(name: str) -> list[x509.Certificate]:
    """The certificate of a key, and those of its authorities."""
    return load(FOLDER / "certificates" / f"{name}.pem")


def roots() -> list[x509.Certificate]:
    """Authorities whose seals are accepted."""
    return load(FOLDER / "authorities.pem")


def load(file: Path) -> list[x509.Certificate]:
    """Read a file of certificates (PEM)."""
    return parsed([der for _, _, der in pem.unarmor(file.read_bytes(), True)])


def parsed(chain: list[bytes]) -> list[x509.Certificate]:
    """Certificates for one piece of work.

    asn1crypto's objects change while they are read and written again, so that two threads that
    share one destroy each other's.
    """
    return [x509.Certificate.load(der) for der in chain]


def belongs(name: str, file: Path) -> bool:
    """Whether the first certificate of a file is for this key of the token."""
    request = (STATE / "requests" / f"{name}.csr").read_bytes()
    asked = csr.CertificationRequest.load(pem.unarmor(request)[2])["certification_request_info"]
    same: bool = load(file)[0].public_key.dump() == asked["subject_pk_info"].dump()
    return same


@asynccontextmanager
async def trust(
    intermediates: list[x509.Certificate], timeout: int
) -> AsyncIterator[ValidationContext]:
    """What decides on certificates: revocation is asked about, and no answer is no trust."""
    backend = AIOHttpFetcherBackend(per_request_timeout=timeout)
    try:
        yield ValidationContext(
            trust_roots=roots(),
            other_certs=intermediates,
            allow_fetching=True,
            revocation_mode="require",
            fetcher_backend=backend,
        )
    finally:
        await backend.close()


async def usable(chain: list[x509.Certificate], context: ValidationContext) -> None:
    """Look whether the certificate may sign now.

    Raises:
        RefusedError: it is revoked, has ended, or its authority does not say that it is good.
    """
    validator = CertificateValidator(chain[0], chain[1:], validation_context=context)
    try:
        await validator.async_validate_usage({"non_repudiation"})
    except RevokedError as error:
        raise RefusedError("certificate-revoked", str(error)) from error
    except (ValidationError, PathBuildingError) as error:
        raise RefusedError("certificate-not-good", str(error)) from error
    except TimeoutError as error:  # the library takes other faults for no answer, but not this one
        raise RefusedError("certificate-not-good", NO_ANSWER) from error
