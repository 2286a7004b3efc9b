"""Plan of action and milestones: what is not met, who mends it, until when."""

from datetime import datetime
from datetime import time as clock

from bentre_infra.compliance.reports.oscal.common import (
    Json,
    identifier,
    line,
    markup,
    metadata,
    prop,
    time,
)
from bentre_infra.compliance.reports.outcome import VIETNAM
from bentre_infra.compliance.reports.report import Plan, Report

SYSTEMS = "urn:bentre-infra:site"
"""Kind of identifier that a site's name is."""


def poam(report: Report) -> Json:
    """Every plan as an item with its risk."""
    return {
        "plan-of-action-and-milestones": {
            "uuid": identifier("poam", report.audit.id),
            "metadata": metadata(report, "Kế hoạch khắc phục"),
            "system-id": {"identifier-type": SYSTEMS, "id": line(report.audit.site)},
            "risks": risks(report),
            "poam-items": [_item(report, plan) for plan in report.plans],
        }
    }


def risks(report: Report) -> list[Json]:
    """A risk for each plan; a waiver that counts is an approved deviation with its deadline."""
    return [_risk(report, plan) for plan in report.plans]


def _risk(report: Report, plan: Plan) -> Json:
    control = plan.control
    risk: Json = {
        "uuid": _identifier(report, "risk", plan),
        "title": f"{control.id} {control.title.vi}",
        "description": markup(f"{control.statement.vi}\n\n{control.statement.en}"),
        "statement": markup(", ".join(plan.subjects)),
        "props": [prop("owner", plan.owner.vi)],
        "status": "deviation-approved" if plan.exemption else "open",
        "remediations": [
            {
                "uuid": _identifier(report, "remediation", plan),
                "lifecycle": "planned",
                "title": line(control.remedy),
                "description": markup(f"{plan.action.vi} / {plan.action.en}"),
            }
        ],
    }
    if plan.exemption:
        # it counts until its day ends in Vietnam
        ends = datetime.combine(plan.exemption.expires, clock(23, 59, 59), VIETNAM)
        risk["deadline"] = time(ends)
    return risk


def _item(report: Report, plan: Plan) -> Json:
    return {
        "uuid": _identifier(report, "poam-item", plan),
        "title": f"{plan.control.id} {plan.control.title.vi}",
        "description": markup(f"{plan.action.vi} ({', '.join(plan.subjects)})"),
        "related-findings": [
            {"finding-uuid": identifier("finding", report.audit.id, plan.control.id)}
        ],
        "related-risks": [{"risk-uuid": _identifier(report, "risk", plan)}],
    }


def _identifier(report: Report, kind: str, plan: Plan) -> str:
    return identifier(kind, report.audit.id, plan.control.id, *plan.subjects)
