"""The catalogue holds what the controls' list and the law say, and nothing that is not there."""

import csv
import re
import unicodedata
from pathlib import Path

import pytest

from bentre_infra.compliance.catalogue.load import SECTIONS, load_catalogue, read_catalogue
from bentre_infra.compliance.catalogue.model import Method
from bentre_infra.site.errors import SiteError
from tests.unit.compliance.recorded import CATALOGUE, ROOT

SEED = Path(__file__).parent / "controls.tsv"


def seed():
    with SEED.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file, delimiter="\t")}


def test_it_has_the_138_controls_of_the_list_as_they_were_seeded():
    rows = seed()
    assert [c.id for c in CATALOGUE] == list(rows)
    assert len(rows) == 138
    for control in CATALOGUE:
        row = rows[control.id]
        assert control.title.en == row["title_en"]
        assert control.title.vi == unicodedata.normalize("NFC", row["title_vi"])
        assert control.level == int(row["level"])
        assert list(control.kinds) == row["nodes"].split(",")
        assert list(control.confidence) == row["confidence"].split(",")


def test_every_clause_of_the_list_is_in_one_of_the_maps():
    """Numbers of clauses, laws and standards; their names are written out in the catalogue."""
    for control in CATALOGUE:
        written = " ".join((*control.clauses_2026, *control.clauses_2017, *control.sources))
        numbers = re.findall(r"\d+(?:\.\d+)+[a-z]?", seed()[control.id]["source"])
        for number in numbers:
            bare = number.removeprefix("7.") if control.id == "SRV-29" else number
            assert bare in written, (control.id, number, written)


def test_texts_are_composed_and_there():
    for control in CATALOGUE:
        texts = [
            control.title,
            control.statement,
            *([control.evidence] if control.evidence else []),
        ]
        for text in texts:
            assert text.vi.strip() == text.vi != ""
            assert text.en.strip() == text.en != ""
            assert unicodedata.is_normalized("NFC", text.vi)


def test_every_remedy_is_a_role_a_stack_or_a_procedure():
    roles = {p.name for p in (ROOT / "roles").iterdir() if (p / "tasks").is_dir()}
    stacks = {f"stacks/{p.name}" for p in (ROOT / "stacks").iterdir()}
    wrong = [c.id for c in CATALOGUE if c.remedy not in roles | stacks | {"procedure"}]
    assert wrong == []


def test_what_no_program_judges_names_its_evidence():
    for control in CATALOGUE:
        assert (control.evidence is None) == (control.method is Method.AUTOMATED)


def test_profiles_grow_with_the_level():
    sizes = [len(CATALOGUE.profile(level)) for level in range(1, 6)]
    assert sizes == sorted(sizes)
    assert sizes[-1] == 138


def test_thresholds_follow_the_standard():
    """TCVN 14423:2026: months of records, of reviews, of scans, of drawings, by level."""
    assert [CATALOGUE["SRV-29"].threshold("log_days", n) for n in range(1, 6)] == [
        None, 30, 90, 180, 365,
    ]  # fmt: skip
    assert [CATALOGUE["SRV-43"].threshold("review_months", n) for n in range(1, 6)] == [
        12, 12, 6, 3, 1,
    ]  # fmt: skip


def test_its_digest_is_of_its_bytes():
    again = load_catalogue()
    assert again.sha256 == CATALOGUE.sha256
    texts = {
        s: (ROOT / f"bentre_infra/compliance/catalogue/{s}.yaml").read_text() for s in SECTIONS
    }
    assert read_catalogue(texts).sha256 == CATALOGUE.sha256
    changed = {**texts, "ops": texts["ops"] + "\n"}
    assert read_catalogue(changed).sha256 != CATALOGUE.sha256


GOOD = """controls:
  - id: NET-02
    title: {vi: a, en: b}
    statement: {vi: a, en: b}
    clauses_2026: [x.12.2.4]
    clauses_2017: [O y.2.1.2]
    sources: []
    confidence: [P]
    level: 1
    kinds: [all]
    method: automated
    remedy: firewall
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("x.12.2.4", "12.2.4", 5, "has not the form"),
        ("O y.2.1.2", "y.2.1.2", 6, "has not the form"),
        ("level: 1", "level: 9", 9, "level"),
        ("confidence: [P]", "confidence: [Q]", 8, "has not the form"),
        ("method: automated", "method: manual", 2, "evidence is named"),
        ("    level: 1\n", "", 2, "missing"),
        ("[x.12.2.4]", "[]", 2, "no source"),
        ("remedy: firewall", "remedies: firewall", 12, "not known"),
    ],
)
def test_faults_are_told_with_their_line(old, new, line, says):
    text = GOOD.replace(old, new)
    if says == "no source":
        text = text.replace("[O y.2.1.2]", "[]")
    with pytest.raises(SiteError) as caught:
        read_catalogue({"net.yaml": text})
    problem = next(p for p in caught.value.problems if says in p.message)
    assert (problem.file, problem.line) == ("net.yaml", line)


def test_a_control_that_stands_twice_is_told():
    with pytest.raises(SiteError, match="stands twice"):
        read_catalogue({"a.yaml": GOOD, "b.yaml": GOOD})
