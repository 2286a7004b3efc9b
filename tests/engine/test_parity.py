"""The provider is what the published SDK expects of one: computed from the installed SDK."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pulumi_openstack
import pytest

from bentre_infra.engine import locate
from bentre_infra.engine.sources import Sources
from bentre_infra.runtime.paths import Paths
from tests.engine import sdk

pytestmark = pytest.mark.engine


@cache
def schema() -> dict[str, Any]:
    path = Sources.find().provider / "cmd" / "pulumi-resource-openstack" / "schema.json"
    return dict(json.loads(path.read_text("utf-8")))


def test_the_provider_has_the_sdks_version() -> None:
    sources = Sources.find()
    plugin = Path(pulumi_openstack.__file__).with_name("pulumi-plugin.json")
    assert json.loads(plugin.read_text())["version"] == sources.provider_version


def test_the_installed_provider_serves_this_schema(engine: dict[str, str]) -> None:
    shown = subprocess.run(
        ["pulumi", "package", "get-schema", "openstack"],
        env=engine,
        capture_output=True,
        text=True,
        check=True,
    )
    served = json.loads(shown.stdout)
    for section in ("resources", "functions", "config", "provider", "types"):
        assert served[section] == schema()[section]


def test_every_resource() -> None:
    wanted = sdk.resources()
    assert len(wanted) > 100  # the SDK was read at all
    assert sorted(wanted) == sorted(schema()["resources"])


@pytest.mark.parametrize("token", sorted(sdk.resources()))
def test_every_property_of_a_resource(token: str) -> None:
    inputs, outputs = sdk.resources()[token]
    offered = schema()["resources"][token]
    assert set(offered.get("inputProperties", {})) == inputs
    assert set(offered.get("properties", {})) == outputs


def test_every_function() -> None:
    wanted = sdk.functions()
    assert len(wanted) > 60
    offered = {t for t in schema()["functions"] if t.startswith("openstack:")}
    assert sorted(wanted) == sorted(offered)


@pytest.mark.parametrize("token", sorted(sdk.functions()))
def test_every_property_of_a_function(token: str) -> None:
    arguments, results = sdk.functions()[token]
    offered = schema()["functions"][token]
    assert set(offered.get("inputs", {}).get("properties", {})) == arguments
    assert set(offered["outputs"]["properties"]) == results


def test_every_nested_type() -> None:
    """Types inside properties: the SDK names them by module and class, the schema by token."""
    offered = {}
    for token, spec in schema()["types"].items():
        _, module, name = token.split(":")
        offered[module.split("/")[0], name] = set(spec.get("properties", {}))
    wanted = sdk.nested_types()
    assert len(wanted) > 50
    missing = {key for key in wanted if key not in offered}
    assert missing == set()
    assert {k: offered[k] for k in wanted} == wanted


def test_provider_settings() -> None:
    assert set(schema()["provider"]["inputProperties"]) == sdk.provider_inputs()
    assert set(schema()["config"]["variables"]) == sdk.provider_inputs()


def test_settings_from_the_environment() -> None:
    """The SDK's defaults from OS_* variables are the schema's."""
    wanted = sdk.environment_defaults()
    offered = {
        name: tuple(spec["defaultInfo"]["environment"])
        for name, spec in schema()["provider"]["inputProperties"].items()
        if "defaultInfo" in spec
    }
    assert offered == wanted


def test_former_names_lead_to_the_new_ones() -> None:
    """A stack that was made under a former name finds its resources again."""
    wanted = sdk.aliases()
    assert len([t for t, formers in wanted.items() if formers]) > 5
    for token, formers in wanted.items():
        offered = {a["type"] for a in schema()["resources"][token].get("aliases", ())}
        assert offered == formers, token


def test_the_plugin_that_pulumi_finds_is_this_one(engine: dict[str, str]) -> None:
    part = next(p for p in locate(Paths.from_env()).parts if p.name == "pulumi-resource-openstack")
    assert part.path is not None
    said = subprocess.run([part.path, "-version"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == Sources.find().provider_version
