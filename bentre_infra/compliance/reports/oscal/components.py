"""What meets the controls: each role, stack and procedure as a component."""

from bentre_infra.compliance.catalogue.model import Control
from bentre_infra.compliance.reports.oscal.common import Json, control_id, identifier, metadata
from bentre_infra.compliance.reports.report import Report, remedy


def components(report: Report) -> Json:
    """A component for each remedy that the catalogue names."""
    by_remedy: dict[str, list[Control]] = {}
    for control in report.catalogue:
        if control.remedy:
            by_remedy.setdefault(control.remedy, []).append(control)
    made: Json = {
        "uuid": identifier("components", report.catalogue.sha256),
        "metadata": metadata(report, "Thành phần đáp ứng yêu cầu"),
    }
    if by_remedy:
        made["components"] = [_component(name, each) for name, each in by_remedy.items()]
    return {"component-definition": made}


def _component(name: str, controls: list[Control]) -> Json:
    text = remedy(controls[0])
    return {
        "uuid": identifier("component", name),
        "type": "process-procedure" if name == "procedure" else "software",
        "title": name,
        "description": f"{text.vi} / {text.en}",
        "control-implementations": [
            {
                "uuid": identifier("implementation", name),
                "source": "catalog.json",
                "description": f"{text.vi} / {text.en}",
                "implemented-requirements": [
                    {
                        "uuid": identifier("implements", name, control.id),
                        "control-id": control_id(control),
                        "description": control.statement.vi,
                    }
                    for control in controls
                ],
            }
        ],
    }
