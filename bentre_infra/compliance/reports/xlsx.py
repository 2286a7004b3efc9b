"""The check-list as a workbook: a line for each control at each subject, to filter and to tick."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from bentre_infra.compliance.reports import wording
from bentre_infra.compliance.reports.charts import COLOURS, SHOWN
from bentre_infra.compliance.reports.clean import shorten
from bentre_infra.compliance.reports.report import Assessed, Report, Row, count
from bentre_infra.compliance.reports.zipped import settle

MOST = 32_000
"""Characters; a cell holds 32,767 (ECMA-376 part 1, 18.3.1.96 and Excel's limits)."""

_FONT, _FILL = Font(name="Arial", size=10), PatternFill("solid", fgColor="F0F2F5")
_HEAD = Font(name="Arial", size=10, bold=True)
_ALIGN = Alignment(vertical="top", wrap_text=True)
_LINE = Side(style="thin", color="C9D0D8")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)

Value = str | int

COLUMNS: Sequence[tuple[str, int]] = (
    ("Mã\nId", 10),
    ("Yêu cầu\nControl", 34),
    ("Đối tượng\nSubject", 20),
    ("Kết quả\nResult", 22),
    ("Nhận xét\nRemark", 46),
    ("Ngoại lệ\nExemption", 14),
    ("Người chịu trách nhiệm\nOwner", 20),
    ("Thời hạn\nDue", 12),
    ("Ý kiến người đánh giá\nAuditor's remark", 30),
    ("Điều khoản TCVN 14423:2026\nClause 2026", 20),
    ("Điều khoản TCVN 11930:2017\nClause 2017", 20),
    ("Nguồn\nSource", 18),
    ("Độ tin cậy\nConfidence", 11),
    ("Phương pháp\nMethod", 12),
    ("Nhóm\nSection", 9),
    ("Hệ thống\nSystem", 14),
    ("Vùng\nZone", 13),
    ("Remark (English)", 46),
    ("Giá trị yêu cầu\nExpected", 26),
    ("Giá trị thực tế\nActual", 26),
    ("Minh chứng SHA-256\nEvidence", 30),
)
PRINTED = 9
"""Columns that fit on paper; the others are there to filter by."""


def files(report: Report) -> Mapping[str, bytes]:
    """Write ``checklist.xlsx``."""
    book = Workbook(write_only=True)
    lines = [_line(each, row) for each in report.controls for row in each.rows]
    colours = [COLOURS[row.outcome] for row in report.rows]
    sheet(book, "Kiểm tra", COLUMNS, lines, coloured=(3, colours))
    sheet(book, "Tổng hợp", _summary_columns(), list(summary(report)))
    sheet(book, "Ngoại lệ", EXEMPTIONS, list(exemptions(report)))
    sheet(book, "Đợt đánh giá", FACTS, list(facts(report)))
    return {"checklist.xlsx": save(book, report)}


def sheet(
    book: Workbook,
    title: str,
    columns: Sequence[tuple[str, int]],
    lines: Sequence[Sequence[Value]],
    *,
    coloured: tuple[int, Sequence[str]] | None = None,
) -> None:
    """Add a sheet with a head that stays, filters, and texts that are never formulas.

    Args:
        columns: heads and widths in characters.
        coloured: number of a column, and its colour in each line.
    """
    made = book.create_sheet(title)
    made.freeze_panes = "C2" if len(columns) > 6 else "A2"
    for number, (_, width) in enumerate(columns, 1):
        made.column_dimensions[get_column_letter(number)].width = width
    made.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(lines) + 1}"
    made.page_setup.orientation, made.page_setup.paperSize = "landscape", 9
    made.page_setup.fitToWidth, made.page_setup.fitToHeight = 1, 0
    made.sheet_properties.pageSetUpPr.fitToPage = True
    made.print_title_rows = "1:1"
    last = get_column_letter(min(len(columns), PRINTED))
    made.print_area = f"A1:{last}{len(lines) + 1}"
    widths = [width for _, width in columns[:PRINTED]]
    made.row_dimensions[1].height = _height([head for head, _ in columns], widths)
    made.append([_cell(made, head, _HEAD, _FILL) for head, _ in columns])
    white: dict[str, tuple[Font, PatternFill]] = {}
    for number, line in enumerate(lines):
        cells = [_cell(made, value) for value in line]
        if coloured:
            colour = coloured[1][number].removeprefix("#")
            if colour not in white:
                bold = Font(name="Arial", size=10, bold=True, color="FFFFFF")
                white[colour] = (bold, PatternFill("solid", fgColor=colour))
            cells[coloured[0]].font, cells[coloured[0]].fill = white[colour]
        made.row_dimensions[number + 2].height = _height(line, widths)
        made.append(cells)


def save(book: Workbook, report: Report) -> bytes:
    """Return the workbook's bytes: the same for the same report."""
    book.properties.title = f"bentre audit {report.audit.site}"
    book.properties.creator = f"bentre_infra {report.audit.tool_version}"
    out = BytesIO()
    book.save(out)
    return settle(out.getvalue(), report.audit.ended)


def _cell(made: Any, value: Value, font: Font = _FONT, fill: PatternFill | None = None) -> Cell:
    cell: Cell = WriteOnlyCell(made, shorten(value, MOST) if isinstance(value, str) else value)
    if isinstance(value, str):
        # "=1+1" of a host is a text, and stays one when a person edits it (CWE-1236)
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    cell.font, cell.alignment, cell.border = font, _ALIGN, _BORDER
    if fill:
        cell.fill = fill
    return cell


def _height(line: Sequence[Value], widths: Sequence[int]) -> float:
    """Points for the printed columns' lines: not every program finds the height by itself."""
    lines = max(
        sum(-(-max(len(part), 1) // width) for part in str(value).split("\n"))
        for value, width in zip(line, widths, strict=False)
    )
    return min(lines * 13.5 + 3, 400)  # 409 is the most


def _line(each: Assessed, row: Row) -> tuple[Value, ...]:
    control, exemption = row.control, row.exemption
    return (
        control.id,
        f"{control.title.vi}\n{control.title.en}",
        row.subject.name,
        f"{wording.OUTCOMES[row.outcome].vi}\n{wording.OUTCOMES[row.outcome].en}",
        row.note.vi,
        _exemption(row),
        exemption.owner if exemption else "",
        f"{exemption.expires:%d/%m/%Y}" if exemption else "",
        "",
        "; ".join(each.clauses_2026),
        "; ".join(each.clauses_2017),
        "; ".join(control.sources),
        ", ".join(control.confidence),
        wording.METHODS[control.method].vi,
        control.section,
        row.subject.system,
        row.subject.zone,
        row.note.en,
        row.finding.expected,
        row.finding.actual,
        "\n".join(row.finding.evidence),
    )


def _exemption(row: Row) -> str:
    if row.expired:
        return f"{row.expired.id} ({wording.EXPIRED.vi} {row.expired.expires:%d/%m/%Y})"
    return row.exemption.id if row.exemption else ""


def _summary_columns() -> Sequence[tuple[str, int]]:
    outcomes = [(f"{wording.OUTCOMES[o].vi}\n{wording.OUTCOMES[o].en}", 18) for o in SHOWN]
    return [("Nhóm\nSection", 10), ("Tên\nTitle", 40), *outcomes, ("Cộng\nTotal", 10)]


def summary(report: Report) -> Iterable[tuple[Value, ...]]:
    """Controls by section and answer, and the sums."""
    for name, each in report.sections.items():
        counts = count(one.outcome for one in each)
        title = wording.section(name)
        yield (name, f"{title.vi}\n{title.en}", *(counts[o] for o in SHOWN), len(each))
    yield ("Cộng", "Total", *(report.counts[o] for o in SHOWN), len(report.controls))


EXEMPTIONS: Sequence[tuple[str, int]] = (
    ("Số\nNo.", 10),
    ("Loại\nKind", 24),
    ("Yêu cầu\nControl", 12),
    ("Đối tượng\nSubjects", 28),
    ("Lý do\nReason", 50),
    ("Người chịu trách nhiệm\nOwner", 22),
    ("Đến ngày\nUntil", 12),
    ("Hiệu lực\nIn force", 14),
)


def exemptions(report: Report) -> Iterable[tuple[Value, ...]]:
    """Waivers and equivalent measures, also those that count no more."""
    for one in report.audit.exemptions:
        yield (
            one.id,
            wording.EXEMPTIONS[one.kind].vi,
            one.control,
            ", ".join(one.subjects) or "Tất cả",
            one.reason,
            one.owner,
            f"{one.expires:%d/%m/%Y}",
            "Hết hiệu lực" if report.day > one.expires else "Còn hiệu lực",
        )


FACTS: Sequence[tuple[str, int]] = (("Thông tin\nFact", 34), ("Giá trị\nValue", 80))


def facts(report: Report) -> Iterable[tuple[Value, ...]]:
    """What the run was."""
    audit = report.audit
    yield "Cơ quan / Organisation", audit.organisation
    yield "Hệ thống / Site", audit.site
    yield "Cấp độ / Level", audit.level
    yield "Người đánh giá / Assessor", audit.assessor
    yield "Bắt đầu / Began (UTC)", f"{audit.began:%Y-%m-%d %H:%M:%S}"
    yield "Kết thúc / Ended (UTC)", f"{audit.ended:%Y-%m-%d %H:%M:%S}"
    yield "Mã đợt / Run", audit.id
    yield "Danh mục / Catalogue", f"{report.catalogue.version} {audit.catalogue_sha256}"
    yield "Mô hình / Model", audit.model_sha256
    yield "Công cụ / Tool", f"bentre_infra {audit.tool_version}"
    if report.redacted:
        yield wording.REDACTED.vi, wording.REDACTED.en
