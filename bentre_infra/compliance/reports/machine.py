"""The machine result: the whole audit as JSON, to keep, to compare and to make reports of again."""

import json
from collections.abc import Mapping
from pathlib import Path

from bentre_infra.compliance.reports.report import Report
from bentre_infra.compliance.result import Audit
from bentre_infra.compliance.store import plain, restored
from bentre_infra.runtime.errors import BentreError

SCHEMA = "bentre-infra/audit/1"
"""Name and version of the form; a later one is another number."""


def files(report: Report) -> Mapping[str, bytes]:
    """Write ``result.json``: the audit, and what was counted from it."""
    document = {
        "schema": SCHEMA,
        "redacted": report.redacted,
        "catalogue": {"version": report.catalogue.version, "sha256": report.catalogue.sha256},
        "summary": {
            "controls": len(report.controls),
            "outcomes": {str(one): n for one, n in report.counts.items()},
            "sections": {
                name: {str(each.control.id): str(each.outcome) for each in section}
                for name, section in report.sections.items()
            },
            "unreached": [s.name for s in report.audit.subjects if not s.reached],
        },
        "audit": plain(report.audit),
    }
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    return {"result.json": text.encode() + b"\n"}


def load(path: Path) -> Audit:
    """Read an audit back from a machine result.

    Raises:
        BentreError: the file cannot be read, or is no machine result; names what is wrong where.
    """
    try:
        document = json.loads(path.read_bytes())
    except OSError as e:
        raise BentreError(f"{path}: {e.strerror}", "name a result.json of bentre audit") from e
    except ValueError as e:
        raise BentreError(f"{path}: no JSON: {e}", "name a result.json of bentre audit") from e
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else None
        raise BentreError(f"{path}: schema {found!r}", f"a result with the schema {SCHEMA}")
    return restored(document.get("audit"), str(path))
