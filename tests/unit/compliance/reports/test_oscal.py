"""OSCAL, judged by NIST's schema and by compliance-trestle."""

import hashlib
import importlib
import json
import re
from dataclasses import replace

import pytest

from bentre_infra.compliance.catalogue.model import Catalogue, Threshold
from bentre_infra.compliance.reports import oscal
from bentre_infra.compliance.reports.oscal.common import markup
from bentre_infra.compliance.reports.oscal.validate import SCHEMA, validate
from bentre_infra.compliance.reports.report import build
from bentre_infra.runtime.errors import BentreError
from tests.unit.compliance.reports.sample import CATALOGUE, audit, catalogue, control, large

MODELS = {
    "catalog": ("catalog", "Catalog"),
    "profile-level-3": ("profile", "Profile"),
    "component-definition": ("component", "ComponentDefinition"),
    "assessment-plan": ("assessment_plan", "AssessmentPlan"),
    "assessment-results": ("assessment_results", "AssessmentResults"),
    "poam": ("poam", "PlanOfActionAndMilestones"),
}


def documents(run=None, its=None):
    made = oscal.files(build(run or audit(), its or catalogue()))
    return {
        name.removeprefix("oscal/").removesuffix(".json"): json.loads(data)
        for name, data in made.items()
    }


@pytest.mark.parametrize("name", MODELS)
def test_trestle_reads_each_document(name, tmp_path):
    module, model = MODELS[name]
    path = tmp_path / f"{name}.json"
    path.write_bytes(oscal.files(build(audit(), catalogue()))[f"oscal/{name}.json"])
    read = getattr(importlib.import_module(f"trestle.oscal.{module}"), model).oscal_read(path)
    assert read.metadata.oscal_version
    assert read.uuid


def test_nothing_but_met_is_satisfied():
    result = documents()["assessment-results"]["assessment-results"]["results"][0]
    states = {
        finding["target"]["target-id"]: tuple(finding["target"]["status"].values())
        for finding in result["findings"]
    }
    assert states == {
        "net-01_obj": ("satisfied", "pass"),
        "net-02_obj": ("not-satisfied", "fail"),
        "net-03_obj": ("not-satisfied", "fail"),
        "srv-10_obj": ("satisfied", "other"),
        "srv-40_obj": ("not-satisfied", "other"),
        "web-15_obj": ("not-satisfied", "other"),
    }
    assert len(result["observations"]) == 11


def test_every_reference_leads_somewhere():
    made = documents()
    text = json.dumps(made)
    known = set(re.findall(r'"uuid": "([0-9a-f-]{36})"', text))
    pointed = set(re.findall(r'"[a-z]+-uuid": "([0-9a-f-]{36})"', text))
    assert pointed
    assert pointed <= known
    controls = {
        c["id"] for group in made["catalog"]["catalog"]["groups"] for c in group["controls"]
    }
    for level in range(1, 6):
        selected = made[f"profile-level-{level}"]["profile"]["imports"][0]["include-controls"]
        assert set(selected[0]["with-ids"]) <= controls
    assert len(selected[0]["with-ids"]) == 8


def test_identifiers_are_unique_and_the_same_each_time():
    results = json.dumps(documents()["assessment-results"])
    defined = re.findall(r'"uuid": "([0-9a-f-]{36})"', results)
    assert len(defined) == len(set(defined))
    assert json.dumps(documents()["assessment-results"]) == results


def test_profiles_set_the_thresholds_of_their_level():
    months = Threshold("review_months", (12, 12, 6, 3, 1))
    hours = Threshold("hours", (None, None, 72, 24, 24))
    one = Catalogue("1", CATALOGUE, (control("NET-01", thresholds=(months, hours)),))
    made = documents(replace(audit(), findings=()), one)
    assert made["profile-level-3"]["profile"]["modify"]["set-parameters"] == [
        {"param-id": "net-01_prm_review_months", "values": ["6"]},
        {"param-id": "net-01_prm_hours", "values": ["72"]},
    ]
    assert len(made["profile-level-1"]["profile"]["modify"]["set-parameters"]) == 1


def test_a_waiver_is_a_deviation_with_a_deadline():
    risks = documents()["poam"]["plan-of-action-and-milestones"]["risks"]
    waived = next(r for r in risks if r["title"].startswith("NET-03"))
    assert (waived["status"], waived["deadline"]) == (
        "deviation-approved",
        "2027-03-31T23:59:59+07:00",
    )
    assert next(r for r in risks if r["title"].startswith("NET-02"))["status"] == "open"


def test_without_findings_there_is_no_poam_and_nothing_is_satisfied():
    made = documents(replace(audit(), findings=(), subjects=(), exemptions=()))
    assert "poam" not in made
    findings = made["assessment-results"]["assessment-results"]["results"][0]["findings"]
    assert {f["target"]["status"]["state"] for f in findings} == {"not-satisfied"}


def test_a_large_run_fits_the_schema():
    made = documents(*large(140, 12))
    observations = made["assessment-results"]["assessment-results"]["results"][0]["observations"]
    assert len(observations) == 1680


def test_what_does_not_fit_is_named():
    document = documents()["assessment-results"]
    document["assessment-results"]["results"][0]["findings"][1]["target"]["status"]["state"] = "ok"
    with pytest.raises(BentreError, match="results/0/findings/1/target/status/state"):
        validate("assessment-results", document)


def test_the_schema_is_nists_unchanged():
    said = (SCHEMA.parent / "README.md").read_text()
    assert hashlib.sha256(SCHEMA.read_bytes()).hexdigest() in said


def test_a_hosts_text_is_no_markup():
    assert markup("<b>*x*</b> [a](b) `c` & ") == (
        "&lt;b&gt;\\*x\\*&lt;/b&gt; \\[a\\](b) \\`c\\` &amp;"
    )
    assert markup(" ") == "-"
