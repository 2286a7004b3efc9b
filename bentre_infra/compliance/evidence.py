"""What was read, as an auditor keeps it: a folder with every text under its SHA-256, and a seal.

::

    manifest.json    every file with its size and SHA-256; what each is, where and when it was read
    manifest.p7s     signature of the manifest (CMS, RFC 5652, detached), by the signing node or a
                     key of this machine
    manifest.tsr     time stamp of the signature (RFC 3161), where there is a service for it
    signer.pem       the key's certificate
    audit.json       the audit itself
    evidence/SHA256  what was read, redacted

``openssl cms -verify -binary -inform DER -in manifest.p7s -content manifest.json -CAfile
signer.pem -purpose any`` verifies the signature without this program.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bentre_infra.compliance.gather.collector import redact
from bentre_infra.compliance.result import Audit, Evidence
from bentre_infra.compliance.seal import Sealer, TimeStamps
from bentre_infra.compliance.store import AUDIT_FILE, dump

VIETNAM = timezone(timedelta(hours=7))
"""Vietnamese time; no summer time."""

MANIFEST, SIGNATURE, STAMP, SIGNER = "manifest.json", "manifest.p7s", "manifest.tsr", "signer.pem"
FOLDER = "evidence"
VERSION = 1


@dataclass(frozen=True)
class Item:
    """A piece of evidence with its bytes."""

    evidence: Evidence
    data: bytes


def _item(subject: str, source: str, at: float | str, text: str) -> Item:
    data = redact(text).encode()
    moment = datetime.fromisoformat(at) if isinstance(at, str) else datetime.fromtimestamp(at, UTC)
    digest = hashlib.sha256(data).hexdigest()
    return Item(Evidence(digest, subject, source, moment, len(data)), data)


def of_host(subject: str, facts: dict[str, Any]) -> dict[str, Item]:
    """A host's facts as evidence, by the names under which checks ask for them."""
    began = facts["began"]
    found = {}
    for name, result in facts["commands"].items():
        if result is not None:
            words = " ".join(result["argv"])
            tail = f"\n# stderr\n{result['err']}" if result["err"] else ""
            text = f"{result['out']}{tail}\n# exit code {result['rc']}\n"
            found[f"command:{name}"] = _item(subject, words, result["at"], text)
        else:
            found[f"command:{name}"] = _item(
                subject, f"command -v {name}", began, "no such program on the host\n"
            )
    for path, file in facts["files"].items():
        state = {k: v for k, v in file.items() if k not in ("text", "at")}
        head = f"# {json.dumps(state, sort_keys=True)}\n"
        found[f"file:{path}"] = _item(
            subject, path, file.get("at", began), head + file.get("text", "")
        )
    listed = "".join(f"{path}\n" for path in facts["files"])
    patterns = " ".join(facts.get("asked", ()))
    found["files"] = _item(
        subject, "which of the asked files are there", began, f"# asked: {patterns}\n{listed}"
    )
    for key in ("sysctl", "sources", "updates", "accounts", "tls", "http", "ssh", "names", "reach"):
        text = json.dumps(facts.get(key), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        found[key] = _item(subject, _SOURCES[key], began, text)
    if "results" in (told := facts.get("baseline") or {}):
        source = f"oscap xccdf eval --profile {told['profile']}"
        found["baseline"] = _item(subject, source, told["at"], told["results"])
    return found


_SOURCES = {
    "sysctl": "/proc/sys",
    "sources": "apt-config dump, and the files of sources that it names",
    "updates": "/var/lib/apt/lists/*security*_Packages, dpkg-query -W",
    "accounts": "passwd(5), shadow(5) without hashes, lastlog",
    "tls": "TLS handshakes with the host's own ports",
    "http": "GET requests to the host's own web server",
    "ssh": "algorithms that the SSH server offers (RFC 4253)",
    "names": "questions to name servers",
    "reach": "connections that other hosts tried",
}


def of_cloud(subject: str, document: dict[str, Any]) -> dict[str, Item]:
    """A cloud's facts as evidence."""
    return {
        f"cloud:{kind}": _item(
            subject,
            f"OpenStack API: {kind}",
            document["at"],
            json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n",
        )
        for kind, found in document.items()
        if isinstance(found, list)
    }


def write_bundle(
    folder: Path,
    audit: Audit,
    items: tuple[Item, ...],
    sealer: Sealer,
    stamper: TimeStamps | None = None,
) -> None:
    """Write a bundle into a folder that is not there yet; for its owner's eyes only.

    Nothing is written where it cannot be signed.

    Raises:
        BentreError: it cannot be signed or time-stamped.
        FileExistsError: the folder is there.
    """
    files = {AUDIT_FILE: dump(audit)}
    files |= {f"{FOLDER}/{item.evidence.sha256}": item.data for item in items}
    manifest = json.dumps(_manifest(files, audit, items), indent=1, ensure_ascii=False) + "\n"
    signed = sealer.sign(manifest.encode())
    files |= {MANIFEST: manifest.encode(), SIGNATURE: signed.signature, SIGNER: signed.certificate}
    if stamper is not None:
        files[STAMP] = stamper.stamp(signed.signature)
    folder.mkdir(mode=0o700, parents=True)
    (folder / FOLDER).mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _manifest(files: Mapping[str, bytes], audit: Audit, items: tuple[Item, ...]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "audit": audit.id,
        "site": audit.site,
        "made": _moments(audit.ended),
        "files": {name: _of_file(files[name]) for name in sorted(files)},
        "evidence": [
            {
                "sha256": i.evidence.sha256,
                "subject": i.evidence.subject,
                "source": i.evidence.source,
                **_moments(i.evidence.at),
            }
            for i in items
        ],
    }


def _moments(at: datetime) -> dict[str, str]:
    return {
        "utc": at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "vietnam": at.astimezone(VIETNAM).isoformat(timespec="milliseconds"),
    }


def _of_file(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
