"""What a report says, before it has a form."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bentre_infra.compliance.reports import ALL, write
from bentre_infra.compliance.reports.clauses import clauses
from bentre_infra.compliance.reports.clean import clean, shorten
from bentre_infra.compliance.reports.outcome import Outcome, judge, together
from bentre_infra.compliance.reports.report import build
from bentre_infra.compliance.result import Verdict
from bentre_infra.runtime.errors import BentreError
from tests.unit.compliance.reports.sample import audit, catalogue, control, finding


def outcomes(report):
    return {each.control.id: each.outcome for each in report.controls}


def test_a_control_is_as_well_as_its_worst_subject():
    assert outcomes(build(audit(), catalogue())) == {
        "NET-01": Outcome.MET,
        "NET-02": Outcome.NOT_MET,
        "NET-03": Outcome.NOT_MET,
        "SRV-10": Outcome.EQUIVALENT,
        "SRV-40": Outcome.NOT_ASSESSED,
        "MAIL-15": Outcome.NOT_APPLICABLE,
        "WEB-15": Outcome.NOT_ASSESSED,
    }


def test_without_findings_nothing_is_met():
    report = build(replace(audit(), findings=(), subjects=(), exemptions=()), catalogue())
    assert report.counts[Outcome.NOT_ASSESSED] == len(report.controls) == 7
    assert sum(report.counts.values()) == 7


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.PASS])
def test_nothing_but_a_pass_is_met(verdict):
    one = finding("NET-02", "mail-front-1", verdict, "x", "x")
    assert judge(audit(), one) is not Outcome.MET


def test_not_assessed_outweighs_met():
    assert together([Outcome.MET, Outcome.NOT_ASSESSED]) is Outcome.NOT_ASSESSED
    assert together([Outcome.MET, Outcome.NOT_APPLICABLE]) is Outcome.MET
    assert together([]) is Outcome.NOT_ASSESSED


def test_an_exemption_counts_until_the_end_of_its_day_in_vietnam():
    now = audit()  # ends at 00:30 on the 26th in Vietnam, the 25th in UTC
    equivalent = next(f for f in now.findings if f.exemption == "E-1")
    expired = next(f for f in now.findings if f.exemption == "W-2")
    assert judge(now, equivalent) is Outcome.EQUIVALENT
    assert judge(now, expired) is Outcome.NOT_MET
    tomorrow = replace(now, ended=now.ended + timedelta(days=1))
    assert judge(tomorrow, equivalent) is Outcome.NOT_MET


def test_an_exemption_counts_for_its_subjects_only():
    now = audit()
    other = replace(now.findings[2], control="NET-03", exemption="W-1", subject="base-logs-1")
    report = build(replace(now, findings=(other,)), catalogue())
    assert report.rows[2].exemption is None


def test_a_waiver_is_a_plan_and_no_pass():
    plans = {p.control.id: p for p in build(audit(), catalogue()).plans}
    waived = plans["NET-03"]
    assert (waived.action.vi, waived.owner.vi, waived.due.vi) == (
        "Chờ thay thiết bị mạng",
        "Trần Thị B",
        "31/03/2027",
    )
    assert plans["NET-02"].expired.id == "W-2"
    assert plans["NET-02"].owner.vi == "chưa phân công"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"catalogue_sha256": "0" * 64}, "was made with the catalogue 000000000000"),
        ({"level": 6}, "level 6"),
        ({"findings": (finding("NET-99", "lab", Verdict.PASS, "", ""),)}, "no such control"),
        ({"findings": (finding("NET-01", "nobody", Verdict.PASS, "", ""),)}, "no such subject"),
        (
            {"findings": (finding("NET-01", "lab", Verdict.FAIL, "", "", exemption="W-9"),)},
            "exemption W-9",
        ),
    ],
)
def test_what_does_not_fit_together_is_named(change, said):
    with pytest.raises(BentreError, match=said):
        build(replace(audit(), **change), catalogue())


def test_clauses_are_those_of_the_level():
    own = control("NET-03", clauses_2026=("5.12.2.4d", "6.12.2.4g", "NĐ331 Đ30.8a"))
    assert clauses(own, 3)[0] == ("5.12.2.4d", "NĐ331 Đ30.8a")
    assert clauses(own, 5)[0] == ("6.12.2.4g", "NĐ331 Đ30.8a")
    old = control("NET-12", clauses_2017=("O 7.2.1.4", "O 9.2.1.5"))
    assert [clauses(old, level)[1] for level in (2, 3, 5)] == [(), ("7.2.1.4",), ("9.2.1.5",)]
    any_level = control("NET-02", clauses_2026=("x.12.2.4",), clauses_2017=("O y.2.1.2",))
    assert clauses(any_level, 3) == (("5.12.2.4",), ("7.2.1.2",))
    assert clauses(any_level, 5) == (("7.12.2.4",), ("9.2.1.2",))


def test_text_is_composed_and_shows_what_has_no_glyph():
    assert (
        clean("Bê\u0301n\x1b[31m\x00\u202e\r\nđ\ud800") == "B\u1ebfn\\x1b[31m\\x00\\u202e\nđ\\ud800"
    )
    assert clean("مرحبا 🙂\t") == "مرحبا 🙂\t"
    assert shorten("a" * 12, 10) == "a" * 10 + " […+2]"


def test_only_the_owner_reads_reports_and_no_half_file_stays(tmp_path):
    folder = tmp_path / "reports" / "run"
    paths = write(audit(), catalogue(), folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in paths} == {0o600}
    assert sorted(p for p in folder.rglob("*") if p.is_file()) == sorted(paths)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BentreError, match="file/run"):
        write(audit(), catalogue(), tmp_path / "file" / "run", ALL[:1])
