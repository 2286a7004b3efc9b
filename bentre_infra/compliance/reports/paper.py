"""The official paper, before it is a DOCX or a PDF: what stands in it, in which order.

Its layout is that of administrative papers (NĐ 30/2020/NĐ-CP, annex I). The place, the number and
the signer are left open: a person fills them in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bentre_infra.compliance.catalogue.model import Text
from bentre_infra.compliance.reports import wording
from bentre_infra.compliance.reports.charts import SHOWN, bars
from bentre_infra.compliance.reports.clean import shorten
from bentre_infra.compliance.reports.outcome import Outcome, vietnam
from bentre_infra.compliance.reports.report import Assessed, Report, Row, count, written

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
NUMBER = "Số: ……/BC-……"
PLACE = "……………"
TITLE = Text("BÁO CÁO", "REPORT")
SIGNER = "QUYỀN HẠN, CHỨC VỤ CỦA NGƯỜI KÝ"
SIGNER_NOTE = "(Ký, ghi rõ họ tên)"
RECIPIENTS = ("- ……………;", "- Lưu: VT, ……….")

_MOST = 1500
"""Characters of a remark that paper carries; the machine result has all of it."""


@dataclass(frozen=True)
class Heading:
    """A heading with its number."""

    text: Text


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; its English stands below."""

    text: Text


@dataclass(frozen=True)
class Group:
    """A line over a table's rows that tells what they have in common."""

    text: Text


@dataclass(frozen=True)
class Table:
    """A table; the widths are shares of the page's, in hundredths."""

    heads: tuple[Text, ...]
    widths: tuple[int, ...]
    rows: tuple[Group | tuple[Text, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A drawing; a paper that is to be edited leaves it out: the table above has its numbers."""

    svg: str


Block = Heading | Paragraph | Table | Chart


@dataclass(frozen=True)
class Paper:
    """A paper: its head, its body, and an annex on wide pages."""

    organisation: str
    date: str
    subject: Text
    body: tuple[Block, ...]
    annex: tuple[Block, ...]


def compose(report: Report) -> Paper:
    """Compose the paper of a report."""
    audit = report.audit
    subject = Text(
        f"Kết quả đánh giá bảo đảm an toàn thông tin theo cấp độ {audit.level}",
        f"Compliance with information security level {audit.level}",
    )
    return Paper(audit.organisation, _date(report), subject, tuple(_body(report)), _annex(report))


def _date(report: Report) -> str:
    """Days below 10 and the first two months have a zero before (NĐ 30/2020 annex I, II.4)."""
    day = report.day
    month = f"{day.month:02}" if day.month < 3 else f"{day.month}"
    return f"{PLACE}, ngày {day.day:02} tháng {month} năm {day.year}"


def _body(report: Report) -> Iterator[Block]:
    audit = report.audit
    yield Paragraph(
        Text(
            "Thực hiện Luật An ninh mạng số 116/2025/QH15 và Nghị định số 331/2026/NĐ-CP,"
            f" {audit.organisation} báo cáo kết quả đánh giá hệ thống “{audit.site}” như sau:",
            "Under the Cybersecurity Law 116/2025/QH15 and Decree 331/2026/NĐ-CP.",
        )
    )
    if report.redacted:
        yield Paragraph(wording.REDACTED)
    yield Heading(Text("I. Thông tin chung", "The run"))
    yield _plain((28, 72), [(name, plain(value)) for name, value in _facts(report)])
    yield Heading(Text("II. Tổng hợp kết quả", "Summary"))
    yield _summary(report)
    yield Paragraph(
        Text(
            f"Một yêu cầu chỉ đáp ứng khi đáp ứng ở mọi đối tượng. {wording.NEVER_A_PASS.vi}",
            f"A control is met only where it is met at every subject. {wording.NEVER_A_PASS.en}",
        )
    )
    yield Chart(bars(report))
    yield from _unreached(report)
    yield Heading(Text("III. Yêu cầu chưa đáp ứng, kế hoạch khắc phục", "Not met: plan"))
    yield _plans(report) or Paragraph(
        Text(
            "Không có yêu cầu nào chưa đáp ứng trong số đã đánh giá.",
            "Nothing that was assessed is unmet.",
        )
    )
    yield Heading(Text("IV. Ngoại lệ và phương án tương đương", "Waivers, equivalent measures"))
    yield _exemptions(report) or Paragraph(Text("Không có.", "None."))


def _facts(report: Report) -> Iterator[tuple[Text, str]]:
    audit = report.audit
    yield Text("Hệ thống", "Site"), audit.site
    yield Text("Cấp độ", "Level"), str(audit.level)
    yield Text("Người đánh giá", "Assessor"), audit.assessor
    for name, at in (
        (Text("Bắt đầu", "Began"), audit.began),
        (Text("Kết thúc", "Ended"), audit.ended),
    ):
        yield name, f"{vietnam(at):%d/%m/%Y %H:%M:%S} +07:00 ({at:%Y-%m-%d %H:%M:%S} UTC)"
    reached = sum(s.reached for s in audit.subjects)
    yield Text("Đối tượng kết nối được", "Subjects reached"), f"{reached}/{len(audit.subjects)}"
    yield Text("Mã đợt đánh giá", "Run"), audit.id
    yield Text("Công cụ", "Tool"), f"bentre_infra {audit.tool_version}"
    yield (
        Text("Danh mục yêu cầu", "Catalogue"),
        f"{report.catalogue.version}, SHA-256 {audit.catalogue_sha256}",
    )
    yield Text("Mô hình hệ thống", "Model"), f"SHA-256 {audit.model_sha256}"
    yield Text("Số minh chứng", "Pieces of evidence"), str(len(audit.evidence))


def _summary(report: Report) -> Table:
    heads = (
        Text("Nhóm yêu cầu", "Section"),
        *(wording.OUTCOMES[one] for one in SHOWN),
        Text("Cộng", "Total"),
    )
    rows: list[tuple[Text, ...]] = []
    for name, each in report.sections.items():
        counts = count(one.outcome for one in each)
        title = wording.section(name)
        numbers = (*(counts[one] for one in SHOWN), len(each))
        rows.append((Text(f"{name}. {title.vi}", title.en), *(plain(str(n)) for n in numbers)))
    totals = (*(report.counts[one] for one in SHOWN), len(report.controls))
    rows.append((Text("Cộng", "Total"), *(plain(str(n)) for n in totals)))
    return Table(heads, (28, 12, 14, 13, 12, 12, 9), tuple(rows))


def _unreached(report: Report) -> Iterator[Block]:
    missing = [s for s in report.audit.subjects if not s.reached]
    if missing:
        yield Paragraph(
            Text(f"{wording.NOT_REACHED.vi}: {len(missing)}", f"{wording.NOT_REACHED.en}:")
        )
        rows = [(plain(s.name), plain(shorten(s.note, _MOST) or "–")) for s in missing]
        yield _plain((30, 70), rows)


def _plans(report: Report) -> Table | None:
    heads = (
        Text("Yêu cầu", "Control"),
        Text("Đối tượng", "Subjects"),
        Text("Kế hoạch", "Plan"),
        Text("Người chịu trách nhiệm", "Owner"),
        Text("Thời hạn", "Due"),
    )
    rows = []
    for plan in report.plans:
        action = Text(shorten(plan.action.vi, _MOST), shorten(plan.action.en, _MOST))
        if plan.expired:
            said = f"{plan.expired.id} {{}} {written(plan.expired.expires)}"
            action = Text(
                f"{action.vi} ({said.format(wording.EXPIRED.vi)})",
                f"{action.en} ({said.format(wording.EXPIRED.en)})",
            )
        rows.append(
            (
                Text(f"{plan.control.id} {plan.control.title.vi}", plan.control.title.en),
                plain(shorten(", ".join(plan.subjects), 400)),
                action,
                Text(shorten(plan.owner.vi, 200), shorten(plan.owner.en, 200)),
                plan.due,
            )
        )
    return Table(heads, (25, 20, 24, 16, 15), tuple(rows)) if rows else None


def _exemptions(report: Report) -> Table | None:
    heads = (
        Text("Số", "No."),
        Text("Loại", "Kind"),
        Text("Yêu cầu", "Control"),
        Text("Lý do", "Reason"),
        Text("Người chịu trách nhiệm", "Owner"),
        Text("Đến ngày", "Until"),
    )
    rows = []
    for one in report.audit.exemptions:
        until = written(one.expires)
        ended = report.day > one.expires
        rows.append(
            (
                plain(one.id),
                wording.EXEMPTIONS[one.kind],
                plain(one.control),
                plain(shorten(one.reason, _MOST)),
                plain(shorten(one.owner, 200)),
                Text(until, "đã hết hiệu lực / expired") if ended else plain(until),
            )
        )
    return Table(heads, (9, 19, 13, 27, 17, 15), tuple(rows)) if rows else None


def _annex(report: Report) -> tuple[Block, ...]:
    heads = (
        Text("Đối tượng", "Subject"),
        Text("Kết quả", "Result"),
        Text("Nhận xét", "Remark"),
        Text("Yêu cầu / thực tế", "Expected / actual"),
    )
    rows: list[Group | tuple[Text, ...]] = []
    for each in report.controls:
        rows.append(Group(Text(_title(each), each.control.title.en)))
        rows += [_detail(same) for same in _alike(each)]
    marks = "; ".join(f"[{mark}] {text.vi}" for mark, text in wording.CONFIDENCE.items())
    return (
        Heading(Text("PHỤ LỤC. Kết quả chi tiết", "Annex: every finding")),
        Paragraph(Text(f"Độ tin cậy của căn cứ: {marks}.", "")),
        Table(heads, (17, 17, 38, 28), tuple(rows)),
    )


def _title(each: Assessed) -> str:
    parts = [f"{each.control.id} {each.control.title.vi}"]
    if each.clauses_2026:
        parts.append(f"TCVN 14423:2026, NĐ 331/2026: {'; '.join(each.clauses_2026)}")
    if each.clauses_2017:
        parts.append(f"TCVN 11930:2017, TT 12/2022: {'; '.join(each.clauses_2017)}")
    if each.control.sources:
        parts.append("; ".join(each.control.sources))
    return " — ".join(parts) + f" [{', '.join(each.control.confidence)}]"


def _alike(each: Assessed) -> Iterable[list[Row]]:
    """Rows that say the same share a line; so do all subjects that meet the control."""
    found: dict[object, list[Row]] = {}
    for row in each.rows:
        same: object = row.outcome
        if row.outcome is not Outcome.MET:
            finding = row.finding
            same = (row.outcome, row.note, finding.expected, finding.actual, row.exemption)
        found.setdefault(same, []).append(row)
    return found.values()


def _detail(rows: list[Row]) -> tuple[Text, ...]:
    row = rows[0]
    note = Text(shorten(row.note.vi, _MOST), shorten(row.note.en, _MOST))
    found = [row.finding.expected, row.finding.actual]
    if row.outcome is Outcome.NOT_MET and row.exemption:
        said = f"{row.exemption.id}, {{}} {written(row.exemption.expires)}"
        note = Text(
            f"{note.vi} ({said.format(wording.IN_FORCE.vi)})",
            f"{note.en} ({said.format(wording.IN_FORCE.en)})",
        )
    if any(other.note != row.note for other in rows):
        note = Text(f"{len(rows)} đối tượng; từng kết quả ở checklist.xlsx và result.json", "")
        found = []
    return (
        plain(", ".join(each.subject.name for each in rows)),
        wording.OUTCOMES[row.outcome],
        note,
        plain(" / ".join(shorten(text, 400) for text in found if text)),
    )


def _plain(widths: tuple[int, ...], rows: Sequence[tuple[Text, ...]]) -> Table:
    return Table((), widths, tuple(rows))


def plain(text: str) -> Text:
    """A text that is the same in both languages."""
    return Text(text, "")
