# ruff: noqa: E501 - tables with one case a line
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentre_infra.site import SiteError, load_profile
from bentre_infra.site.document import Tier
from bentre_infra.site.profile import Unit
from bentre_infra.site.profiles import shipped
from bentre_infra.site.text import slug

BENTRE = load_profile("bentre-2016")
VINHLONG = load_profile("vinhlong-2025")

SMALL = """\
profile: small
title: Tỉnh Nhỏ
province: nho
valid_from: 2016-01-01
tiers: [province, district, commune]
domains:
  - {name: nho.gov.vn}
sources: {commune: a test}
units:
  - {slug: nho, name: Nhỏ, kind: province, code: H07}
  - {slug: mot, name: Một, kind: district, code: H07.1}
  - {slug: a, name: A, kind: commune, parent: mot, valid_to: 2020-01-31, successor: b}
  - {slug: b, name: B, kind: commune, parent: mot}
"""


def faults(tmp_path: Path, *edits: tuple[str, str]) -> list[str]:
    text = SMALL
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
    try:
        load_profile("small", tmp_path)
    except SiteError as e:
        return [f"{p.line}: {p.message}" for p in e.problems]
    return []


def test_the_small_one_is_right(tmp_path: Path) -> None:
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("slug: b,", "slug: a,", '13: unit "a" stands twice'),
        ("parent: mot, valid_to", "parent: mott, valid_to", '12: unit "mott" is not known; did you mean "mot"?'),
        ("successor: b}", "successor: c}", '12: unit "c" is not known'),
        ("successor: b}", "successor: a}", '12: is its own successor: a -> a'),
        (", valid_to: 2020-01-31, succ", ", succ", "12: has a successor, but no last day (valid_to)"),
        ("name: B, kind: commune, parent: mot", "name: B, kind: commune, parent: mot, valid_from: 2021-01-01", '12: "b" does not exist on the day after 2020-01-31'),
        ("valid_to: 2020-01-31", "valid_to: 2015-01-31", "12: ends on 2015-01-31, before it begins on 2016-01-01"),
        ("name: B,", "name: A,", '13: "Xã A" stands twice: also as "a"'),
        ("code: H07.1}", "code: H08.1}", "11: code H08.1 must begin with H07. of its parent"),
        ("code: H07.1}", "code: H07}", "11: code H07 belongs to"),
        ("code: H07.1}", "code: h07}", "11: 'h07' is no agency code"),
        ("code: H07.1}", "legacy_code: H07}", '11: "H07" has not the form 000.00.00.H07'),
        ("tiers: [province, district, commune]", "tiers: [province, commune]", '11: a district needs the tier "district"'),
        ("province: nho", "province: nhu", '3: unit "nhu" is not known; did you mean "nho"?'),
        ("{name: nho.gov.vn}", "{name: nho.gov.vn, valid_to: 2015-01-01}", "6: exactly one domain must be in use on 2016-01-01"),
        ("units:", "declared:\n  - {on: 2016-12-31, tier: commune, units: 1}\nunits:", "9: declares 1 units of tier commune on 2016-12-31, but names 2"),
        ("valid_from: 2016", "succeeds: bentre-2016\nvalid_from: 2016", '4: "bentre-2016" must end on the day before 2016-01-01'),
        ("valid_from: 2016", "succeeds: bentre\nvalid_from: 2016", '1: profile "bentre" is not there; did you mean "bentre-2016"?'),
    ],
)  # fmt: skip
def test_each_rule_of_a_profile(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = faults(tmp_path, (old, new))
    assert any(f.startswith(message) for f in found), found


def test_a_circle_of_parents_is_found(tmp_path: Path) -> None:
    found = faults(tmp_path, ("kind: district, code: H07.1", "kind: district, parent: b"))
    assert any("is its own parent: " in f for f in found), found


def test_a_slug_goes_on_only_to_an_heir(tmp_path: Path) -> None:
    edits = [
        ("valid_from: 2016-01-01", "valid_from: 2025-07-01\nsucceeds: bentre-2016"),
        (", valid_to: 2020-01-31, successor: b", ""),
        ("slug: b,", "slug: long-hoa,"),
    ]
    assert faults(tmp_path, *edits) == [
        '14: slug "long-hoa" was another commune in "bentre-2016": choose another'
    ]
    edits[2] = ("slug: b,", "slug: long-hoa, predecessors: [long-hoa],")
    assert faults(tmp_path, *edits) == []
    edits[2] = ("slug: b,", "slug: b, predecessors: [phuong-1],")
    (found,) = faults(tmp_path, *edits)
    assert found.startswith('14: unit "phuong-1" is not in "bentre-2016" on 2025-06-30; did you')


def test_generated_units_scale_and_never_count_as_named(tmp_path: Path) -> None:
    units = "".join(
        f"  - {{slug: made-{n}, name: Made {n}, kind: commune, parent: mot, generated: true}}\n"
        for n in range(3000)
    )
    declared = "declared:\n  - {on: 2016-12-31, tier: commune, units: 3002}\nunits:"
    text = SMALL.replace("units:", declared) + units
    (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
    profile = load_profile("small", tmp_path)
    assert len(profile.on(date(2016, 12, 31), Tier.COMMUNE)) == 3002
    (coverage,) = profile.coverage()
    assert (coverage.named, coverage.missing) == (2, 3000)


@pytest.mark.parametrize("name", shipped())
def test_shipped_profiles_name_what_they_declare_and_nothing_made_up(name: str) -> None:
    profile = load_profile(name)
    assert [c for c in profile.coverage() if c.missing] == []
    assert not any(unit.generated for unit in profile.units)
    assert profile.sources


def test_the_numbers_of_the_province() -> None:
    then = date(2016, 12, 31)
    kinds = [unit.kind for unit in BENTRE.on(then, Tier.COMMUNE)]
    assert len(kinds) == 164
    assert {k: kinds.count(k) for k in set(kinds)} == {"commune": 147, "ward": 10, "township": 7}
    assert len(BENTRE.on(then, Tier.DISTRICT)) == 9
    now = [unit.kind for unit in VINHLONG.on(date(2025, 7, 1), Tier.COMMUNE)]
    assert {k: now.count(k) for k in set(now)} == {"commune": 105, "ward": 19}
    assert VINHLONG.on(date(2025, 7, 1), Tier.DISTRICT) == ()


def test_both_forms_of_a_code_find_the_unit() -> None:
    assert BENTRE.find("H07") == BENTRE.find("000.00.00.H07") == BENTRE.find("ben-tre")
    assert VINHLONG.find("H61") == VINHLONG.find("vinh-long")


def test_slugs_follow_from_names() -> None:
    for unit in (*BENTRE.units, *VINHLONG.units):
        if unit.slug not in ("van-phong-ubnd", "thanh-tra"):
            assert slug(unit.name) in unit.slug, unit


def test_domains_in_time() -> None:
    assert BENTRE.domain(date(2016, 1, 1)) == "bentre.gov.vn"
    assert VINHLONG.domain(date(2025, 7, 1)) == "vinhlong.gov.vn"
    assert VINHLONG.former_domains(date(2025, 7, 1)) == ("bentre.gov.vn",)


COMMUNES = [u for u in BENTRE.units if u.tier is Tier.COMMUNE]
UNSOURCED = {"phuong-4", "phuong-5", "phu-vang", "tan-my"}
DAYS = st.dates(date(2016, 1, 1), date(2025, 6, 30))


@given(st.sampled_from(COMMUNES), DAYS)
@settings(max_examples=200)
def test_at_a_date_one_unit_answers_for_each_commune(unit: Unit, day: date) -> None:
    if day < unit.valid_from:
        assert BENTRE.answering(unit.slug, day) is None
        return
    answering = BENTRE.answering(unit.slug, day)
    ended = unit.valid_to is not None and day > unit.valid_to
    if unit.slug in UNSOURCED and ended:
        assert answering is None
    else:
        assert answering is not None
        assert answering.valid_on(day)
        assert (answering == unit) == (not ended)


def test_no_commune_lacks_a_successor_but_those_without_a_source() -> None:
    ended = [u for u in COMMUNES if u.valid_to and u.valid_to < date(2025, 6, 30)]
    assert {u.slug for u in ended if u.successor is None} == UNSOURCED
    for unit in ended:
        assert unit.valid_to is not None
        after = BENTRE.answering(unit.slug, unit.valid_to + timedelta(days=1))
        assert (after is None) == (unit.slug in UNSOURCED)


def test_every_commune_of_the_last_day_went_to_one_new_unit() -> None:
    last = BENTRE.on(date(2025, 6, 30), Tier.COMMUNE)
    took = [old for unit in VINHLONG.units for old in unit.predecessors if old != "ben-tre"]
    assert sorted(took) == sorted(unit.slug for unit in last)
