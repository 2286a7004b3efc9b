"""Validates the signatures of a document (ETSI EN 319 102-1, with long-term data)."""

from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus
from pyhanko.sign.validation import KeyUsageConstraints
from pyhanko.sign.validation.ades import ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from .certificates import NO_ANSWER, roots
from .refusals import RefusedError


async def validate(document: bytes, timeout: int) -> dict[str, Any]:
    """Say of each signature whether it holds, and of the document whether all do.

    Raises:
        RefusedError: it is no document, or an authority does not answer.
    """
    backend = AIOHttpFetcherBackend(per_request_timeout=timeout)
    try:
        reader = PdfFileReader(BytesIO(document))
        results = [
            await _signature(signature, _rules(backend))
            for signature in reader.embedded_regular_signatures
        ]
    except TimeoutError as error:
        raise RefusedError("certificate-not-good", NO_ANSWER) from error
    except Exception as error:
        raise RefusedError("no-document", f"{type(error).__name__}: {error}") from error
    finally:
        await backend.close()
    return {"valid": bool(results) and all(r["valid"] for r in results), "signatures": results}


def _rules(backend: AIOHttpFetcherBackend) -> PdfSignatureValidationSpec:
    """Revocation must be known. No certificate is fetched from where a document says."""
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(trust_roots=roots()),
                revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.ALWAYS_FETCH,
                fetcher_backend=backend,
                certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
            ),
            key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
        )
    )


async def _signature(signature: Any, rules: PdfSignatureValidationSpec) -> dict[str, Any]:
    result, status = await _result(signature, rules)
    certificate = signature.signer_cert
    passed = result.ades_subindic.status is AdESStatus.PASSED
    return {
        "field": signature.field_name,
        "valid": bool(passed and status and status.intact and status.docmdp_ok),
        "indication": result.ades_subindic.status.name,
        "sub_indication": result.ades_subindic.standard_name,
        "detail": result.failure_msg or "",
        "intact": bool(status and status.intact),
        "coverage": status.coverage.name if status else "",
        "signer": certificate.subject.human_friendly,
        "serial": f"{certificate.serial_number:X}",
        "time": result.best_signature_time.isoformat() if result.best_signature_time else "",
        "reason": str(signature.sig_object.get("/Reason", "")),
        "location": str(signature.sig_object.get("/Location", "")),
    }


async def _result(signature: Any, rules: PdfSignatureValidationSpec) -> tuple[Any, Any]:
    """As things are now, with its time stamp; else as they were when it was archived (B-LTA).

    Who was revoked after the time stamp had still signed with a good certificate.
    """
    signature.compute_integrity_info(diff_policy=rules.diff_policy)
    now = await ades_with_time_validation(
        signature.signed_data,
        rules.signature_validation_spec,
        raw_digest=signature.compute_digest(),
        extra_status_kwargs=signature.summarise_integrity_info(),
        status_cls=PdfSignatureStatus,
    )
    if now.ades_subindic.status is AdESStatus.INDETERMINATE:
        archived = await ades_lta_validation(signature, rules)
        if archived.ades_subindic.status is AdESStatus.PASSED:
            return archived, archived.api_status
    return now, now.api_status
