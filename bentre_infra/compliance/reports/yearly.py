"""Tables for the yearly report (data for Mẫu 08): what each system has met, lacks and plans.

The form's own layout is the authority's; these are its numbers, one sheet a question, to be copied
into it. Systems are those of the audited subjects.
"""

from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook

from bentre_infra.compliance.reports import wording, xlsx
from bentre_infra.compliance.reports.charts import SHOWN
from bentre_infra.compliance.reports.outcome import Outcome, together
from bentre_infra.compliance.reports.report import Report, Row, count
from bentre_infra.compliance.reports.xlsx import Value

_OUTCOMES = [(f"{wording.OUTCOMES[one].vi}\n{wording.OUTCOMES[one].en}", 18) for one in SHOWN]

SYSTEMS: Sequence[tuple[str, int]] = (
    ("Hệ thống\nSystem", 26),
    ("Cấp độ đánh giá\nLevel", 12),
    ("Số đối tượng\nSubjects", 12),
    ("Kết nối được\nReached", 12),
    *_OUTCOMES,
    ("Cộng\nTotal", 10),
)
PLANS: Sequence[tuple[str, int]] = (
    ("Mã\nId", 10),
    ("Yêu cầu\nControl", 36),
    ("Điều khoản\nClause", 22),
    ("Đối tượng\nSubjects", 34),
    ("Kế hoạch khắc phục\nPlan", 40),
    ("Người chịu trách nhiệm\nOwner", 24),
    ("Thời hạn\nDue", 14),
)
CLAUSES: Sequence[tuple[str, int]] = (
    ("Mã\nId", 10),
    ("Yêu cầu\nControl", 40),
    ("TCVN 14423:2026, NĐ 331/2026", 26),
    ("TCVN 11930:2017, TT 12/2022", 26),
    ("Độ tin cậy\nConfidence", 12),
    ("Kết quả\nResult", 26),
)


def files(report: Report) -> Mapping[str, bytes]:
    """Write ``yearly.xlsx``."""
    book = Workbook(write_only=True)
    xlsx.sheet(book, "1 Hệ thống", SYSTEMS, list(systems(report)))
    xlsx.sheet(book, "2 Kế hoạch", PLANS, list(plans(report)))
    xlsx.sheet(book, "3 Điều khoản", CLAUSES, list(_clauses(report)))
    xlsx.sheet(book, "4 Ngoại lệ", xlsx.EXEMPTIONS, list(xlsx.exemptions(report)))
    xlsx.sheet(book, "5 Đợt đánh giá", xlsx.FACTS, list(xlsx.facts(report)))
    return {"yearly.xlsx": xlsx.save(book, report)}


def systems(report: Report) -> Iterable[tuple[Value, ...]]:
    """Each system's controls by answer; a control is as well as the system's worst subject."""
    rows: dict[str, dict[str, list[Row]]] = {}
    for row in report.rows:
        of_control = rows.setdefault(row.subject.system, {})
        of_control.setdefault(row.control.id, []).append(row)
    for system in sorted(rows):
        members = [s for s in report.subjects if s.system == system]
        answers: list[Outcome] = [
            together(r.outcome for r in each) for each in rows[system].values()
        ]
        counts = count(answers)
        yield (
            system or "Toàn hệ thống",
            report.audit.level,
            len(members),
            sum(s.reached for s in members),
            *(counts[one] for one in SHOWN),
            len(answers),
        )


def plans(report: Report) -> Iterable[tuple[Value, ...]]:
    """What is not met, with plan, owner and date (NĐ 331/2026 article 36.10)."""
    clauses = {each.control.id: each.clauses_2026 for each in report.controls}
    for plan in report.plans:
        yield (
            plan.control.id,
            f"{plan.control.title.vi}\n{plan.control.title.en}",
            "; ".join(clauses[plan.control.id]),
            ", ".join(plan.subjects),
            plan.action.vi,
            plan.owner.vi,
            plan.due.vi,
        )


def _clauses(report: Report) -> Iterable[tuple[Value, ...]]:
    for each in report.controls:
        yield (
            each.control.id,
            f"{each.control.title.vi}\n{each.control.title.en}",
            "; ".join(each.clauses_2026),
            "; ".join(each.clauses_2017),
            ", ".join(each.control.confidence),
            wording.OUTCOMES[each.outcome].vi,
        )
