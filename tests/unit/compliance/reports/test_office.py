"""DOCX and XLSX as office programs read them."""

from io import BytesIO

import pytest
from docx import Document
from openpyxl import load_workbook

from bentre_infra.compliance.reports import docx, xlsx, yearly
from bentre_infra.compliance.reports.report import build
from tests.unit.compliance.reports.sample import audit, catalogue, with_message


def document(run):
    return Document(BytesIO(docx.files(build(run, catalogue()))["report.docx"]))


def texts(of) -> str:
    cells = [c.text for t in of.tables for row in t.rows for c in row.cells]
    return "\n".join([p.text for p in of.paragraphs] + cells)


def book(run, writer=xlsx, name="checklist.xlsx"):
    return load_workbook(BytesIO(writer.files(build(run, catalogue()))[name]))


def test_the_paper_has_the_layout_of_administrative_papers():
    paper = document(audit())
    page, annex = paper.sections
    assert (page.page_width.mm, page.page_height.mm) == pytest.approx((210, 297), abs=0.1)
    margins = [page.top_margin, page.right_margin, page.bottom_margin, page.left_margin]
    assert [m.mm for m in margins] == pytest.approx([20, 20, 20, 30], abs=0.1)
    assert annex.page_width > annex.page_height
    normal = paper.styles["Normal"].font
    assert (normal.name, normal.size.pt) == ("Times New Roman", 13)
    assert page.different_first_page_header_footer
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "SỞ THÔNG TIN VÀ TRUYỀN THÔNG TỈNH BẾN TRE",
        "Số: ……/BC-……",
        "ngày 26 tháng 11 năm 2026",
        "Nơi nhận:",
        "(Ký, ghi rõ họ tên)",
    ):
        assert said in texts(paper)


def test_the_paper_says_what_is_not_met_with_plan_owner_and_date():
    said = texts(document(audit()))
    for one in (
        "Chưa đáp ứng đầy đủ",
        "Chờ thay thiết bị mạng",
        "Trần Thị B",
        "31/03/2027",
        "W-2 đã hết hiệu lực ngày 25/11/2026",
        "TCVN 14423:2026, NĐ 331/2026: 5.12.2.4",
        "[P]",
    ):
        assert one in said


def test_the_check_list_has_a_line_for_each_row():
    sheet = book(audit())["Kiểm tra"]
    assert sheet.max_row == 1 + 11
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:U12"
    line = [cell.value for cell in sheet[4]]
    assert line[0] == "NET-02"
    assert line[3] == "Chưa đáp ứng đầy đủ\nNot fully met"
    assert line[9:11] == ["5.12.2.4", "7.2.1.2"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\n="])
def test_what_a_host_said_is_never_a_formula(start):
    text = f'{start}cmd|"/C calc"!A0'
    found = [
        cell
        for writer, name in ((xlsx, "checklist.xlsx"), (yearly, "yearly.xlsx"))
        for sheet in book(with_message(text), writer, name)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value == text
    ]
    assert len(found) >= 6
    assert {(cell.data_type, cell.quotePrefix) for cell in found} == {("s", True)}


def test_no_cell_of_any_sheet_is_a_formula():
    for sheet in book(with_message("=1+1")):
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_the_yearly_tables_count_each_system():
    made = book(audit(), yearly, "yearly.xlsx")
    rows = {row[0]: row[1:] for row in made["1 Hệ thống"].iter_rows(values_only=True)}
    # level, subjects, reached, met, equivalent, not met, not assessed, not applicable, sum
    assert rows["mail"] == (3, 2, 2, 0, 1, 2, 0, 1, 4)
    assert rows["log"] == (3, 1, 1, 3, 0, 0, 0, 0, 3)
    assert rows["db"] == (3, 1, 0, 0, 0, 0, 1, 0, 1)
    assert rows["Toàn hệ thống"] == (3, 1, 1, 1, 0, 0, 2, 0, 3)
    plans = [row[0] for row in made["2 Kế hoạch"].iter_rows(min_row=2, values_only=True)]
    assert plans == ["NET-02", "NET-03"]
