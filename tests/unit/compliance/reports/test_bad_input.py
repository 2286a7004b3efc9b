"""Empty, huge and hostile audits, through every writer; and the same bytes each time."""

import importlib
import json
import unicodedata
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from bentre_infra.compliance.catalogue.model import Catalogue
from bentre_infra.compliance.reports import ALL, Format, write
from bentre_infra.compliance.reports.report import build
from tests.unit.compliance.reports.sample import (
    CATALOGUE,
    audit,
    catalogue,
    earlier,
    large,
    with_message,
)

TEXTS = {
    "empty": "",
    "blank": " \t\n ",
    "20,000 characters": "Đường dẫn rất dài " * 1112,
    "one word of 20,000": "x" * 20_000,
    "controls": "".join(map(chr, range(0x20))) + "".join(map(chr, range(0x7F, 0xA0))),
    "no characters": "\ud800\udfff\ufffe\uffff\ufdd0\U0001ffff\U0010ffff",
    "markup": "</td></table><script>alert(1)</script>&amp;<![CDATA[]]>{{ 7*7 }}{% raw %}",
    "emoji": "🔥👩‍💻🇻🇳 1️⃣",
    "right to left": "مرحبا بالعالم שלום עולם",
    "bidirectional controls": "\u202etxt.exe\u202c\u2067x\u2069\u200f",
    "decomposed": unicodedata.normalize("NFD", "Uỷ ban nhân dân huyện Giồng Trôm"),
    "formula": '=HYPERLINK("http://x.example";"x")',
    "combining": "a" + "\u0301" * 500,
    "new lines": "\r\n\r\n\n\u2028\u2029",
    "percent": "%s %(x)s {0} ${HOME} `id`",
}


def files(form: Format, run, its=None, **other):
    module = importlib.import_module(f"bentre_infra.compliance.reports.{form.value}")
    return module.files(build(run, its or catalogue(), **other))


def check(name: str, data: bytes) -> None:
    """Whatever is in it, the file is one of its kind."""
    if name.endswith((".json", ".sarif")):
        json.loads(data)
    elif name.endswith(".xml"):
        ET.fromstring(data)
    elif name.endswith((".xlsx", ".docx")):
        with ZipFile(BytesIO(data)) as archive:
            for entry in archive.namelist():
                if entry.endswith((".xml", ".rels")):
                    ET.fromstring(archive.read(entry))
    elif name.endswith(".pdf"):
        assert data.startswith(b"%PDF-1.7")
        assert data.rstrip().endswith(b"%%EOF")
    else:
        text = data.decode()
        assert text.rstrip().endswith("</html>")
        assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize("form", [form for form in ALL if form is not Format.PDF])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_of_a_host_can_be_written(form, text):
    for name, data in files(form, with_message(text), history=[with_message(text)]).items():
        check(name, data)


def test_every_text_of_a_host_can_be_set():
    """All in one PDF: each sets the fixed pages too."""
    run = with_message("")
    findings = tuple(
        replace(run.findings[2], message=text, message_vi=text, actual=text)
        for text in TEXTS.values()
    )
    for name, data in files(Format.PDF, replace(run, findings=findings)).items():
        check(name, data)


@pytest.mark.parametrize("form", ALL)
def test_nothing_at_all_can_be_written(form):
    nothing = replace(
        audit(), findings=(), subjects=(), evidence=(), exemptions=(), organisation="", assessor=""
    )
    for name, data in files(form, nothing).items():
        check(name, data)
    for name, data in files(form, nothing, Catalogue("0", CATALOGUE, ())).items():
        check(name, data)


@pytest.mark.parametrize("form", ALL)
def test_names_of_hosts_may_be_anything(form):
    text = "máy <chủ> 🔥 \x00\u202e " + "x" * 300
    now = audit()
    named = replace(
        now,
        site=text,
        organisation=text,
        assessor=text,
        subjects=tuple(
            replace(s, name=f"{n} {text}", note=text) for n, s in enumerate(now.subjects)
        ),
        findings=tuple(
            replace(
                f,
                subject=f"{[s.name for s in now.subjects].index(f.subject)} {text}",
                exemption=None,
            )
            for f in now.findings
        ),
    )
    for name, data in files(form, named).items():
        check(name, data)


@pytest.mark.parametrize("form", ALL)
def test_a_large_run_can_be_written(form):
    for name, data in files(form, *large(140, 12)).items():
        check(name, data)


@pytest.mark.parametrize("form", ALL)
def test_the_same_audit_gives_the_same_bytes(form):
    first = files(form, audit(), history=[earlier()])
    assert files(form, audit(), history=[earlier()]) == first


def test_every_format_says_the_same(tmp_path):
    """Vietnamese text, composed, in each file that is text."""
    paths = write(with_message(unicodedata.normalize("NFD", "Giồng Trôm")), catalogue(), tmp_path)
    said = 0
    for path in paths:
        if path.suffix in {".json", ".xml", ".html", ".sarif"}:
            said += "Giồng Trôm" in path.read_text(encoding="utf-8")
            assert unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8"))
    assert said == 6  # result, page, JUnit, SARIF, OSCAL's results and POA&M
