"""SARIF, judged by its schema (sarif-2.1.0.json beside this file: SchemaStore's, MIT licence)."""

import json
from pathlib import Path

import jsonschema
import pytest

from bentre_infra.compliance.reports import sarif
from bentre_infra.compliance.reports.report import build
from tests.unit.compliance.reports.sample import audit, catalogue, large

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_bytes())


def made(run, its):
    return json.loads(sarif.files(build(run, its))["results.sarif"])


@pytest.mark.parametrize("sample", [lambda: (audit(), catalogue()), lambda: large(140, 12)])
def test_it_fits_the_schema(sample):
    jsonschema.Draft4Validator(SCHEMA).validate(made(*sample()))


def test_only_a_pass_is_a_pass_and_exemptions_suppress():
    results = made(audit(), catalogue())["runs"][0]["results"]
    found = {
        (r["ruleId"], r["locations"][0]["logicalLocations"][0]["name"]): (
            r["kind"],
            r["level"],
            len(r.get("suppressions", [])),
        )
        for r in results
    }
    assert found == {
        ("NET-01", "lab"): ("pass", "none", 0),
        ("NET-02", "base-logs-1"): ("pass", "none", 0),
        ("NET-02", "mail-front-1"): ("fail", "error", 0),
        ("NET-02", "portal-db-1"): ("open", "none", 0),
        ("NET-03", "mail-front-1"): ("fail", "error", 1),
        ("NET-03", "base-logs-1"): ("pass", "none", 0),
        ("SRV-10", "mail-front-1"): ("fail", "error", 1),
        ("SRV-10", "base-logs-1"): ("pass", "none", 0),
        ("SRV-40", "lab"): ("open", "none", 0),
        ("MAIL-15", "mail-front-1"): ("notApplicable", "none", 0),
        ("WEB-15", "lab"): ("open", "none", 0),
    }


def test_who_was_not_reached_is_told():
    (invocation,) = made(audit(), catalogue())["runs"][0]["invocations"]
    assert not invocation["executionSuccessful"]
    (note,) = invocation["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("portal-db-1")
