"""One HTML page that opens anywhere: it loads nothing, and its policy lets it load nothing."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bentre_infra.compliance.catalogue.model import Text
from bentre_infra.compliance.reports import charts, wording
from bentre_infra.compliance.reports.clean import clean
from bentre_infra.compliance.reports.history import Change, Move, Point, diff, trend
from bentre_infra.compliance.reports.outcome import Outcome, vietnam
from bentre_infra.compliance.reports.report import Report
from bentre_infra.compliance.result import Audit

TEMPLATES = Path(__file__).parent / "templates"

MOVES: Mapping[Move, Text] = {
    Move.WORSE: Text("Xấu đi", "Worse"),
    Move.BETTER: Text("Tốt lên", "Better"),
    Move.NEW: Text("Mới", "New"),
    Move.GONE: Text("Không còn", "Gone"),
    Move.OTHER: Text("Khác", "Other"),
}


def files(report: Report) -> Mapping[str, bytes]:
    """Write ``report.html``."""
    style, script = _read("report.css"), _read("report.js")
    points = _trend(report)
    page = (
        environment()
        .get_template("report.html")
        .render(
            report=report,
            style=style,
            script=script,
            policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'",
            bars=charts.bars(report),
            matrices={name: charts.matrix(report, name) for name in report.sections},
            points=points,
            trend=charts.trend([(f"{p.day:%d/%m/%y}", p.counts) for p in points]),
            changes=_changes(report),
        )
    )
    return {"report.html": page.encode()}


@cache
def environment() -> Environment:
    """Templates of the reports; everything that is put in is escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "wording": wording,
        "colours": charts.COLOURS,
        "shown": charts.SHOWN,
        "moves": MOVES,
        "Outcome": Outcome,
    }
    made.filters |= {"vietnam": vietnam, "clean": clean}
    return made


def _trend(report: Report) -> list[Point]:
    return trend(runs(report))[-12:]


def runs(report: Report) -> list[Audit]:
    """Earlier runs and this one."""
    return [*report.history, report.audit]


def _changes(report: Report) -> list[Change]:
    return diff(report.history[-1], report.audit) if report.history else []


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Source of an inline element (CSP Level 3 section 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
