"""Names in two Unicode forms differ byte by byte, and đ does not decompose.

Files are composed (NFC) on input, so that both forms are one name; a slug maps đ to d.
"""

import unicodedata
from pathlib import Path

import pytest

from bentre_infra.site import SiteError, load_profile, load_site
from bentre_infra.site.export import digest
from bentre_infra.site.text import slug
from tests.unit.site.sites import changed, load


def test_both_forms_are_one_site(tmp_path: Path) -> None:
    text = changed(("{code: mail,", "{code: mail, name: Thư điện tử Đồng Khởi,"))
    composed = load(tmp_path, unicodedata.normalize("NFC", text))
    decomposed = load(tmp_path, unicodedata.normalize("NFD", text))
    assert composed == decomposed
    assert digest(composed) == digest(decomposed)
    assert composed.services[0].system.name == "Thư điện tử Đồng Khởi"


def test_a_unit_in_two_forms_is_one_unit_said_twice(tmp_path: Path) -> None:
    units = [
        "  - {slug: nho, name: Nhỏ, kind: province}",
        "  - {slug: a, name: Bến Tre, kind: commune}",
        f"  - {{slug: b, name: {unicodedata.normalize('NFD', 'Bến Tre')}, kind: commune}}",
    ]
    head = """profile: nho
title: Nhỏ
province: nho
valid_from: 2016-01-01
tiers: [province, commune]
domains: [{name: nho.gov.vn}]
sources: {commune: a test}
units:
"""
    (tmp_path / "nho.yaml").write_text(head + "\n".join(units) + "\n", encoding="utf-8")
    with pytest.raises(SiteError, match=r'nho\.yaml:11: "Xã Bến Tre" stands twice: also as "a"'):
        load_profile("nho", tmp_path)


def test_d_with_stroke_is_d() -> None:
    assert slug("Đại Điền") == slug(unicodedata.normalize("NFD", "Đại Điền")) == "dai-dien"
    assert unicodedata.normalize("NFKD", "đ") == "đ", "the letter decomposes now: map it no longer"


def test_every_shipped_name_is_composed() -> None:
    for site in ("bentre", "vinhlong"):
        for unit in load_site(Path(__file__).parents[2] / "inventories" / site).profile.units:
            assert unicodedata.is_normalized("NFC", unit.name)
            assert unit.slug.isascii()
