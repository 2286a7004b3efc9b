"""What is said of a finding once exemptions are counted: the five answers that an auditor reads."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

from bentre_infra.compliance.result import Audit, ExceptionKind, Exemption, Finding, Verdict
from bentre_infra.runtime.errors import BentreError

VIETNAM = timezone(timedelta(hours=7), "+07:00")
"""The one time zone of Vietnam; it knows no summer time."""


class Outcome(StrEnum):
    """An answer, from the worst to the one that says least."""

    NOT_MET = "not-met"
    NOT_ASSESSED = "not-assessed"
    EQUIVALENT = "equivalent"
    MET = "met"
    NOT_APPLICABLE = "not-applicable"


ORDER = tuple(Outcome)
_PLAIN = {
    Verdict.PASS: Outcome.MET,
    Verdict.FAIL: Outcome.NOT_MET,
    Verdict.PARTIAL: Outcome.NOT_MET,
    Verdict.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
    Verdict.NOT_ASSESSED: Outcome.NOT_ASSESSED,
}


def day_of(audit: Audit) -> date:
    """Day in Vietnam on which a run ended: exemptions are counted on it."""
    return vietnam(audit.ended).date()


def vietnam(at: datetime) -> datetime:
    """The same moment on Vietnam's clocks; a time without a zone is UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(VIETNAM)


def named(audit: Audit, finding: Finding) -> Exemption | None:
    """Exemption that a finding names, whether it still counts or not.

    Raises:
        BentreError: the audit has none of that number.
    """
    if finding.exemption is None:
        return None
    for one in audit.exemptions:
        if one.id == finding.exemption and one.control == finding.control:
            return one
    raise BentreError(
        f"audit {audit.id}: {finding.control} at {finding.subject}: exemption {finding.exemption}"
        " is not among the audit's",
        "name one of its exemptions, or none",
    )


def counting(audit: Audit, finding: Finding) -> Exemption | None:
    """Exemption that a finding names and that counts on the run's day: an expired one does not."""
    exemption = named(audit, finding)
    if exemption and exemption.covers(finding.control, finding.subject, day_of(audit)):
        return exemption
    return None


def judge(audit: Audit, finding: Finding) -> Outcome:
    """Answer for one finding.

    A waiver changes no answer: the control is still not met, and the waiver is its plan. Nothing
    but a pass is met, and nothing but an equivalent measure that counts stands in for it.
    """
    plain = _PLAIN[finding.verdict]
    if plain is Outcome.NOT_MET:
        exemption = counting(audit, finding)
        if exemption and exemption.kind is ExceptionKind.EQUIVALENT:
            return Outcome.EQUIVALENT
    return plain


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Answer for a control over all its subjects: the worst, and not assessed where there is none.

    "Not applicable" only where it is so everywhere.
    """
    return min(outcomes, key=ORDER.index, default=Outcome.NOT_ASSESSED)
