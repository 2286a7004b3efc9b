"""Charts as SVG by hand: the same in HTML and in the PDF, without a script, without a style sheet.

Colours are attributes: a page whose policy forbids inline styles shows them, and so does a
renderer that reads no style sheet for pictures.
"""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from bentre_infra.compliance.reports import wording
from bentre_infra.compliance.reports.outcome import ORDER, Outcome
from bentre_infra.compliance.reports.report import Report, Row, count

COLOURS: Mapping[Outcome, str] = {
    Outcome.MET: "#1a7f4b",
    Outcome.EQUIVALENT: "#1d5fa8",
    Outcome.NOT_MET: "#b3261e",
    Outcome.NOT_ASSESSED: "#8a5a00",
    Outcome.NOT_APPLICABLE: "#667085",
}
"""Each has a contrast of 4.5 or more on white and under white text (WCAG 2.0, 1.4.3)."""

SHOWN = (
    Outcome.MET,
    Outcome.EQUIVALENT,
    Outcome.NOT_MET,
    Outcome.NOT_ASSESSED,
    Outcome.NOT_APPLICABLE,
)
"""From what is well to what says nothing: the order in bars and legends."""

_FONT = "Liberation Sans, Arial, sans-serif"
_INK = "#1d2733"
_CELL = 18
_NONE = "#eef1f5"


def bars(report: Report) -> str:
    """Draw, for each section, its controls by answer."""
    label, width, height, right = 250, 480, 26, 40
    rows = list(report.sections.items())
    most = max((len(each) for _, each in rows), default=1)
    total = (label + width + right, height * len(rows) + 8)
    drawn = []
    for n, (name, each) in enumerate(rows):
        top, left = n * height + 6, float(label)
        title = f"{name} · {wording.section(name).vi}"
        drawn.append(_text(label - 10, top + 14, title, anchor="end", size=12))
        counts = count(one.outcome for one in each)
        for outcome in SHOWN:
            if not counts[outcome]:
                continue
            long = counts[outcome] * width / most
            drawn.append(_rect(left, top, long, height - 7, COLOURS[outcome]))
            if long >= 12:
                middle = left + long / 2
                drawn.append(
                    _text(
                        middle,
                        top + 14,
                        str(counts[outcome]),
                        "middle",
                        size=11,
                        fill="#ffffff",
                        bold=True,
                    )
                )
            left += long
        drawn.append(_text(left + 6, top + 14, str(len(each)), size=11))
    said = "; ".join(_said(name, count(o.outcome for o in each)) for name, each in rows)
    return _svg("bars", total, f"Kết quả theo nhóm yêu cầu / Results by section: {said}", drawn)


def matrix(report: Report, section: str) -> str:
    """Draw, for one section, every control at every subject; the table has the same as text."""
    controls = report.sections[section]
    asked = dict.fromkeys(row.subject.name for each in controls for row in each.rows)
    subjects = [s.name for s in report.subjects if s.name in asked]
    label, longest = 300, max((len(_cut(name, 28)) for name in subjects), default=1)
    head = int(longest * 5.2) + 14
    # names are written aslant, so the last one leans out to the right
    total = (label + _CELL * len(subjects) + int(head * 0.75), head + _CELL * len(controls) + 4)
    drawn = []
    for n, name in enumerate(subjects):
        x, y = label + n * _CELL + 10, head - 5
        drawn.append(_text(x, y, _cut(name, 28), size=10, turn=f"rotate(-50 {x} {y})"))
    for n, each in enumerate(controls):
        top = head + n * _CELL
        title = _cut(f"{each.control.id} {each.control.title.vi}", 46)
        drawn.append(_text(label - 8, top + 13, title, "end", size=11))
        at = {row.subject.name: row for row in each.rows}
        drawn += [
            _cell(label + column * _CELL, top, at.get(name)) for column, name in enumerate(subjects)
        ]
    title = f"{section}: yêu cầu × đối tượng / controls × subjects"
    return _svg(f"matrix-{section}", total, title, drawn)


def trend(points: Sequence[tuple[str, Mapping[Outcome, int]]]) -> str:
    """Draw runs beside each other, each a column of answers; the newest stands at the right."""
    wide, gap, height, foot = 34, 14, 150, 40
    total = (max(120, 16 + len(points) * (wide + gap)), height + foot)
    most = max((sum(counts.values()) for _, counts in points), default=0) or 1
    drawn = []
    for n, (name, counts) in enumerate(points):
        left, bottom = 12 + n * (wide + gap), float(height)
        for outcome in SHOWN:
            tall = counts[outcome] * (height - 10) / most
            bottom -= tall
            if tall:
                drawn.append(_rect(left, bottom, wide, tall, COLOURS[outcome]))
            if tall >= 12:
                middle, base = left + wide / 2, bottom + tall / 2 + 4
                drawn.append(
                    _text(
                        middle,
                        base,
                        str(counts[outcome]),
                        "middle",
                        size=10,
                        fill="#ffffff",
                        bold=True,
                    )
                )
        drawn.append(_text(left + wide / 2, height + 16, name, "middle", size=10))
    said = "; ".join(_said(name, counts) for name, counts in points)
    return _svg("trend", total, f"Diễn biến qua các đợt / Trend over runs: {said}", drawn)


def _cell(x: float, y: float, row: Row | None) -> str:
    if row is None:
        return _rect(x, y, _CELL - 2, _CELL - 2, _NONE)
    return _rect(x, y, _CELL - 2, _CELL - 2, COLOURS[row.outcome]) + _text(
        x + 8, y + 12, wording.SYMBOLS[row.outcome], "middle", size=11, fill="#ffffff", bold=True
    )


def _said(name: str, counts: Mapping[Outcome, int]) -> str:
    told = [f"{wording.OUTCOMES[one].vi} {counts[one]}" for one in ORDER if counts[one]]
    return f"{name}: {', '.join(told) or '0'}"


def _svg(name: str, size: tuple[int, int], title: str, drawn: Sequence[str]) -> str:
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}-title"'
        f' viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' font-family="{_FONT}"><title id="{name}-title">{escape(title)}</title>'
        f"{''.join(drawn)}</svg>"
    )


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:g}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'


def _text(
    x: float,
    y: float,
    text: str,
    anchor: str = "start",
    *,
    size: int = 12,
    fill: str = _INK,
    bold: bool = False,
    turn: str = "",
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    turned = f' transform="{turn}"' if turn else ""
    return (
        f'<text x="{x:g}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{fill}"'
        f"{weight}{turned}>{escape(text)}</text>"
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
