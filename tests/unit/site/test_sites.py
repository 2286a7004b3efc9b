"""The sites that are shipped, and what a reorganisation makes of them."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from bentre_infra.runtime.errors import BentreError
from bentre_infra.site import load_profile, load_site
from bentre_infra.site.dns import former_domains
from bentre_infra.site.load import allocated
from bentre_infra.site.reorganise import Fate, compare, compare_units, counts
from bentre_infra.site.schema import schema

INVENTORIES = Path(__file__).parents[3] / "inventories"
NAMES = sorted(path.parent.name for path in INVENTORIES.glob("*/site.yaml"))


def test_three_sites_are_shipped() -> None:
    assert {"lab", "bentre", "vinhlong"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_site_is_right_and_has_all_its_addresses(name: str) -> None:
    folder = INVENTORIES / name
    site = load_site(folder)
    assert site.name == name
    assert all(c.missing == 0 for c in site.profile.coverage())
    held = allocated(folder)
    assert held.hosts.keys() >= {node.name for node in site.nodes}


@pytest.mark.parametrize("name", NAMES)
def test_editors_find_nothing_wrong_either(name: str) -> None:
    for kind, file in (("site", "site.yaml"), ("addresses", "addresses.yaml")):
        data = yaml.load((INVENTORIES / name / file).read_text(), Loader=yaml.BaseLoader)
        text = json.dumps(data)
        validator = jsonschema.Draft202012Validator(schema(kind))  # type: ignore[arg-type]
        validator.check_schema(validator.schema)
        # every value is a text here: only unknown, missing and misnamed fields show
        faults = list(validator.iter_errors(json.loads(text)))
        shapes = ("additionalProperties", "required")
        assert [e.message for e in faults if e.validator in shapes] == []


def test_bentre_is_the_whole_province() -> None:
    site = load_site(INVENTORIES / "bentre")
    assert (site.level, len(site.lans)) == (3, 164 + 9 + 17)
    assert len({lan.vlan for lan in site.lans}) == 190


def test_the_old_domain_stays_as_alias_and_redirect() -> None:
    site = load_site(INVENTORIES / "vinhlong")
    (former,) = former_domains(site)
    assert (former.name, former.redirect_to) == ("bentre.gov.vn", "vinhlong.gov.vn")
    assert {(r.name, r.data) for r in former.records} == {
        ("@", "v=spf1 -all"),
        ("_dmarc", "v=DMARC1; p=reject"),
    }


def test_from_bentre_to_vinhlong() -> None:
    before, after = load_site(INVENTORIES / "bentre"), load_site(INVENTORIES / "vinhlong")
    changes = compare(before, after)
    found = counts(changes)
    # 48 communes and wards come from Bến Tre, 76 from the other two provinces
    assert found["unit"]["merged"] == 48
    assert found["unit"]["created"] == 76
    # the district tier ended; departments and four communes have no sourced successor
    assert found["unit"]["ended"] == 9
    assert found["unit"]["unsourced"] == 17 + 4
    assert found["zone"] == {"kept": 7}
    kept = {c.name for c in changes if c.what == "node" and c.fate is Fate.KEPT}
    assert "mail-front-1" in kept
    domain = next(c for c in changes if c.what == "domain" and c.name == "bentre.gov.vn")
    assert (domain.fate, domain.after) == (Fate.CHANGED, "alias and redirect")
    ward = next(c for c in changes if c.what == "unit" and c.name == "Phường Bến Tre")
    # Resolution 1687/NQ-UBTVQH15: from Phường 7, Bình Phú (and Mỹ Thành before) and Thanh Tân
    assert ward.before == ("Phường 7", "Xã Bình Phú", "Xã Mỹ Thành", "Xã Thanh Tân")


def test_every_unit_has_one_fate() -> None:
    before, after = load_site(INVENTORIES / "bentre"), load_site(INVENTORIES / "vinhlong")
    changes = [c for c in compare(before, after) if c.what == "unit"]
    gone = sum(c.fate in (Fate.ENDED, Fate.UNSOURCED) for c in changes)
    taken = sum(len(c.before) for c in changes if c.fate in (Fate.MERGED, Fate.RENAMED))
    kept = sum(c.fate in (Fate.KEPT, Fate.MOVED) for c in changes)
    assert gone + taken + kept == len(before.units)
    assert len(changes) - gone == len(after.units)


def test_within_one_profile() -> None:
    profile = load_profile("bentre-2016")
    changes = list(compare_units(profile, date(2016, 12, 31), profile, date(2020, 2, 1)))
    merged = {c.name: c.before for c in changes if c.fate is Fate.MERGED}
    assert merged["Phường An Hội"] == ("Phường 1", "Phường 2", "Phường 3")
    assert len(merged) == 6
    assert sum(c.fate is Fate.KEPT for c in changes) == 1 + 9 + 17 + 157 - 6


def test_a_profile_that_does_not_follow_is_refused() -> None:
    before, after = load_site(INVENTORIES / "bentre"), load_site(INVENTORIES / "vinhlong")
    with pytest.raises(BentreError, match='"bentre-2016" does not succeed "vinhlong-2025"'):
        compare(after, before)
