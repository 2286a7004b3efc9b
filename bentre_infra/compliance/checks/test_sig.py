"""Digital signatures."""

import json
import re

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from bentre_infra.compliance.checks.common import requires, shown
from bentre_infra.compliance.checks.control import Judge, control, not_assessed
from bentre_infra.compliance.facts.host import Host

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_FOLDER = r"/etc/bentre/signing/(certificates/)?(?!authorities|clients?)[^/]*\.pem"


def _service(host: Host) -> None:
    here = host.active(r"bentre-signing\.service") or host.paths(r"/etc/bentre/signing/.*\.json")
    requires(here, "signs nothing", "máy không ký số")


def _certificates(host: Host) -> list[x509.Certificate]:
    found = _PEM.findall(host.texts(_FOLDER))
    if not found:
        raise not_assessed(
            "no certificate of a signing key is here yet", "chưa có chứng thư của khóa ký"
        )
    return [x509.load_pem_x509_certificate(pem.encode()) for pem in found]


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


@control("SIG-01")
def test_algorithms(host: Host, judge: Judge) -> None:
    """Keys of RSA >= 2048 or ECDSA >= 256 bits, certificates without SHA-1."""
    _service(host)
    for certificate in _certificates(host):
        key = certificate.public_key()
        strong = (isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048) or (
            isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 256
        )
        said = f"{type(key).__name__.strip('_')} {getattr(key, 'key_size', '')}".strip()
        judge.expect(
            strong,
            "RSA >= 2048, or ECDSA >= 256",
            said,
            f"{_name(certificate)}: its key is too weak",
            f"{_name(certificate)}: khóa quá yếu",
        )
        digest = certificate.signature_hash_algorithm
        judge.expect(
            digest is None or digest.name not in ("sha1", "md5"),
            "SHA-2 or SHA-3",
            digest.name if digest else "of its own",
            f"{_name(certificate)}: signed with SHA-1",
            f"{_name(certificate)}: ký bằng SHA-1",
        )


@control("SIG-04")
def test_time_stamps(host: Host, judge: Judge) -> None:
    """A certificate for time stamps alone, said critically (RFC 3161 section 2.3)."""
    _service(host)
    found = []
    for certificate in _certificates(host):
        try:
            usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        except x509.ExtensionNotFound:
            continue
        if ExtendedKeyUsageOID.TIME_STAMPING in usage.value:
            found.append(usage)
    judge.expect(
        any(u.critical and len(list(u.value)) == 1 for u in found),
        "EKU timeStamping, critical, alone",
        f"{len(found)} certificates for time stamps",
        "no certificate is for time stamps alone",
        "không có chứng thư chuyên dùng cấp dấu thời gian",
    )
    running = host.active(r"bentre-signing-time-stamps\.service")
    judge.expect(
        bool(running),
        "the service is active",
        shown(running, "inactive"),
        "nobody gives time stamps",
        "dịch vụ dấu thời gian không chạy",
    )


@control("SIG-05")
def test_keys_in_hardware(host: Host, judge: Judge) -> None:
    """The PKCS #11 module is a device's, not SoftHSM's; no private key lies in a file."""
    _service(host)
    files = [p for p in host.paths(r"/etc/bentre/signing/.*\.pem") if "PRIVATE KEY" in host.text(p)]
    judge.expect(
        not files,
        "no private key in a file",
        shown(files),
        "a signing key lies in a file",
        "khóa ký nằm trong tệp",
    )
    soft = sorted({"softhsm2", "libsofthsm2"} & set(host.packages))
    judge.expect(
        not soft,
        "a device's PKCS #11 module",
        shown(soft, "no SoftHSM"),
        "keys lie in SoftHSM, a token of software for tests",
        "khóa nằm trong SoftHSM (token phần mềm dùng để thử)",
    )


@control("SIG-06")
def test_trust_anchors(host: Host, judge: Judge) -> None:
    """The service has a list of authorities of its own, and not the distribution's."""
    _service(host)
    path = "/etc/bentre/signing/authorities.pem"
    anchors = _PEM.findall(host.text(path))
    judge.expect(
        0 < len(anchors) <= 20,
        "1-20 authorities, named",
        f"{len(anchors)}",
        "the service trusts nobody by name, or everybody's authorities",
        "chưa chỉ định tổ chức chứng thực tin cậy",
    )
    try:
        settings = json.loads(host.text("/etc/bentre/signing/service.json") or "{}")
    except ValueError:
        settings = {}
    judge.expect(
        "ca-certificates" not in json.dumps(settings) and "/etc/ssl/certs" not in str(settings),
        "not the system's list",
        "its own",
        "the system's whole list of authorities counts",
        "đang tin toàn bộ danh sách của hệ điều hành",
    )
