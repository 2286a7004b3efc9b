import json

import pytest

from bentre_infra.hosts import molecule
from bentre_infra.runtime.errors import BentreError

DOCUMENT = {
    "scenario": "mail",
    "clone": "/clone",
    "folder": "/clone/.ansible/tmp/mail",
    "variables": {"bentre_site": "test"},
    "platforms": [{"name": "front", "image": "debian13", "groups": ["zone_dmz"]}],
}


def test_a_scenario_is_read_from_what_its_playbook_sends():
    scenario = molecule.parse(json.dumps(DOCUMENT))
    assert [(p.name, p.image) for p in scenario.platforms] == [("front", "debian13")]
    assert scenario.prefix.startswith("test-mail-")


def test_scenarios_of_two_clones_do_not_meet():
    one = molecule.parse(json.dumps(DOCUMENT))
    other = molecule.parse(json.dumps(DOCUMENT | {"folder": "/other/.ansible/tmp/mail"}))
    assert one.prefix != other.prefix


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a scenario"),
        (json.dumps({**DOCUMENT, "platforms": [{"name": "front"}]}), "KeyError.'image'"),
        (json.dumps({**DOCUMENT, "platforms": DOCUMENT["platforms"] * 2}), "two platforms"),
    ],
)
def test_what_is_no_scenario_is_refused(text, said):
    with pytest.raises(BentreError, match=said):
        molecule.parse(text)


def test_an_unknown_verb_is_refused():
    with pytest.raises(BentreError, match=r"start: cannot be done .*create or destroy"):
        molecule.act("start", "")
