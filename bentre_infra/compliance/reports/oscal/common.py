"""What every OSCAL document shares: identifiers, metadata, texts."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bentre_infra.compliance.catalogue.model import Control
from bentre_infra.compliance.reports.report import Report

Json = dict[str, Any]

VERSION = "1.2.1"
"""Declared by the documents: the newest that compliance-trestle reads; the schema is 1.2.3's."""
NAMESPACE = "urn:bentre-infra:oscal"
"""Of our own properties (OSCAL asks for a URI)."""


def identifier(*parts: str) -> str:
    """UUID version 5 of what it names (RFC 9562)."""
    return str(uuid5(NAMESPACE_URL, ":".join((NAMESPACE, *parts))))


def control_id(control: Control | str) -> str:
    """``net-02`` of ``NET-02``."""
    return (control if isinstance(control, str) else control.id).lower()


def time(at: datetime) -> str:
    """A moment with its zone; one without is UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat(timespec="seconds")


def line(text: str) -> str:
    """One line without blanks around it, as values of properties must be; never empty."""
    return " ".join(text.split()) or "-"


def markup(text: str) -> str:
    """A text of a host where OSCAL has Markdown: nothing in it is markup; never empty."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\*`~^\[\]])", r"\\\1", text.strip()) or "-"


def prop(name: str, value: str) -> Json:
    """A property of ours."""
    return {"name": name, "ns": NAMESPACE, "value": line(value)}


def organisation(report: Report) -> str:
    """Identifier of the organisation that answers for the audit."""
    return identifier("party", report.audit.organisation)


def metadata(report: Report, title: str) -> Json:
    """Head of a document; its version is the catalogue's."""
    audit = report.audit
    return {
        "title": title,
        "last-modified": time(audit.ended),
        "version": report.catalogue.version,
        "oscal-version": VERSION,
        "props": [prop("tool", f"bentre_infra {audit.tool_version}"), prop("language", "vi")],
        "roles": [{"id": "assessor", "title": "Người đánh giá / assessor"}],
        "parties": [
            {
                "uuid": organisation(report),
                "type": "organization",
                "name": line(audit.organisation),
            }
        ],
        "responsible-parties": [{"role-id": "assessor", "party-uuids": [organisation(report)]}],
    }
