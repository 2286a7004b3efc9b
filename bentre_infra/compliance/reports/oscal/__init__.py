"""OSCAL (NIST): catalog, profiles, components, plan, results and POA&M, for tools that read it.

Documents are built here from typed data: the published libraries for Python either check less than
NIST's own schema or cost more than the audit itself. Each is validated with that schema before it
is handed out. Identifiers follow from what they name (UUID version 5), so that the same audit
gives the same documents.
"""

import json
from collections.abc import Mapping

from bentre_infra.compliance.reports.oscal.assessment import plan, results
from bentre_infra.compliance.reports.oscal.catalog import catalog, profile
from bentre_infra.compliance.reports.oscal.common import Json
from bentre_infra.compliance.reports.oscal.components import components
from bentre_infra.compliance.reports.oscal.poam import poam
from bentre_infra.compliance.reports.oscal.validate import validate
from bentre_infra.compliance.reports.report import Report


def files(report: Report) -> Mapping[str, bytes]:
    """Write ``oscal/*.json``.

    Raises:
        BentreError: a document does not fit the schema; names the place.
    """
    documents: dict[str, Json] = {
        "catalog": catalog(report),
        **{f"profile-level-{level}": profile(report, level) for level in range(1, 6)},
        "component-definition": components(report),
        "assessment-plan": plan(report),
        "assessment-results": results(report),
    }
    # the schema asks for at least one item: nothing to do is no document
    if report.plans:
        documents["poam"] = poam(report)
    made = {}
    for name, document in documents.items():
        validate(name, document)
        text = json.dumps(document, ensure_ascii=False, indent=1)
        made[f"oscal/{name}.json"] = text.encode() + b"\n"
    return made
