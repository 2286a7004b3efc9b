"""Rules name only what the provider's own schema has, and only what it does not tell by itself."""

import json
from pathlib import Path

from bentre_infra.plan.rules import load_rules

SCHEMA = json.loads(
    Path(__file__)
    .parents[3]
    .joinpath("engine/provider-openstack/cmd/pulumi-resource-openstack/schema.json")
    .read_text(encoding="utf-8")
)["resources"]


def test_every_type_and_property_exists_in_the_schema():
    for type_, rule in load_rules().resources.items():
        if type_.startswith("openstack:"):
            named = {
                *rule.properties,
                *(p for f in rule.forbids for p in (*f.properties, f.beside)),
            }
            assert named <= SCHEMA[type_]["inputProperties"].keys(), type_


def test_what_the_schema_tells_is_not_told_again():
    for type_, rule in load_rules().resources.items():
        for name in rule.properties:
            replaces = SCHEMA[type_]["inputProperties"][name].get("willReplaceOnChanges", False)
            assert not replaces, f"{type_} {name}"
