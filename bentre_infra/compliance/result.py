"""What an audit found: the one result that every report, evidence bundle and diff is made from."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What a check says of a control at a subject."""

    PASS = "pass"  # noqa: S105  (no password)
    FAIL = "fail"
    PARTIAL = "partial"
    NOT_APPLICABLE = "not-applicable"
    NOT_ASSESSED = "not-assessed"
    """Manual, unreachable, timed out, errored or not run: never counted as a pass."""


class ExceptionKind(StrEnum):
    """Why a failure may stand for a time."""

    WAIVER = "waiver"
    """Accepted until a day; the control is still not met."""
    EQUIVALENT = "equivalent"
    """Met by another measure, which the reason describes."""


@dataclass(frozen=True)
class Exemption:
    """A waiver or an equivalent measure.

    Attributes:
        id: the site's own number for it.
        subjects: nodes or projects it holds for; all when empty.
        expires: last day on which it counts.
    """

    id: str
    kind: ExceptionKind
    control: str
    reason: str
    owner: str
    expires: date
    subjects: tuple[str, ...] = ()

    def covers(self, control: str, subject: str, today: date) -> bool:
        """Whether it counts for a finding on a day."""
        return (
            self.control == control
            and today <= self.expires
            and (not self.subjects or subject in self.subjects)
        )


@dataclass(frozen=True)
class Evidence:
    """Something that was read, as it is stored (redacted).

    Attributes:
        sha256: of the stored bytes; also its name in the bundle.
        subject: where it was read.
        source: the command, the file or the call, as a person could repeat it.
        at: when, UTC.
        size: bytes.
    """

    sha256: str
    subject: str
    source: str
    at: datetime
    size: int


@dataclass(frozen=True)
class Finding:
    """One control judged at one subject.

    Attributes:
        message: what was found and what would be right, in English, one line.
        message_vi: the same in Vietnamese.
        evidence: digests of what it rests on.
        exemption: id of the waiver or equivalent measure that counts for it.
    """

    control: str
    subject: str
    verdict: Verdict
    message: str
    message_vi: str
    expected: str = ""
    actual: str = ""
    evidence: tuple[str, ...] = ()
    exemption: str | None = None


@dataclass(frozen=True)
class Subject:
    """A node, a project of the cloud, or the site itself.

    Attributes:
        kind: ``node``, ``project`` or ``site``.
        roles: kinds of the catalogue that it is: ``mail``, ``log``.
        reached: it answered; nothing is assessed where it did not.
        note: why it was not reached.
    """

    name: str
    kind: str
    system: str
    zone: str
    addresses: tuple[str, ...]
    roles: tuple[str, ...]
    reached: bool
    note: str = ""


@dataclass(frozen=True)
class Attempt:
    """A port that one node tried of another.

    Attributes:
        source, target: nodes; also ``internet`` where the source stands outside.
        port: as flows write it: ``tcp/25``.
        answered: something answered; what was refused or lost did not.
    """

    source: str
    target: str
    port: str
    answered: bool


@dataclass(frozen=True)
class Audit:
    """One run.

    Attributes:
        id: UUID of the run.
        site: name of the site; ``organisation`` is its people's name, Vietnamese.
        level: level from 1 to 5 that it was judged at.
        model_sha256: of the site's model.
        catalogue_sha256: of the catalogue.
        assessor: who ran it.
        began, ended: UTC.
    """

    id: str
    site: str
    organisation: str
    level: int
    model_sha256: str
    catalogue_sha256: str
    tool_version: str
    assessor: str
    began: datetime
    ended: datetime
    subjects: tuple[Subject, ...]
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    exemptions: tuple[Exemption, ...] = ()
    attempts: tuple[Attempt, ...] = ()
