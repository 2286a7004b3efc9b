"""The catalogue and a profile for each level."""

from bentre_infra.compliance.catalogue.model import Control, Threshold
from bentre_infra.compliance.reports import wording
from bentre_infra.compliance.reports.oscal.common import (
    Json,
    control_id,
    identifier,
    metadata,
    prop,
)
from bentre_infra.compliance.reports.report import Report


def catalog(report: Report) -> Json:
    """Every control of the catalogue, by section."""
    sections: dict[str, list[Control]] = {}
    for control in report.catalogue:
        sections.setdefault(control.section, []).append(control)
    made: Json = {
        "uuid": identifier("catalog", report.catalogue.sha256),
        "metadata": metadata(report, "Danh mục yêu cầu an toàn thông tin theo cấp độ"),
    }
    if sections:
        made["groups"] = [
            {
                "id": name.lower(),
                "class": "section",
                "title": wording.section(name).vi,
                "controls": [_control(control) for control in controls],
            }
            for name, controls in sections.items()
        ]
    return {"catalog": made}


def profile(report: Report, level: int) -> Json:
    """Controls that a level asks for, with its thresholds."""
    asked = report.catalogue.profile(level)
    set_parameters = [
        {"param-id": _parameter(control, threshold), "values": [str(value)]}
        for control in asked
        for threshold in control.thresholds
        if (value := threshold.at(level)) is not None
    ]
    made: Json = {
        "uuid": identifier("profile", report.catalogue.sha256, str(level)),
        "metadata": metadata(report, f"Yêu cầu của cấp độ {level}"),
        "imports": [{"href": "catalog.json", **_selected(asked)}],
        "merge": {"as-is": True},
    }
    if set_parameters:
        made["modify"] = {"set-parameters": set_parameters}
    return {"profile": made}


def _selected(asked: tuple[Control, ...]) -> Json:
    if asked:
        return {"include-controls": [{"with-ids": [control_id(one) for one in asked]}]}
    return {"include-all": {}, "exclude-controls": [{"matching": [{"pattern": "*"}]}]}


def _control(control: Control) -> Json:
    name = control_id(control)
    props = [
        {"name": "label", "value": control.id},
        {"name": "sort-id", "value": name},
        prop("level", str(control.level)),
        prop("method", control.method),
        *(prop("title-en", text) for text in (control.title.en,) if text),
        *(prop("confidence", mark) for mark in control.confidence),
        *(prop("clause-2026", text) for text in control.clauses_2026),
        *(prop("clause-2017", text) for text in control.clauses_2017),
        *(prop("source", text) for text in control.sources),
        *(prop("kind", text) for text in control.kinds),
    ]
    made: Json = {"id": name, "title": control.title.vi or control.id, "props": props}
    if control.thresholds:
        made["params"] = [_param(control, threshold) for threshold in control.thresholds]
    made["parts"] = [
        {"id": f"{name}_smt", "name": "statement", "prose": control.statement.vi},
        {"id": f"{name}_smt.en", "name": "guidance", "prose": control.statement.en},
        {
            "id": f"{name}_obj",
            "name": "assessment-objective",
            "prose": f"{control.title.vi} / {control.title.en}",
        },
    ]
    return made


def _param(control: Control, threshold: Threshold) -> Json:
    values = ", ".join("–" if v is None else str(v) for v in threshold.values)
    return {
        "id": _parameter(control, threshold),
        "label": threshold.name,
        "usage": f"{threshold.name}; cấp độ / levels 1-5: {values}",
    }


def _parameter(control: Control, threshold: Threshold) -> str:
    return f"{control_id(control)}_prm_{threshold.name}"
