"""Waivers and equivalent measures: data beside the site, ``inventories/SITE/exemptions.yaml``."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from bentre_infra.compliance.catalogue.model import Catalogue
from bentre_infra.compliance.result import ExceptionKind, Exemption, Finding, Verdict
from bentre_infra.site.document import Document
from bentre_infra.site.errors import SiteError, near
from bentre_infra.site.model import Site
from bentre_infra.site.validate import validate
from bentre_infra.site.yamlfile import read

FILE = "exemptions.yaml"

_Said = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class ExemptionDocument(Document):
    """One waiver or equivalent measure."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$", description="The site's number")
    kind: ExceptionKind
    control: str = Field(pattern=r"^[A-Z]{3,4}-\d{2}$")
    reason: _Said = Field(description="Why it stands; of an equivalent measure, what meets it")
    owner: _Said = Field(description="Who answers for it")
    expires: date = Field(description="Last day on which it counts")
    subjects: list[_Said] = Field(default_factory=list, description="Nodes; all when left out")


class ExemptionsDocument(Document):
    """The file."""

    exemptions: list[ExemptionDocument]


def load_exemptions(path: Path, catalogue: Catalogue) -> tuple[Exemption, ...]:
    """Read a site's file; none when there is no file.

    Raises:
        SiteError: everything that is wrong with it.
    """
    if not path.exists():
        return ()
    file = read(path)
    document, _ = validate(ExemptionsDocument, file)
    known = {control.id for control in catalogue}
    found: dict[str, Exemption] = {}
    for i, one in enumerate(document.exemptions if document else ()):
        if one.control not in known:
            message = f'control "{one.control}" is not known{near(one.control, known)}'
            file.problems.append(file.problem(("exemptions", i, "control"), message))
        if one.id in found:
            message = f'"{one.id}" stands twice'
            file.problems.append(file.problem(("exemptions", i, "id"), message))
        found[one.id] = Exemption(
            one.id, one.kind, one.control, one.reason, one.owner, one.expires, tuple(one.subjects)
        )
    if file.problems:
        raise SiteError(file.problems)
    return tuple(found.values())


def of_site(site: Site) -> tuple[Exemption, ...]:
    """The waivers that the model itself carries (site.yaml), as exemptions."""
    return tuple(
        Exemption(f"site-{number}", ExceptionKind.WAIVER, w.control, w.reason, w.owner, w.until)
        for number, w in enumerate(site.waivers, start=1)
    )


def exempt(finding: Finding, exemptions: Iterable[Exemption], today: date) -> str | None:
    """Id of what counts for a finding today: an equivalent measure before a waiver.

    Only what failed can be exempted; what was not assessed stays so.
    """
    if finding.verdict not in (Verdict.FAIL, Verdict.PARTIAL):
        return None
    valid = [e for e in exemptions if e.covers(finding.control, finding.subject, today)]
    valid.sort(key=lambda e: (e.kind is not ExceptionKind.EQUIVALENT, e.id))
    return valid[0].id if valid else None
