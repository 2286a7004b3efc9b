"""Every report of an audit, from the one result; nothing is measured, judged or typed here again.

    write(audit, catalogue, Path("reports/2026-11-25"))

A report has an answer for each control that the level asks for. What was not assessed is said so
and never counted as met; an expired exemption counts no more.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import cast

from bentre_infra.compliance.catalogue.model import Catalogue
from bentre_infra.compliance.reports.files import write_all
from bentre_infra.compliance.reports.redact import Redactor
from bentre_infra.compliance.reports.report import Picture, Report, build
from bentre_infra.compliance.result import Audit
from bentre_infra.runtime.errors import BentreError

__all__ = ["ALL", "Format", "Picture", "Seal", "write"]

Seal = Callable[[bytes], bytes]
"""Takes a PDF and returns it sealed: the signing node, or ``sealing.with_key``."""


class Format(StrEnum):
    """A form of the report; the value is the name of the module that writes it."""

    JSON = "machine"
    HTML = "html"
    JUNIT = "junit"
    SARIF = "sarif"
    XLSX = "xlsx"
    DOCX = "docx"
    PDF = "pdf"
    YEARLY = "yearly"
    OSCAL = "oscal"


ALL = tuple(Format)


def write(
    audit: Audit,
    catalogue: Catalogue,
    folder: Path,
    formats: Sequence[Format] = ALL,
    *,
    redacted: bool = False,
    history: Sequence[Audit] = (),
    pictures: Sequence[Picture] = (),
    seal: Seal | None = None,
) -> list[Path]:
    """Write an audit's reports into a folder, which only its owner may enter.

    Args:
        folder: is made where it is missing; files of the same names are replaced.
        redacted: write a copy without addresses, with pseudonyms in place of host names.
        history: earlier runs of the same site, oldest first.
        pictures: maps of the site, from ``bentre_infra.compliance.maps``.
        seal: seals the PDF; without it the PDF is not sealed.

    Returns:
        The files, in the order of the formats. The same audit gives the same bytes, a sealed PDF
        excepted.

    Raises:
        BentreError: the audit and the catalogue do not belong together, a library or a font of a
            format is missing, or the folder cannot be written.
    """
    if redacted:
        redactor = Redactor(audit, *history)
        audit, *history = [redactor.audit(each) for each in (audit, *history)]
        pictures = [replace(each, svg=redactor.svg(each.svg)) for each in pictures]
    report = build(audit, catalogue, history=history, pictures=pictures, redacted=redacted)
    made: dict[str, bytes] = {}
    for form in formats:
        for name, data in _writer(form)(report).items():
            made[name] = seal(data) if seal and form is Format.PDF else data
    return write_all(folder, made)


def _writer(form: Format) -> Callable[[Report], Mapping[str, bytes]]:
    """A format's libraries are loaded only when it is asked for."""
    try:
        module = importlib.import_module(f"{__name__}.{form.value}")
    except ModuleNotFoundError as e:
        raise BentreError(
            f"reports as {form.name}: the Python package {e.name} is not installed",
            "pip install 'bentre-infra[reports]'",
        ) from e
    return cast("Callable[[Report], Mapping[str, bytes]]", module.files)
