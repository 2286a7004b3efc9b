"""The plan of the run, and its results: an observation a row, a finding a control."""

from bentre_infra.compliance.catalogue.model import Method
from bentre_infra.compliance.reports import wording
from bentre_infra.compliance.reports.oscal.common import (
    Json,
    control_id,
    identifier,
    line,
    markup,
    metadata,
    prop,
    time,
)
from bentre_infra.compliance.reports.oscal.poam import risks
from bentre_infra.compliance.reports.outcome import Outcome
from bentre_infra.compliance.reports.report import Assessed, Report, Row
from bentre_infra.compliance.result import Subject

_STATES = {
    Outcome.MET: ("satisfied", "pass"),
    Outcome.EQUIVALENT: ("satisfied", "other"),
    Outcome.NOT_MET: ("not-satisfied", "fail"),
    # OSCAL has no third state: what was not assessed is not satisfied
    Outcome.NOT_ASSESSED: ("not-satisfied", "other"),
}


def plan(report: Report) -> Json:
    """What was to be assessed, and where."""
    model = identifier("model", report.audit.model_sha256)
    return {
        "assessment-plan": {
            "uuid": identifier("plan", report.audit.id),
            "metadata": metadata(report, "Kế hoạch đánh giá"),
            "import-ssp": {"href": f"#{model}"},
            "reviewed-controls": _reviewed(report),
            "assessment-subjects": [{"type": "inventory-item", "include-all": {}}],
            "back-matter": {
                "resources": [
                    {
                        "uuid": model,
                        "title": f"Mô hình của {line(report.audit.site)} / the site's model",
                        "description": "site.yaml của bentre_infra",
                        "props": [prop("sha256", report.audit.model_sha256)],
                    }
                ]
            },
        }
    }


def results(report: Report) -> Json:
    """What was found. "Not applicable" has observations and no finding."""
    audit = report.audit
    result: Json = {
        "uuid": identifier("result", audit.id),
        "title": f"Đợt đánh giá {audit.id}",
        "description": f"Cấp độ {audit.level} / level {audit.level}",
        "start": time(audit.began),
        "end": time(audit.ended),
        "props": [
            prop("level", str(audit.level)),
            *(prop(f"controls-{one}", str(n)) for one, n in report.counts.items()),
        ],
        "reviewed-controls": _reviewed(report),
    }
    if report.subjects:
        items = [_item(report, subject) for subject in report.subjects]
        result["local-definitions"] = {"inventory-items": items}
    if report.rows:
        sources = {e.sha256: e.source for e in audit.evidence}
        result["observations"] = [_observation(report, row, sources) for row in report.rows]
    if report.plans:
        result["risks"] = risks(report)
    findings = [
        _finding(report, each)
        for each in report.controls
        if each.outcome is not Outcome.NOT_APPLICABLE
    ]
    if findings:
        result["findings"] = findings
    return {
        "assessment-results": {
            "uuid": identifier("results", audit.id),
            "metadata": metadata(report, "Kết quả đánh giá an toàn thông tin theo cấp độ"),
            "import-ap": {"href": "assessment-plan.json"},
            "results": [result],
        }
    }


def _reviewed(report: Report) -> Json:
    asked = [{"control-id": control_id(each.control)} for each in report.controls]
    # an empty list is not allowed; all of an empty catalogue is as little
    return {"control-selections": [{"include-controls": asked} if asked else {"include-all": {}}]}


def _item(report: Report, subject: Subject) -> Json:
    return {
        "uuid": _subject(report, subject),
        "description": markup(subject.name),
        "props": [
            {"name": "asset-id", "value": line(subject.name)},
            *({"name": _address(one), "value": one} for one in subject.addresses),
            prop("kind", subject.kind),
            prop("zone", subject.zone),
            prop("reached", "yes" if subject.reached else "no"),
        ],
    }


def _address(address: str) -> str:
    return "ipv6-address" if ":" in address else "ipv4-address"


def _subject(report: Report, subject: Subject) -> str:
    return identifier("subject", report.audit.id, subject.kind, subject.name)


def _observation(report: Report, row: Row, sources: dict[str, str]) -> Json:
    observation: Json = {
        "uuid": _row(report, row),
        "title": line(f"{row.control.id}: {row.subject.name}"),
        "description": markup(f"{row.note.vi}\n\n{row.note.en}"),
        "props": [prop("outcome", row.outcome), prop("verdict", row.finding.verdict)],
        "methods": ["TEST" if row.control.method is Method.AUTOMATED else "EXAMINE"],
        "types": ["control-objective"],
        "subjects": [{"subject-uuid": _subject(report, row.subject), "type": "inventory-item"}],
        "collected": time(report.audit.ended),
    }
    if row.finding.evidence:
        observation["relevant-evidence"] = [
            {
                "href": f"../evidence/{digest}",
                "description": markup(sources.get(digest, "")),
                "props": [prop("sha256", digest)],
            }
            for digest in row.finding.evidence
        ]
    return observation


def _row(report: Report, row: Row) -> str:
    return identifier(
        "observation", report.audit.id, row.control.id, row.subject.kind, row.subject.name
    )


def _finding(report: Report, each: Assessed) -> Json:
    state, reason = _STATES[each.outcome]
    said = wording.OUTCOMES[each.outcome]
    return {
        "uuid": identifier("finding", report.audit.id, each.control.id),
        "title": f"{each.control.id} {each.control.title.vi}",
        "description": f"{said.vi} / {said.en}",
        "props": [
            prop("outcome", each.outcome),
            *(prop("clause-2026", text) for text in each.clauses_2026),
            *(prop("clause-2017", text) for text in each.clauses_2017),
        ],
        "target": {
            "type": "objective-id",
            "target-id": f"{control_id(each.control)}_obj",
            "status": {"state": state, "reason": reason},
        },
        "related-observations": [{"observation-uuid": _row(report, row)} for row in each.rows],
    }
