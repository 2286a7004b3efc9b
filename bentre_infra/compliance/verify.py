"""Proves an evidence bundle, offline: every byte is the one that was sealed, and none was added."""

import hashlib
import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from bentre_infra.compliance.evidence import (
    FOLDER,
    MANIFEST,
    SIGNATURE,
    SIGNER,
    STAMP,
    VERSION,
)
from bentre_infra.compliance.store import AUDIT_FILE, read
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

_SEALED_BY_ITSELF = {MANIFEST, SIGNATURE, SIGNER, STAMP}


@dataclass(frozen=True)
class Verification:
    """What came of it.

    Attributes:
        problems: everything that is wrong; the bundle is whole when there is nothing.
        signer: SHA-256 of the certificate, hexadecimal: whoever trusts it compares it with theirs.
        subject: whose certificate it is, by its own word (RFC 4514).
        trusted: whether it is the certificate that the caller trusts, or leads to an authority that
            the caller trusts; None when neither was named.
        stamped: whether it has a time stamp; its authority has to be named to be proven.
    """

    problems: tuple[str, ...]
    files: int
    signer: str
    subject: str
    trusted: bool | None
    stamped: bool

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and self.trusted is not False


def verify(
    folder: Path, signer: Path | None = None, authorities: Path | None = None
) -> Verification:
    """Verify a bundle.

    Without ``signer`` it is proven to be what the key in it has sealed, whoever's that is.

    Args:
        signer: certificate (PEM) of the key that must have sealed it.
        authorities: certificates (PEM) that a time stamp must lead to, and the signer's certificate
            where an authority has given it.

    Raises:
        BentreError: it is no bundle at all.
    """
    manifest_file = folder / MANIFEST
    try:
        data = manifest_file.read_bytes()
        manifest: Any = json.loads(data)
        listed: dict[str, dict[str, Any]] = dict(manifest["files"])
        told = [str(e["sha256"]) for e in manifest["evidence"]]
        version = manifest["version"]
    except OSError as e:
        raise BentreError(f"{manifest_file}: {e.strerror}", "the folder of an audit") from e
    except (ValueError, KeyError, TypeError) as e:
        raise BentreError(f"{manifest_file}: is no manifest", "the folder of an audit") from e
    if version != VERSION:
        raise BentreError(f"{manifest_file}: version {version!r}, this program reads {VERSION}")
    problems = [*_files(folder, listed), *_told(folder, listed, told)]
    certificate, found = _certificate(folder / SIGNER)
    problems += found
    if certificate is not None:
        problems += _signature(folder, certificate)
    stamped = (folder / STAMP).exists()
    if stamped:
        problems += _stamp(folder, authorities)
    return Verification(
        problems=tuple(problems),
        files=len(listed),
        signer=certificate.fingerprint(hashes.SHA256()).hex() if certificate else "",
        subject=certificate.subject.rfc4514_string() if certificate else "",
        trusted=_trusted(folder, certificate, signer, authorities),
        stamped=stamped,
    )


def _files(folder: Path, listed: dict[str, dict[str, Any]]) -> list[str]:
    problems = []
    there = set()
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink() or not (path.is_file() or (path.is_dir() and name == FOLDER)):
            problems.append(f"{name}: does not belong here")
        elif path.is_file():
            there.add(name)
    problems += [f"{n}: was added" for n in sorted(there - set(listed) - _SEALED_BY_ITSELF)]
    for name, said in sorted(listed.items()):
        if name not in there:
            problems.append(f"{name}: is missing")
            continue
        data = (folder / name).read_bytes()
        if len(data) != said["size"] or hashlib.sha256(data).hexdigest() != said["sha256"]:
            problems.append(f"{name}: was changed")
    return problems


def _told(folder: Path, listed: dict[str, dict[str, Any]], told: list[str]) -> list[str]:
    """What the audit rests on is in the bundle, under its own name."""
    problems = [
        f"{name}: is not named after its content"
        for name, said in listed.items()
        if name.startswith(f"{FOLDER}/") and name != f"{FOLDER}/{said['sha256']}"
    ]
    problems += [f"{d}: evidence without a file" for d in told if f"{FOLDER}/{d}" not in listed]
    try:
        audit = read(folder / AUDIT_FILE)
    except BentreError as e:
        return [*problems, str(e)]
    known = set(told)
    problems += [
        f"finding {f.control} {f.subject}: its evidence {d[:12]} is not here"
        for f in audit.findings
        for d in f.evidence
        if d not in known
    ]
    return problems


def _certificate(path: Path) -> tuple[x509.Certificate | None, list[str]]:
    try:
        data = path.read_bytes()
        certificate = x509.load_pem_x509_certificate(data)
    except OSError:
        return None, [f"{SIGNER}: is missing"]
    except ValueError:
        return None, [f"{SIGNER}: is no certificate"]
    # whatever stands around a PEM block is read over, but not by us
    changed = certificate.public_bytes(Encoding.PEM) != data
    return certificate, [f"{SIGNER}: was changed"] if changed else []


def _signature(folder: Path, certificate: x509.Certificate) -> list[str]:
    path = folder / SIGNATURE
    if not path.exists():
        return [f"{SIGNATURE}: is missing"]
    if not _one_der(path.read_bytes()):
        return [f"{SIGNATURE}: was changed"]
    with tempfile.TemporaryDirectory() as scratch:
        trusted = Path(scratch, "signer.pem")
        trusted.write_bytes(certificate.public_bytes(Encoding.PEM))
        try:
            _cms(folder, trusted, "-certfile", str(trusted), "-partial_chain")
        except BentreError as e:
            return [f"{MANIFEST}: was changed, or another key signed it ({_last(e)})"]
    return []


def _cms(folder: Path, trusted: Path, *options: str) -> None:
    """Verify the signature with the certificates of a file.

    Raises:
        BentreError: it does not hold, or its certificate does not lead to one of them.
    """
    argv = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", folder / SIGNATURE]
    argv += ["-content", folder / MANIFEST, "-CAfile", trusted, "-purpose", "any"]
    # whether the certificate has ended since, is not the question
    run([*(str(a) for a in argv), "-no_check_time", *options, "-out", "/dev/null"])


def _stamp(folder: Path, authorities: Path | None) -> list[str]:
    path = folder / STAMP
    if not _one_der(path.read_bytes()):
        return [f"{STAMP}: was changed"]
    if authorities is None:
        # what it stamps can be compared without trusting anybody
        said = run(["openssl", "ts", "-reply", "-in", str(path), "-text"], check=False)
        digest = hashlib.sha256((folder / SIGNATURE).read_bytes()).hexdigest()
        same = _stamped_digest(said) == digest
        return [] if same else [f"{STAMP}: is of something else"]
    with tempfile.TemporaryDirectory() as scratch:
        # the signing node's authority of time stamps stands below the one that its seals name
        between = Path(scratch, "between.pem")
        between.write_bytes(_carried(folder / SIGNATURE))
        argv = ["openssl", "ts", "-verify", "-data", str(folder / SIGNATURE), "-in", str(path)]
        argv += ["-untrusted", str(between)] if between.stat().st_size else []
        try:
            run([*argv, "-CAfile", str(authorities)])
        except BentreError as e:
            return [f"{STAMP}: does not hold ({_last(e)})"]
    return []


def _carried(signature: Path) -> bytes:
    """Certificates that a signature brings along, PEM."""
    try:
        found = pkcs7.load_der_pkcs7_certificates(signature.read_bytes())
    except (OSError, ValueError):
        return b""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in found)


def _stamped_digest(said: str) -> str:
    """Hexadecimal digits of the message data that ``openssl ts -reply -text`` prints."""
    _, _, rest = said.partition("Message data:\n")
    rows = []
    for line in rest.splitlines():
        match = re.match(r"\s+[0-9a-f]{4} - ((?:[0-9a-f]{2}[ -]){1,16})", line)
        if match is None:
            break
        rows.append(re.sub(r"[ -]", "", match[1]))
    return "".join(rows)


def _one_der(data: bytes) -> bool:
    """Whether it is one DER value and nothing behind it (X.690 section 8.1.3)."""
    if len(data) < 2:
        return False
    size, head = data[1], 2
    if size & 0x80:
        count = size & 0x7F
        size, head = int.from_bytes(data[2 : 2 + count]), 2 + count
    return len(data) == head + size


def _trusted(
    folder: Path,
    certificate: x509.Certificate | None,
    signer: Path | None,
    authorities: Path | None,
) -> bool | None:
    if signer:
        return _same(certificate, signer)
    if authorities is None or certificate is None or certificate.issuer == certificate.subject:
        return None
    try:
        _cms(folder, authorities)
    except BentreError:
        return False
    return True


def _same(certificate: x509.Certificate | None, path: Path) -> bool:
    try:
        wanted = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as e:
        raise BentreError(f"{path}: is no certificate", "signer.pem of a bundle you trust") from e
    return certificate == wanted


def _last(error: BentreError) -> str:
    return error.message.rpartition(": ")[2].rpartition(" | ")[2][:200]
