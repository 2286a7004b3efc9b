"""JUnit: what is not met fails, what was not assessed is skipped, nothing else passes."""

from xml.etree import ElementTree as ET

from bentre_infra.compliance.reports.junit import files
from bentre_infra.compliance.reports.report import build
from tests.unit.compliance.reports.sample import audit, catalogue


def test_each_row_is_a_case_and_only_a_pass_passes():
    root = ET.fromstring(files(build(audit(), catalogue()))["junit.xml"])
    cases = {
        (suite.get("name"), case.get("name").split()[0]): [child.tag for child in case]
        for suite in root
        for case in suite.iter("testcase")
    }
    assert cases[("lab", "NET-01")] == []
    assert cases[("mail-front-1", "NET-02")] == ["failure"]
    assert cases[("mail-front-1", "NET-03")] == ["failure"]
    assert cases[("portal-db-1", "NET-02")] == ["skipped"]
    assert cases[("lab", "SRV-40")] == ["skipped"]
    assert cases[("mail-front-1", "MAIL-15")] == ["skipped"]
    assert cases[("mail-front-1", "SRV-10")] == ["system-out"]
    assert {k: root.get(k) for k in ("tests", "failures", "skipped")} == {
        "tests": "11",
        "failures": "2",
        "skipped": "4",
    }


def test_a_failure_says_what_an_operator_needs():
    root = ET.fromstring(files(build(audit(), catalogue()))["junit.xml"])
    failure = next(f for f in root.iter("failure") if f.get("type") == "not-met")
    assert "Chưa đáp ứng đầy đủ" in failure.get("message")
    assert "expected: policy drop" in failure.text
    assert "exemption W-2 expired on 2026-11-25" in failure.text
