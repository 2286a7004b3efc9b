"""Read the catalogue: the YAML files of the package, one a section."""

import hashlib
from importlib import resources
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from bentre_infra.compliance.catalogue.model import Catalogue, Control, Method, Text, Threshold
from bentre_infra.site.document import Document
from bentre_infra.site.errors import Problem, SiteError
from bentre_infra.site.validate import validate
from bentre_infra.site.yamlfile import YamlFile, parse

VERSION = "2026.11"

SECTIONS = ("net", "srv", "mail", "web", "sig", "iop", "dat", "bak", "cld", "ops")
"""In the order of the catalogue."""

_NAMES = r"^[a-z_]+$"
_Said = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_Value = Annotated[int, Field(ge=1, strict=True)] | None


class TextDocument(Document):
    """One text in both languages."""

    vi: _Said
    en: _Said


class ControlDocument(Document):
    """One requirement, as it stands in its file."""

    id: str = Field(pattern=r"^[A-Z]{3,4}-\d{2}$")
    title: TextDocument
    statement: TextDocument
    clauses_2026: list[Annotated[str, StringConstraints(pattern=r"^(x|[3-7])(\.\d+)+[a-z]?$")]]
    clauses_2017: list[Annotated[str, StringConstraints(pattern=r"^O (y|[5-9])(\.\d+)+[a-z]?$")]]
    sources: list[_Said]
    confidence: list[Annotated[str, StringConstraints(pattern=r"^[VPDME]$")]] = Field(min_length=1)
    level: Annotated[int, Field(ge=1, le=5, strict=True)]
    kinds: list[Annotated[str, StringConstraints(pattern=_NAMES)]] = Field(min_length=1)
    method: Method
    remedy: str = Field(pattern=r"^([a-z_]+|stacks/[a-z]+)$")
    evidence: TextDocument | None = None
    thresholds: dict[
        Annotated[str, StringConstraints(pattern=_NAMES)],
        Annotated[list[_Value], Field(min_length=5, max_length=5)],
    ] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _evidence_of_people(self) -> "ControlDocument":
        if (self.method is Method.AUTOMATED) == (self.evidence is not None):
            raise ValueError("evidence is named where a person judges, and only there")
        if not (self.clauses_2026 or self.clauses_2017 or self.sources):
            raise ValueError("names no clause and no source")
        return self


class SectionDocument(Document):
    """A file."""

    controls: list[ControlDocument] = Field(min_length=1)


def load_catalogue() -> Catalogue:
    """Read the package's catalogue.

    Raises:
        SiteError: everything that is wrong with its files.
    """
    folder = resources.files("bentre_infra.compliance.catalogue")
    texts = {name: (folder / f"{name}.yaml").read_text("utf-8") for name in SECTIONS}
    return read_catalogue({f"catalogue/{name}.yaml": text for name, text in texts.items()})


def read_catalogue(texts: dict[str, str]) -> Catalogue:
    """Read a catalogue from the texts of its files, by their names.

    Raises:
        SiteError: everything that is wrong with them.
    """
    controls: dict[str, Control] = {}
    problems = []
    digest = hashlib.sha256()
    for name, text in texts.items():
        digest.update(text.encode())
        file = parse(text, name)
        document, _ = validate(SectionDocument, file)
        for i, one in enumerate(document.controls if document and not file.problems else ()):
            if one.id in controls:
                file.problems.append(_twice(file, i, one.id))
            controls[one.id] = _control(one)
        problems += file.problems
    if problems:
        raise SiteError(problems)
    return Catalogue(VERSION, digest.hexdigest(), tuple(controls.values()))


def _twice(file: YamlFile, index: int, control: str) -> Problem:
    return file.problem(("controls", index, "id"), f'control "{control}" stands twice')


def _control(document: ControlDocument) -> Control:
    evidence = document.evidence
    return Control(
        id=document.id,
        title=Text(document.title.vi, document.title.en),
        statement=Text(document.statement.vi, document.statement.en),
        clauses_2026=tuple(document.clauses_2026),
        clauses_2017=tuple(document.clauses_2017),
        sources=tuple(document.sources),
        confidence=tuple(document.confidence),
        level=document.level,
        kinds=tuple(document.kinds),
        method=document.method,
        remedy=document.remedy,
        evidence=Text(evidence.vi, evidence.en) if evidence else None,
        thresholds=tuple(
            Threshold(name, (v[0], v[1], v[2], v[3], v[4]))
            for name, v in document.thresholds.items()
        ),
    )
