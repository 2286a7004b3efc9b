"""SARIF 2.1.0 (OASIS), for tools that gather findings: a rule a control, a result a row."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from bentre_infra.compliance.reports import wording
from bentre_infra.compliance.reports.outcome import Outcome
from bentre_infra.compliance.reports.report import Assessed, Report, Row

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"

_KINDS = {
    Outcome.MET: "pass",
    Outcome.EQUIVALENT: "fail",
    Outcome.NOT_MET: "fail",
    Outcome.NOT_APPLICABLE: "notApplicable",
    Outcome.NOT_ASSESSED: "open",
}
"""Section 3.27.9. "open": the rule's outcome is not known. An equivalent measure is a failure of
the control as it is written, suppressed with its justification."""


def files(report: Report) -> Mapping[str, bytes]:
    """Write ``results.sarif``."""
    audit = report.audit
    rules = {each.control.id: n for n, each in enumerate(report.controls)}
    run = {
        "tool": {
            "driver": {
                "name": "bentre_infra",
                "version": audit.tool_version,
                "rules": [_rule(each) for each in report.controls],
            }
        },
        "automationDetails": {"id": f"{audit.site}/{audit.id}", "guid": _guid(audit.id)},
        "invocations": [
            {
                "executionSuccessful": all(s.reached for s in audit.subjects),
                "startTimeUtc": f"{audit.began:%Y-%m-%dT%H:%M:%SZ}",
                "endTimeUtc": f"{audit.ended:%Y-%m-%dT%H:%M:%SZ}",
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": f"{s.name}: {s.note or 'not reached'}"}}
                    for s in audit.subjects
                    if not s.reached
                ],
            }
        ],
        "language": "vi-VN",
        "results": [_result(row, rules[row.control.id]) for row in report.rows],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return {"results.sarif": json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"}


def _rule(each: Assessed) -> dict[str, Any]:
    control = each.control
    return {
        "id": control.id,
        "shortDescription": {"text": control.title.vi},
        "fullDescription": {"text": f"{control.statement.vi}\n{control.statement.en}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": [control.section, f"level{control.level}"],
            "title": control.title.en,
            "clauses2026": list(each.clauses_2026),
            "clauses2017": list(each.clauses_2017),
            "sources": list(control.sources),
            "confidence": list(control.confidence),
        },
    }


def _result(row: Row, rule: int) -> dict[str, Any]:
    kind = _KINDS[row.outcome]
    result: dict[str, Any] = {
        "ruleId": row.control.id,
        "ruleIndex": rule,
        "kind": kind,
        # section 3.27.10: only a failure has a level
        "level": "error" if kind == "fail" else "none",
        "message": {"text": _message(row)},
        "locations": [
            {
                "logicalLocations": [
                    {
                        "name": row.subject.name,
                        "fullyQualifiedName": f"{row.subject.kind}/{row.subject.name}",
                        "kind": "resource",
                    }
                ]
            }
        ],
        "partialFingerprints": {"controlAtSubject/v1": f"{row.control.id}@{row.subject.name}"},
        "properties": {"outcome": str(row.outcome), "evidence": list(row.finding.evidence)},
    }
    if row.exemption and kind == "fail":
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{row.exemption.id} ({row.exemption.expires}): "
                f"{row.exemption.reason}",
            }
        ]
    return result


def _message(row: Row) -> str:
    said = f"{wording.OUTCOMES[row.outcome].vi}: {row.finding.message_vi or row.note.vi}"
    return f"{said}\n{row.finding.message}" if row.finding.message else said


def _guid(run: str) -> str:
    """The run's own UUID; one of its name where it has none."""
    try:
        return str(UUID(run))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, run))
