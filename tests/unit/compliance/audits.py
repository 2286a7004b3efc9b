"""A small audit of recorded hosts, as the command makes it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from bentre_infra.compliance.audit import About, Found, Selection, assess
from bentre_infra.compliance.evidence import Item
from bentre_infra.compliance.gather.gather import Gathered
from bentre_infra.compliance.result import Audit, Exemption, Finding
from tests.unit.compliance.recorded import CATALOGUE, facts, lab

BEGAN = datetime(2026, 11, 27, 7, 0, tzinfo=UTC)
NODE = "base-time-1"


def audit(
    document: dict[str, Any] | None = None,
    *,
    exemptions: Iterable[Exemption] = (),
    selection: Selection | None = None,
    reason: str = "",
) -> tuple[Audit, tuple[Item, ...]]:
    document = facts(NODE) if document is None and not reason else document
    return assess(
        Found({NODE: Gathered(NODE, document, reason, 0.2)}, None, "no cloud was asked"),
        lab(),
        CATALOGUE,
        selection or Selection(3, hosts=(NODE,)),
        exemptions=exemptions,
        about=About("Tỉnh Bến Tre", "0" * 64, "an"),
        began=BEGAN,
    )


def finding(audited: Audit, control: str, subject: str = NODE) -> Finding:
    (found,) = (f for f in audited.findings if (f.control, f.subject) == (control, subject))
    return found
