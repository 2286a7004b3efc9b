"""What the provider knows to be secret is never shown or stored in the clear.

The rule is computed: a property whose name says that it carries a secret must be marked
in the schema, unless it stands among the exceptions with a reason.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bentre_infra.engine.sources import Sources
from tests.engine.project import Project

pytestmark = pytest.mark.engine

CANARY = "canary-51d0ae77"

# what a secret is called; "key" alone, or the key of something
_SUSPECT = re.compile(
    r"(?i)pass(word|phrase)?$|secret|psk|token|payload$|kubeconfig|userdata|privatekey|"
    r"(^|access|sync|private)key$|adminpass|^tempurl"
)
# properties that carry secrets under a harmless name
_CARRIERS = {
    "openstack:blockstorage/volumeAttach:VolumeAttach.data": "CHAP passwords of iSCSI",
    "openstack:compute/InstancePersonality:InstancePersonality.content": "a file in the guest",
    "openstack:objectstorage/accountV1:AccountV1.metadata": "Temp-URL-Key",
    "openstack:objectstorage/container:Container.metadata": "Temp-URL-Key",
    "openstack:objectstorage/tempUrl:TempUrl.url": "its signature is the access",
    "openstack:orchestration/stackV1:StackV1.StackOutputs": "generated passwords",
    "openstack:orchestration/stackV1:StackV1.environmentOpts": "parameter values",
    "openstack:orchestration/stackV1:StackV1.parameters": "parameter values",
}
_NO_SECRET = {
    "defaultTlsContainerRef": "a reference",
    "secretRef": "a reference",
    "secretRefs": "references",
    "secretType": "a kind",
    "setTokenId": "whether to return the token",
    "ignoreChangePasswordUponFirstUse": "a switch",
}
_NO_SECRET_AT = {
    "openstack:loadbalancer/l7RuleV2:L7RuleV2.key": "name of a header or cookie",
    "openstack:networking/getPortIds:getPortIds.sortKey": "name of a column",
}


def _schema() -> dict[str, Any]:
    path = Sources.find().provider / "cmd" / "pulumi-resource-openstack" / "schema.json"
    return dict(json.loads(path.read_text("utf-8")))


def _properties() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Owner, name and description of every property of the schema."""
    schema = _schema()
    for name, spec in schema["provider"]["inputProperties"].items():
        yield "provider", name, spec
    for name, spec in schema["config"]["variables"].items():
        yield "config", name, spec
    for section in ("types", "resources"):
        for owner, what in schema[section].items():
            for part in ("properties", "inputProperties"):
                for name, spec in what.get(part, {}).items():
                    yield owner, name, spec
    for owner, what in schema["functions"].items():
        if owner.startswith("openstack:"):
            for part in (what.get("inputs", {}), what["outputs"]):
                for name, spec in part.get("properties", {}).items():
                    yield owner, name, spec


def _is_secret(owner: str, name: str) -> bool:
    return f"{owner}.{name}" in _CARRIERS or (
        bool(_SUSPECT.search(name))
        and name not in _NO_SECRET
        and f"{owner}.{name}" not in _NO_SECRET_AT
    )


def test_every_secret_is_marked() -> None:
    found = list(_properties())
    suspects = [(o, n, s) for o, n, s in found if _is_secret(o, n)]
    assert len(suspects) > 40
    forgotten = [f"{owner}.{name}" for owner, name, spec in suspects if not spec.get("secret")]
    assert forgotten == []


def test_the_exceptions_exist() -> None:
    """An exception for something that is no more, or was renamed, would hide the new name."""
    found = {f"{owner}.{name}" for owner, name, _ in _properties()}
    names = {f.rpartition(".")[2] for f in found}
    assert set(_CARRIERS) <= found
    assert set(_NO_SECRET) <= names
    assert set(_NO_SECRET_AT) <= found


# Where the provider checks more than a property's type.
_VALID: dict[str, dict[str, Any]] = {
    "openstack:database/instance:Instance": {"size": 1, "volumeType": "x"},
    "openstack:images/image:Image": {"containerFormat": "bare", "diskFormat": "raw"},
    "openstack:networking/bgpPeerV2:BgpPeerV2": {"authType": "md5", "peerIp": "10.0.0.1"},
    "openstack:sharedfilesystem/securityService:SecurityService": {"type": "kerberos"},
}


def _value(spec: dict[str, Any], schema: dict[str, Any]) -> Any:
    kind = spec.get("type")
    if kind == "array":
        return [_value(spec["items"], schema)]
    if kind == "object":
        return {"a": _value(spec["additionalProperties"], schema)}
    if "$ref" in spec:
        nested = schema["types"][spec["$ref"].removeprefix("#/types/")]
        return {
            name: _value(nested["properties"][name], schema) for name in nested.get("required", ())
        }
    return {"string": "x", "integer": 1, "number": 1, "boolean": True}[kind]


def _with_canary(spec: dict[str, Any], schema: dict[str, Any]) -> Any:
    """A value of the property's type that carries the canary; None where none can."""
    kind = spec.get("type")
    if kind == "string":
        return CANARY
    if kind == "object":
        return {"a": CANARY}
    if kind == "array":
        inner = _with_canary(spec["items"], schema)
        return None if inner is None else [inner]
    if "$ref" in spec:
        nested = schema["types"][spec["$ref"].removeprefix("#/types/")]
        secret = {n: CANARY for n, s in nested["properties"].items() if s.get("secret")}
        return {**_value(spec, schema), **secret} if secret else None
    return None


def _carrying_resources() -> list[dict[str, Any]]:
    """Every resource that takes a secret, with the canary in each of its secrets."""
    schema = _schema()
    found = []
    for token, spec in schema["resources"].items():
        inputs = spec.get("inputProperties", {})
        secret = {}
        for name, s in inputs.items():
            nested = "$ref" in json.dumps(s)
            if s.get("secret") or nested:
                value = _with_canary(s, schema)
                if value is not None:
                    secret[name] = value
        if not secret:
            continue
        needed = {n: _value(inputs[n], schema) for n in spec.get("requiredInputs", ())}
        needed |= _VALID.get(token, {})
        found.append({"token": token, "inputs": {**needed, **secret}, "secret": sorted(secret)})
    return found


PROGRAM = """
import json
import os
import pathlib

import pulumi

for n, r in enumerate(json.loads(pathlib.Path("resources.json").read_text())):
    pulumi.CustomResource(r["token"], f"r{n}", r["inputs"], pulumi.ResourceOptions(version="5.5.3"))
"""


def test_no_secret_of_any_resource_is_shown(stack: Callable[..., Project]) -> None:
    carrying = _carrying_resources()
    assert len(carrying) > 15
    project = stack(PROGRAM)
    (project.folder / "resources.json").write_text(json.dumps(carrying))
    # the provider is asked to plan, not to connect
    project.env |= {"OS_AUTH_URL": "http://127.0.0.1:9/v3", "OS_DELAYED_AUTH": "true"}
    plan = project.folder.parent / "plan.json"
    shown = project.pulumi("preview", "--json", "--save-plan", str(plan))
    planned = json.loads(shown.stdout)["steps"]
    tokens = [s["newState"]["type"] for s in planned if "newState" in s]
    assert {r["token"] for r in carrying} <= set(tokens)
    assert CANARY not in shown.stdout + shown.stderr
    assert CANARY not in plan.read_text()
    diff = project.pulumi("preview", "--diff")
    assert CANARY not in diff.stdout + diff.stderr
    assert "[secret]" in diff.stdout


def test_no_secret_of_the_provider_is_shown(stack: Callable[..., Project]) -> None:
    secret = [
        name
        for name, spec in _schema()["provider"]["inputProperties"].items()
        if spec.get("secret")
    ]
    assert set(secret) == {"applicationCredentialSecret", "key", "password", "token"}
    project = stack(f"""
        import pulumi
        import pulumi_openstack as openstack

        cloud = openstack.Provider(
            "cloud",
            auth_url="http://127.0.0.1:9/v3",
            delayed_auth=True,
            application_credential_secret="{CANARY}",
            key="{CANARY}",
            password="{CANARY}",
            token="{CANARY}",
        )
        """)
    for args in (("preview", "--json"), ("preview", "--diff"), ("up", "--yes", "--skip-preview")):
        done = project.pulumi(*args)
        assert CANARY not in done.stdout + done.stderr
    state = (project.folder.parent / "state").rglob("*")
    assert all(CANARY not in p.read_text("utf-8", errors="replace") for p in state if p.is_file())
