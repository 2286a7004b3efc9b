"""Time-stamp authority (RFC 3161, with ESSCertIDv2)."""

import datetime
import hashlib
import secrets

from asn1crypto import algos, cms, core, tsp, x509

from .certificates import parsed
from .token import DIGEST, Token, mechanism_of

CONTENT_TYPE = "application/timestamp-reply"
_LENGTHS = {"sha256": 32, "sha384": 48, "sha512": 64}


class _Response(core.Sequence):  # type: ignore[misc]
    """asn1crypto's demands a token, which a rejection has not."""

    _fields = [  # noqa: RUF012 - asn1crypto's way
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class TimeStampAuthority:
    """Says at what time a digest was there.

    Attributes:
        token: has the key.
        name: the key.
        chain: its certificate, and the authorities'.
        policy: object identifier of the policy.
    """

    def __init__(self, token: Token, name: str, chain: list[x509.Certificate], policy: str) -> None:
        self._token, self._name, self._policy = token, name, policy
        self._chain = [certificate.dump() for certificate in chain]

    def answer(self, request: bytes) -> tuple[bytes, str]:
        """Answer a request; also what was said, for the journal.

        Raises:
            pkcs11.PKCS11Error: the token does not sign.
        """
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            length = len(imprint["hashed_message"].native)
            policy = asked["req_policy"].native
            nonce, certificates = asked["nonce"].native, bool(asked["cert_req"].native)
            extensions = asked["extensions"].native
        except (ValueError, TypeError, KeyError):
            return _rejected("bad_data_format")
        if _LENGTHS.get(algorithm) != length:
            return _rejected("bad_alg")
        if policy not in {None, self._policy}:
            return _rejected("unaccepted_policy")
        if extensions:
            return _rejected("unaccepted_extensions")
        info = {
            "version": "v1",
            "policy": self._policy,
            "message_imprint": imprint,
            "serial_number": secrets.randbits(127),
            "gen_time": datetime.datetime.now(datetime.UTC).replace(microsecond=0),
            "accuracy": {"seconds": 1},
        }
        if nonce is not None:
            info["nonce"] = nonce
        content = cms.ContentInfo(
            {"content_type": "signed_data", "content": self._signed(info, certificates)}
        )
        response = _Response({"status": {"status": "granted"}, "time_stamp_token": content})
        return response.dump(), f"granted {info['serial_number']:X}"

    def _signed(self, info: dict[str, object], certificates: bool) -> cms.SignedData:
        stated, chain = tsp.TSTInfo(info).dump(), parsed(self._chain)
        certificate, mechanism = chain[0], mechanism_of(chain[0].public_key)
        digest = algos.DigestAlgorithm({"algorithm": DIGEST})
        identity = tsp.SigningCertificateV2(
            {"certs": [{"cert_hash": hashlib.sha256(certificate.dump()).digest()}]}
        )
        values = {
            "content_type": "tst_info",
            "message_digest": hashlib.sha256(stated).digest(),
            "signing_certificate_v2": identity,
        }
        attributes = cms.CMSAttributes(
            [cms.CMSAttribute({"type": name, "values": [v]}) for name, v in values.items()]
        )
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
            ),
            "digest_algorithm": digest,
            "signature_algorithm": mechanism,
            "signed_attrs": attributes,
            "signature": self._token.sign(self._name, attributes.dump(), mechanism),
        }
        data = {
            "version": "v3",
            "digest_algorithms": [digest],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": cms.ParsableOctetString(stated),
            },
            "signer_infos": [signer],
        }
        if certificates:
            data["certificates"] = chain
        return cms.SignedData(data)


def _rejected(why: str) -> tuple[bytes, str]:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {why}})
    return _Response({"status": status}).dump(), f"rejected {why}"
