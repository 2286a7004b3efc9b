"""JUnit XML, for continuous integration: one suite a subject, one case a control.

What is not applicable or not assessed is *skipped*, never passed, and the suite's properties count
it; a waived failure is still a failure.
"""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from bentre_infra.compliance.reports import wording
from bentre_infra.compliance.reports.outcome import Outcome
from bentre_infra.compliance.reports.report import Report, Row

_SKIPPED = {Outcome.NOT_APPLICABLE, Outcome.NOT_ASSESSED}


def files(report: Report) -> Mapping[str, bytes]:
    """Write ``junit.xml``."""
    audit = report.audit
    root = ET.Element("testsuites", _counted(report.rows) | {"name": f"bentre audit {audit.site}"})
    by_subject: dict[str, list[Row]] = {}
    for row in report.rows:
        by_subject.setdefault(row.subject.name, []).append(row)
    for name, rows in by_subject.items():
        suite = ET.SubElement(root, "testsuite", _counted(rows) | {"name": name})
        suite.set("timestamp", f"{audit.began:%Y-%m-%dT%H:%M:%S}")
        properties = ET.SubElement(suite, "properties")
        for key, value in _properties(report, rows):
            ET.SubElement(properties, "property", name=key, value=value)
        for row in rows:
            _case(suite, row)
    ET.indent(root, " ")
    return {"junit.xml": ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"}


def _counted(rows: tuple[Row, ...] | list[Row]) -> dict[str, str]:
    return {
        "tests": str(len(rows)),
        "failures": str(sum(r.outcome is Outcome.NOT_MET for r in rows)),
        "errors": "0",
        "skipped": str(sum(r.outcome in _SKIPPED for r in rows)),
    }


def _properties(report: Report, rows: list[Row]) -> list[tuple[str, str]]:
    not_assessed = sum(r.outcome is Outcome.NOT_ASSESSED for r in rows)
    return [
        ("run", report.audit.id),
        ("level", str(report.audit.level)),
        ("not-assessed", str(not_assessed)),
    ]


def _case(suite: ET.Element, row: Row) -> None:
    title = row.control.title.vi
    case = ET.SubElement(
        suite, "testcase", classname=row.control.section, name=f"{row.control.id} {title}"
    )
    said = wording.OUTCOMES[row.outcome].vi
    if row.outcome is Outcome.NOT_MET:
        kind = "waived" if row.exemption else "not-met"
        failure = ET.SubElement(case, "failure", type=kind, message=f"{said}: {row.note.vi}")
        failure.text = "\n".join(_details(row))
    elif row.outcome in _SKIPPED:
        ET.SubElement(case, "skipped", message=f"{said}: {row.note.vi}")
    elif row.outcome is Outcome.EQUIVALENT:
        ET.SubElement(case, "system-out").text = f"{said}: {row.note.vi}"


def _details(row: Row) -> list[str]:
    lines = [row.note.en]
    if row.finding.expected:
        lines.append(f"expected: {row.finding.expected}")
    if row.finding.actual:
        lines.append(f"actual: {row.finding.actual}")
    if row.exemption:
        lines.append(f"waiver {row.exemption.id} until {row.exemption.expires}")
    if row.expired:
        lines.append(f"exemption {row.expired.id} expired on {row.expired.expires}")
    return [*lines, *(f"evidence: sha256 {digest}" for digest in row.finding.evidence)]
