"""The official paper to sign: PDF/A-3b (ISO 19005-3) with fonts and the machine result in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn
from uuid import UUID

from weasyprint import HTML, Attachment
from weasyprint.urls import URLFetcher

from bentre_infra.compliance.reports import machine, paper
from bentre_infra.compliance.reports.html import environment
from bentre_infra.compliance.reports.report import Report
from bentre_infra.runtime.errors import BentreError

FONT = "Liberation Serif"
"""Has the widths of Times New Roman, which NĐ 30/2020 asks for, and all Vietnamese letters."""


WIDTHS = range(1, 101)
"""Hundredths of the page that a column can have."""
LETTERS = "ăâđêôơưĂÂĐÊÔƠƯ" + "".join(chr(code) for code in range(0x1EA0, 0x1EFA))
"""Vietnamese letters beyond Latin-1 (TCVN 6909:2001; Unicode block Latin Extended Additional)."""


@dataclass(frozen=True, order=True)
class Font:
    """A font of a PDF, without the tag of its subset."""

    name: str
    embedded: bool


class Nothing(URLFetcher):  # type: ignore[misc]
    """A report loads nothing, whatever a host's text makes it look for."""

    def fetch(self, url: str, headers: Any = None) -> NoReturn:
        """Refuse.

        Raises:
            ValueError: always.
        """
        raise ValueError(f"a report loads nothing: {url} {headers or ''}")


def files(report: Report) -> Mapping[str, bytes]:
    """Write ``report.pdf``; the machine result is attached, so that a seal covers it too.

    Raises:
        BentreError: the font is missing on this machine, or is not embedded.
    """
    _check_machine()
    ended = report.audit.ended
    page = (
        environment()
        .get_template("paper.html")
        .render(
            report=report, paper=paper, composed=paper.compose(report), font=FONT, widths=WIDTHS
        )
    )
    attached = Attachment(
        string=machine.files(report)["result.json"],
        name="result.json",
        description="Kết quả cho máy đọc / machine result",
        created=ended,
        modified=ended,
        relationship="Data",
    )
    used: list[Font] = []
    made: bytes = HTML(string=page, url_fetcher=Nothing()).write_pdf(
        pdf_variant="pdf/a-3b",
        pdf_identifier=UUID(report.audit.id).bytes,
        attachments=[attached],
        finisher=lambda _, pdf: used.extend(_fonts(pdf.objects)),
    )
    _check(used)
    return {"report.pdf": made}


def _fonts(objects: Iterable[Any]) -> list[Font]:
    """Fonts of a PDF that is about to be written."""
    found = set()
    for each in objects:
        if isinstance(each, dict) and each.get("Type") == "/FontDescriptor":
            name = str(each["FontName"]).removeprefix("/").rpartition("+")[2]
            found.add(Font(name, any(f"FontFile{n}" in each for n in ("", "2", "3"))))
    return sorted(found)


def _check(found: list[Font]) -> None:
    missing = [font.name for font in found if not font.embedded]
    if missing:
        raise BentreError(
            f"report.pdf: fonts that are not embedded: {', '.join(missing)}", "embed them"
        )


@cache
def _check_machine() -> None:
    """Set the Vietnamese letters alone: another font stands in where ours is missing or old.

    Debian 12 has two packages of the name; the older one's fonts lack most of the letters.
    """
    used: list[Font] = []
    page = f"<html style='font-family: \"{FONT}\"'>{LETTERS}<b>{LETTERS}</b><i>{LETTERS}</i>"
    HTML(string=page, url_fetcher=Nothing()).write_pdf(
        finisher=lambda _, pdf: used.extend(_fonts(pdf.objects))
    )
    others = [f.name for f in used if not f.name.replace("-", " ").startswith(FONT)]
    if others or not used:
        raise BentreError(
            f"report.pdf: the font {FONT} is missing, or lacks Vietnamese letters"
            f" ({', '.join(others)} stood in)",
            "apt-get install fonts-liberation2",
        )
