"""compliance-trestle#1410: a document was written, and it was empty.

Each file that reports write has in it what the audit found: every observation, every control, each
with its outcome; and it fits NIST's schema. An audit that found nothing says so in as many
controls.
"""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bentre_infra.compliance import reports
from bentre_infra.compliance.reports.oscal.validate import validate
from bentre_infra.compliance.reports.outcome import Outcome
from bentre_infra.compliance.reports.report import build
from bentre_infra.compliance.result import Audit, Finding
from tests.unit.compliance.reports.sample import audit, catalogue, large


def written(run: Audit, its, folder: Path) -> dict[str, dict]:
    paths = reports.write(run, its, folder, [reports.Format.OSCAL])
    return {path.stem: json.loads(path.read_text("utf-8")) for path in paths}


def observed(results: dict) -> Counter[tuple[str, str]]:
    """Control and verdict of each observation."""
    return Counter(
        (one["title"].partition(":")[0], prop["value"])
        for one in results["observations"]
        for prop in one["props"]
        if prop["name"] == "verdict"
    )


def found(findings: tuple[Finding, ...]) -> Counter[tuple[str, str]]:
    return Counter((f.control, f.verdict.value) for f in findings)


@pytest.mark.parametrize("whole", [True, False], ids=["140 controls, 12 hosts", "no finding"])
def test_counts_are_the_audits(whole: bool, tmp_path: Path) -> None:
    if whole:
        run, its = large(140, 12)
    else:
        run, its = replace(audit(), findings=(), subjects=(), exemptions=()), catalogue()
    made = written(run, its, tmp_path)
    for name, document in made.items():
        validate(name, document)
    results = made["assessment-results"]["assessment-results"]["results"][0]
    if whole:
        assert observed(results) == found(run.findings)
    asked = {control.id for control in its if control.level <= run.level}
    assert len(results["findings"]) == len(asked)
    groups = made["catalog"]["catalog"]["groups"]
    assert sum(len(group["controls"]) for group in groups) == len(tuple(its))
    satisfied = sum(f["target"]["status"]["state"] == "satisfied" for f in results["findings"])
    good = {Outcome.MET, Outcome.EQUIVALENT, Outcome.NOT_APPLICABLE}
    assert satisfied == sum(each.outcome in good for each in build(run, its).controls)
