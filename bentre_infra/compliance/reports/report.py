"""A report before it has a form: the audit joined with the catalogue, judged, cleaned, counted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from bentre_infra.compliance.catalogue.model import Catalogue, Control, Method, Text
from bentre_infra.compliance.reports import wording
from bentre_infra.compliance.reports.clauses import clauses
from bentre_infra.compliance.reports.clean import clean
from bentre_infra.compliance.reports.outcome import (
    ORDER,
    Outcome,
    counting,
    day_of,
    judge,
    named,
    together,
)
from bentre_infra.compliance.result import Audit, Exemption, Finding, Subject, Verdict
from bentre_infra.runtime.errors import BentreError


@dataclass(frozen=True)
class Picture:
    """A drawing for the report; the SVG stands alone, without a prolog."""

    name: str
    title: Text
    svg: str


@dataclass(frozen=True)
class Row:
    """One control at one subject, as it is printed.

    Attributes:
        exemption: the one that counts.
        expired: the one that the finding names and that counts no more.
        note: justification, reason or what was found, in both languages.
    """

    control: Control
    subject: Subject
    finding: Finding
    outcome: Outcome
    exemption: Exemption | None
    expired: Exemption | None
    note: Text


@dataclass(frozen=True)
class Plan:
    """What will be done about a control that is not met, at all subjects that share it.

    Attributes:
        exemption: the waiver that counts; it says why, who and until when.
        expired: an exemption that counts no more.
    """

    control: Control
    subjects: tuple[str, ...]
    exemption: Exemption | None
    expired: Exemption | None

    @property
    def action(self) -> Text:
        """What is done."""
        reason = self.exemption.reason if self.exemption else ""
        return Text(reason, reason) if reason else remedy(self.control)

    @property
    def owner(self) -> Text:
        """Who does it."""
        return _both(self.exemption.owner if self.exemption else None, wording.NO_OWNER)

    @property
    def due(self) -> Text:
        """Until when."""
        return _both(written(self.exemption.expires) if self.exemption else None, wording.NO_DATE)


@dataclass(frozen=True)
class Assessed:
    """One control over all its subjects.

    Attributes:
        clauses_2026, clauses_2017: as they read at the report's level.
    """

    control: Control
    outcome: Outcome
    rows: tuple[Row, ...]
    clauses_2026: tuple[str, ...]
    clauses_2017: tuple[str, ...]

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """Subjects by answer."""
        return count(row.outcome for row in self.rows)


@dataclass(frozen=True)
class Report:
    """Everything that the writers print.

    Attributes:
        history: earlier runs of the same site, oldest first; this run is not among them.
        pictures: maps of the site.
        redacted: addresses and host names were taken out.
    """

    audit: Audit
    catalogue: Catalogue
    controls: tuple[Assessed, ...]
    history: tuple[Audit, ...] = ()
    pictures: tuple[Picture, ...] = ()
    redacted: bool = False

    @property
    def day(self) -> date:
        """Day in Vietnam on which the run ended."""
        return day_of(self.audit)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every control at every subject, in the catalogue's order."""
        return tuple(row for each in self.controls for row in each.rows)

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """Subjects in the audit's order, and the site itself where rows speak of it."""
        known = dict.fromkeys(self.audit.subjects)
        return tuple(known | dict.fromkeys(row.subject for row in self.rows))

    @cached_property
    def sections(self) -> Mapping[str, tuple[Assessed, ...]]:
        """Controls by section, in the catalogue's order."""
        found: dict[str, list[Assessed]] = {}
        for each in self.controls:
            found.setdefault(each.control.section, []).append(each)
        return {name: tuple(each) for name, each in found.items()}

    @cached_property
    def counts(self) -> Mapping[Outcome, int]:
        """Controls by answer."""
        return count(each.outcome for each in self.controls)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """What must be mended, in the catalogue's order."""
        same: dict[tuple[str, Exemption | None, Exemption | None], list[Row]] = {}
        for row in self.rows:
            if row.outcome is Outcome.NOT_MET:
                same.setdefault((row.control.id, row.exemption, row.expired), []).append(row)
        return tuple(
            Plan(rows[0].control, tuple(r.subject.name for r in rows), exemption, expired)
            for (_, exemption, expired), rows in same.items()
        )


def build(
    audit: Audit,
    catalogue: Catalogue,
    *,
    history: Sequence[Audit] = (),
    pictures: Sequence[Picture] = (),
    redacted: bool = False,
) -> Report:
    """Join an audit with the catalogue that it was made with.

    A control that the level asks for and that has no finding stands in the report as not
    assessed, so that an audit of a part never looks like one of the whole.

    Raises:
        BentreError: the catalogue is another one, or a finding speaks of a control, a subject or
            an exemption that is not there.
    """
    if audit.catalogue_sha256 != catalogue.sha256:
        raise BentreError(
            f"audit {audit.id} was made with the catalogue {audit.catalogue_sha256[:12]},"
            f" not with {catalogue.sha256[:12]} (version {catalogue.version})",
            "use the catalogue of that version, or audit again",
        )
    if not 1 <= audit.level <= 5:
        raise BentreError(f"audit {audit.id}: level {audit.level}", "levels are 1 to 5")
    audit = _cleaned(audit)
    subjects = {one.name: one for one in audit.subjects}
    controls = {one.id: one for one in catalogue}
    found: dict[str, list[Row]] = {}
    for finding in audit.findings:
        where = f"audit {audit.id}: finding {finding.control} at {finding.subject}"
        if finding.control not in controls:
            raise BentreError(
                f"{where}: no such control in the catalogue {catalogue.version}",
                "use the catalogue that the audit was made with",
            )
        if finding.subject not in subjects:
            raise BentreError(f"{where}: no such subject", "add it to the audit's subjects")
        row = _row(audit, controls[finding.control], subjects[finding.subject], finding)
        found.setdefault(finding.control, []).append(row)
    asked = [c for c in catalogue if c.level <= audit.level or c.id in found]
    return Report(
        audit=audit,
        catalogue=catalogue,
        controls=tuple(_assessed(audit, c, found.get(c.id, [])) for c in asked),
        history=tuple(history),
        pictures=tuple(pictures),
        redacted=redacted,
    )


def count(outcomes: Iterable[Outcome]) -> Mapping[Outcome, int]:
    """Number of each answer; every answer is there."""
    counted = Counter(outcomes)
    return {one: counted[one] for one in ORDER}


def remedy(control: Control) -> Text:
    """What mends a control."""
    name = control.remedy
    if name == "procedure":
        return Text("Thực hiện quy trình quản lý", "Follow the procedure")
    if name.startswith("stacks/"):
        return Text(f"Áp dụng lại {name}", f"Apply {name} again")
    return Text(f"Áp dụng vai trò {name}", f"Apply the role {name}") if name else wording.NO_PLAN


def _assessed(audit: Audit, control: Control, rows: list[Row]) -> Assessed:
    made = tuple(rows or [_missing(audit, control)])
    return Assessed(
        control, together(row.outcome for row in made), made, *clauses(control, audit.level)
    )


def _row(audit: Audit, control: Control, subject: Subject, finding: Finding) -> Row:
    outcome, exemption, other = judge(audit, finding), counting(audit, finding), None
    if exemption is None:
        other = named(audit, finding)
    note = Text(finding.message_vi or finding.message, finding.message or finding.message_vi)
    if outcome is Outcome.EQUIVALENT and exemption:
        note = Text(exemption.reason, exemption.reason)
    return Row(control, subject, finding, outcome, exemption, other, note)


def _missing(audit: Audit, control: Control) -> Row:
    """Row of a control that the run says nothing about."""
    why = wording.NOT_RUN
    if control.method is not Method.AUTOMATED:
        why = wording.MANUAL if control.method is Method.MANUAL else wording.WAITING
        if control.evidence:
            why = Text(f"{why.vi}: {control.evidence.vi}", f"{why.en}: {control.evidence.en}")
    site = next((s for s in audit.subjects if s.kind == "site"), None)
    site = site or Subject(audit.site, "site", "", "", (), (), reached=True)
    finding = Finding(control.id, site.name, Verdict.NOT_ASSESSED, why.en, why.vi)
    return Row(control, site, finding, Outcome.NOT_ASSESSED, None, None, why)


def _both(value: str | None, otherwise: Text) -> Text:
    return Text(value, value) if value else otherwise


def written(day: date) -> str:
    """A day as Vietnamese papers write it."""
    return f"{day:%d/%m/%Y}"


def _cleaned(audit: Audit) -> Audit:
    """The audit with every text fit to be printed."""
    return replace(
        audit,
        site=clean(audit.site),
        organisation=clean(audit.organisation),
        assessor=clean(audit.assessor),
        subjects=tuple(
            replace(
                s,
                name=clean(s.name),
                system=clean(s.system),
                zone=clean(s.zone),
                note=clean(s.note),
            )
            for s in audit.subjects
        ),
        findings=tuple(
            replace(
                f,
                subject=clean(f.subject),
                message=clean(f.message),
                message_vi=clean(f.message_vi),
                expected=clean(f.expected),
                actual=clean(f.actual),
            )
            for f in audit.findings
        ),
        evidence=tuple(
            replace(e, subject=clean(e.subject), source=clean(e.source)) for e in audit.evidence
        ),
        exemptions=tuple(
            replace(
                e,
                reason=clean(e.reason),
                owner=clean(e.owner),
                subjects=tuple(clean(s) for s in e.subjects),
            )
            for e in audit.exemptions
        ),
    )
