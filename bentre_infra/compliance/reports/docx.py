"""The official paper to edit, as DOCX in the layout of NĐ 30/2020/NĐ-CP annex I."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from bentre_infra.compliance.catalogue.model import Text
from bentre_infra.compliance.reports import paper
from bentre_infra.compliance.reports.paper import Block, Chart, Group, Heading, Paragraph, Table
from bentre_infra.compliance.reports.report import Report
from bentre_infra.compliance.reports.zipped import settle

FONT = "Times New Roman"
"""NĐ 30/2020 annex I, I.2; black, Unicode after TCVN 6909:2001."""

_CENTRE = WD_ALIGN_PARAGRAPH.CENTER
_TWIPS = 1440 / 25.4
"""Twentieths of a point in a millimetre."""


def files(report: Report) -> Mapping[str, bytes]:
    """Write ``report.docx``."""
    composed = paper.compose(report)
    document = Document()
    _pages(document)
    _head(document, composed)
    _blocks(document, composed.body, 160)
    _signature(document)
    wide = document.add_section(WD_SECTION.NEW_PAGE)
    wide.orientation, wide.page_width, wide.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    wide.left_margin, wide.right_margin = Mm(20), Mm(20)
    _blocks(document, composed.annex, 257)
    properties = document.core_properties
    properties.title = composed.subject.vi
    properties.author = composed.organisation[:255]
    properties.language = "vi-VN"
    properties.comments = f"bentre_infra {report.audit.tool_version}, {report.audit.id}"
    out = BytesIO()
    document.save(out)
    return {"report.docx": settle(out.getvalue(), report.audit.ended)}


def _pages(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(13)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.rPr.append(language)
    style.paragraph_format.space_after = Pt(6)
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(20), Mm(20)
    page.left_margin, page.right_margin = Mm(30), Mm(20)
    # numbers of pages stand in the middle above, not on the first page (annex I, II.7)
    page.different_first_page_header_footer = True
    page.header_distance = Mm(10)
    number = page.header.paragraphs[0]
    number.alignment = _CENTRE
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    number._p.append(field)


def _head(document: Any, composed: paper.Paper) -> None:
    (left, right), (number, date) = _two_columns(document, 2, 60, 100)
    _line(left.paragraphs[0], composed.organisation.upper(), 13, bold=True)
    _line(left.add_paragraph(), "–––––––––", 9)
    _line(right.paragraphs[0], paper.COUNTRY, 12, bold=True)
    _line(right.add_paragraph(), paper.MOTTO, 13.5, bold=True)
    _line(right.add_paragraph(), "––––––––––––––––––––––––", 9)
    _line(number.paragraphs[0], paper.NUMBER, 13)
    _line(date.paragraphs[0], composed.date, 13, italic=True)
    document.add_paragraph()
    _line(document.add_paragraph(), paper.TITLE.vi, 14, bold=True)
    _line(document.add_paragraph(), composed.subject.vi, 14, bold=True)
    _line(document.add_paragraph(), composed.subject.en, 11, italic=True)
    _line(document.add_paragraph(), "–––––––––", 9)


def _signature(document: Any) -> None:
    document.add_paragraph()
    ((left, right),) = _two_columns(document, 1, 60, 100)
    first = left.paragraphs[0]
    run = first.add_run("Nơi nhận:")
    run.bold = run.italic = True
    run.font.size = Pt(12)
    for text in paper.RECIPIENTS:
        line = left.add_paragraph()
        line.add_run(text).font.size = Pt(11)
        line.paragraph_format.space_after = Pt(0)
    _line(right.paragraphs[0], paper.SIGNER, 13.5, bold=True)
    _line(right.add_paragraph(), paper.SIGNER_NOTE, 12, italic=True)
    for _ in range(4):
        right.add_paragraph()
    _line(right.add_paragraph(), "……………………………", 13.5, bold=True)
    for paragraph in (*left.paragraphs, *right.paragraphs):
        paragraph.paragraph_format.keep_with_next = True


def _two_columns(document: Any, rows: int, left: int, right: int) -> list[tuple[Any, Any]]:
    """A table without lines; widths in mm, said twice: programs read one or the other."""
    table = document.add_table(rows, 2)
    table.autofit = False
    for column, width in zip(table.columns, (left, right), strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    return [tuple(row.cells) for row in table.rows]


def _line(
    paragraph: Any, text: str, size: float, *, bold: bool = False, italic: bool = False
) -> None:
    paragraph.alignment = _CENTRE
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)


def _blocks(document: Any, blocks: Iterable[Block], width: int) -> None:
    for block in blocks:
        match block:
            case Heading(text):
                paragraph = document.add_paragraph()
                paragraph.paragraph_format.keep_with_next = True
                paragraph.paragraph_format.space_before = Pt(8)
                paragraph.add_run(text.vi).bold = True
                _english(paragraph, text)
                # found by the navigation of an office program
                level = OxmlElement("w:outlineLvl")
                level.set(qn("w:val"), "0")
                paragraph._p.get_or_add_pPr().append(level)
            case Paragraph(text):
                paragraph = document.add_paragraph(text.vi)
                paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
                paragraph.paragraph_format.first_line_indent = Mm(10)
                _english(paragraph, text)
            case Table():
                _table(document, block, width)
            case Chart():
                pass


def _english(paragraph: Any, text: Text) -> None:
    if text.en and text.en != text.vi:
        run = paragraph.add_run(f" ({text.en})")
        run.italic, run.font.size = True, Pt(10)


def _table(document: Any, table: Table, width: int) -> None:
    """Build a table's XML by hand: python-docx looks at all cells again for each row."""
    made = document.add_table(0, len(table.widths), style="Table Grid")
    widths = [round(share * width / 100 * _TWIPS) for share in table.widths]
    for column, wide in zip(made._tbl.tblGrid.gridCol_lst, widths, strict=True):
        column.set(qn("w:w"), str(wide))
    if table.heads:
        row = _row(
            [_cell(text, wide, bold=True) for text, wide in zip(table.heads, widths, strict=True)]
        )
        repeated = OxmlElement("w:tblHeader")
        row.get_or_add_trPr().append(repeated)
        made._tbl.append(row)
    for each in table.rows:
        if isinstance(each, Group):
            whole = _cell(each.text, sum(widths), bold=True, span=len(widths))
            made._tbl.append(_row([whole]))
        else:
            cells = [_cell(text, wide) for text, wide in zip(each, widths, strict=True)]
            made._tbl.append(_row(cells))
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _row(cells: list[Any]) -> Any:
    row = OxmlElement("w:tr")
    together = OxmlElement("w:cantSplit")
    row.get_or_add_trPr().append(together)
    for cell in cells:
        row.append(cell)
    return row


def _cell(text: Text, width: int, *, bold: bool = False, span: int = 1) -> Any:
    cell = OxmlElement("w:tc")
    properties = cell.get_or_add_tcPr()
    wide = OxmlElement("w:tcW")
    wide.set(qn("w:w"), str(width))
    wide.set(qn("w:type"), "dxa")
    properties.append(wide)
    if span > 1:
        spanned = OxmlElement("w:gridSpan")
        spanned.set(qn("w:val"), str(span))
        properties.append(spanned)
    paragraph = OxmlElement("w:p")
    layout = paragraph.get_or_add_pPr()
    if span > 1:
        layout.append(OxmlElement("w:keepNext"))
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:after"), "20")
    layout.append(spacing)
    _run(paragraph, text.vi, 22, bold=bold)
    if text.en and text.en != text.vi:
        _run(paragraph, f"\n{text.en}", 18, italic=True)
    cell.append(paragraph)
    return cell


def _run(
    paragraph: Any, text: str, half_points: int, *, bold: bool = False, italic: bool = False
) -> None:
    run = OxmlElement("w:r")
    properties = run.get_or_add_rPr()
    for on, name in ((bold, "w:b"), (italic, "w:i")):
        if on:
            properties.append(OxmlElement(name))
    for name in ("w:sz", "w:szCs"):
        size = OxmlElement(name)
        size.set(qn("w:val"), str(half_points))
        properties.append(size)
    # new lines and tabs become elements, as a person's would
    run.text = text
    paragraph.append(run)
