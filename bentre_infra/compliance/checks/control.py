"""What a check is: a test function that says of one control how a subject stands to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from bentre_infra.compliance.catalogue.model import Control
from bentre_infra.compliance.facts.outcome import NotApplicableError, NotAssessedError
from bentre_infra.compliance.facts.site import NodeFacts, SiteFacts
from bentre_infra.compliance.result import Verdict


def control[F: Callable[..., None]](control_id: str) -> Callable[[F], F]:
    """Say which control a check judges."""

    def mark(check: F) -> F:
        check.control = control_id  # type: ignore[attr-defined]
        return check

    return mark


@dataclass(frozen=True)
class Statement:
    """One thing that a check looked at.

    Attributes:
        met: whether it is as it has to be.
        expected, actual: in the words of the thing itself, no language's.
        en, vi: what is wrong when it is not met, and what would be right.
        partial: not met, it leaves the control partly met.
    """

    met: bool
    expected: str
    actual: str
    en: str
    vi: str
    partial: bool = False


@dataclass
class Judge:
    """Takes down what a check finds, and knows what the control asks for at a level.

    Attributes:
        level: level from 1 to 5 that the subject is judged at.
        subject: its name.
    """

    control: Control
    level: int
    today: date
    subject: str = ""
    known_site: SiteFacts | None = None
    statements: list[Statement] = field(default_factory=list)

    @property
    def site(self) -> SiteFacts:
        """The site's model.

        Raises:
            NotAssessedError: the check was run without one.
        """
        if self.known_site is None:
            raise NotAssessedError(
                "needs the site's model: run it with --site", "cần mô hình của hệ thống (--site)"
            )
        return self.known_site

    @property
    def node(self) -> NodeFacts:
        """The subject as the model has it.

        Raises:
            NotAssessedError: there is no model, or it does not have the subject.
        """
        node = self.site.node(self.subject)
        if node is None:
            raise NotAssessedError(
                f"the model has no node {self.subject}", f"mô hình không có máy {self.subject}"
            )
        return node

    def threshold(self, name: str) -> int:
        """A value that the control sets for the level.

        Raises:
            NotApplicableError: the level asks for none.
        """
        value = self.control.threshold(name, self.level)
        if value is None:
            raise NotApplicableError(
                f"level {self.level} asks for nothing here", f"cấp độ {self.level} không yêu cầu"
            )
        return value

    def expect(
        self, met: bool, expected: str, actual: object, en: str, vi: str, *, partial: bool = False
    ) -> None:
        """Take down one thing; ``en`` and ``vi`` say what is wrong when it is not met."""
        self.statements.append(Statement(bool(met), expected, str(actual), en, vi, partial))

    def verdict(self) -> Verdict:
        """What follows from all that was taken down."""
        failed = [s for s in self.statements if not s.met]
        if not self.statements:
            return Verdict.NOT_ASSESSED
        if not failed:
            return Verdict.PASS
        return Verdict.PARTIAL if all(s.partial for s in failed) else Verdict.FAIL


@dataclass(frozen=True)
class Judgement:
    """A check's word on one subject."""

    verdict: Verdict
    en: str
    vi: str
    expected: str
    actual: str


def judge(check: Callable[..., None], subject: object, judging: Judge) -> Judgement:
    """Run a check; whatever becomes of it, there is a judgement, and never a pass by accident."""
    open_end: tuple[Verdict, str, str] | None = None
    try:
        check(subject, judging)
    except NotApplicableError as e:
        open_end = (Verdict.NOT_APPLICABLE, e.en, e.vi)
    except NotAssessedError as e:
        open_end = (Verdict.NOT_ASSESSED, e.en, e.vi)
    except Exception as e:  # noqa: BLE001  (facts of a foreign host may break any assumption)
        said = f"{type(e).__name__}: {e}"
        open_end = (
            Verdict.NOT_ASSESSED,
            f"the check itself failed: {said}",
            f"phép kiểm tra bị lỗi: {said}",
        )
    failed = [s for s in judging.statements if not s.met]
    # what was found wrong before the end stays found
    if open_end is not None and not failed:
        verdict, en, vi = open_end
        return Judgement(verdict, en, vi, _said(judging, "expected"), _said(judging, "actual"))
    shown = failed or judging.statements
    if not shown:
        return Judgement(
            Verdict.NOT_ASSESSED,
            "the check looked at nothing",
            "phép kiểm tra không xem xét gì",
            "",
            "",
        )
    return Judgement(
        judging.verdict(),
        "; ".join(s.en for s in failed) or "met",
        "; ".join(s.vi for s in failed) or "đạt",
        "; ".join(dict.fromkeys(s.expected for s in shown)),
        "; ".join(dict.fromkeys(s.actual for s in shown)),
    )


def _said(judging: Judge, what: str) -> str:
    return "; ".join(dict.fromkeys(getattr(s, what) for s in judging.statements))


def not_applicable(en: str, vi: str) -> NotApplicableError:
    """For a check to raise: its control speaks of nothing that is here."""
    return NotApplicableError(en, vi)


def not_assessed(en: str, vi: str) -> NotAssessedError:
    """For a check to raise: it could not look."""
    return NotAssessedError(en, vi)
