"""Checks of a cloud: green on what was read of a real one, red once a property is broken."""

from dataclasses import replace

import pytest

from bentre_infra.compliance.checks.registry import checks
from bentre_infra.compliance.result import Verdict
from tests.unit.compliance.recorded import ask, facts, lab


def _each(kind, **values):
    return lambda d: [one.update(values) for one in d[kind]]


def _subnets(d):
    management = next(n["id"] for n in d["networks"] if n["name"] == "management")
    for subnet in d["subnets"]:
        if subnet["network_id"] == management:
            subnet["gateway_ip"] = None


def _gateway(d):
    for subnet in d["subnets"]:
        subnet["gateway_ip"] = "192.0.2.1"


def _twin(d):
    """A server with a port in every zone."""
    server = d["servers"][0]
    port = next(p for p in d["ports"] if p["device_id"] == server["id"])
    d["ports"] += [{**port, "id": n["id"], "network_id": n["id"]} for n in d["networks"]]


def _default_open(d):
    group = next(g for g in d["security_groups"] if g["name"] == "default")
    group["rules"].append({"direction": "ingress", "remote_ip_prefix": "0.0.0.0/0"})


def _in_default(d):
    own = {p["id"] for p in d["projects"]}
    group = next(
        g for g in d["security_groups"] if g["name"] == "default" and g["project_id"] in own
    )
    for port in d["ports"]:
        port["security_groups"] = [group["id"]]


CASES = [
    ("NET-01", lambda d: d.update(networks=[n for n in d["networks"] if n["name"] != "dmz"]),
     "zones without a network: dmz", None),
    ("NET-01", _twin, "several zones", None),
    ("NET-11", _gateway, "has a gateway", _subnets),
    ("NET-14", lambda d: d.update(servers=[s for s in d["servers"] if s["name"] != "portal-front-2"]),
     "not doubled", None),
    ("NET-14", _each("servers", host="lab1"), "all on one host", None),
    ("NET-19", _each("networks", port_security_enabled=False), "port security is off", None),
    ("NET-19", _each("ports", port_security_enabled=False), "port security is off", None),
    ("CLD-01", _each("servers", project_id="one"), "share a project", None),
    ("CLD-01", lambda d: d["reach"].append({"from": "portal-front-1", "subject": "mail-server-1",
                                            "port": 22, "result": "open"}), "of another project", None),
    ("CLD-02", lambda d: d["volumes"].append({**d["volumes"][0], "project_id": "other"}),
     "share volume types", None),
    ("CLD-04", lambda d: d["endpoints"].append({"service": "image", "url": "http://192.0.2.1"}),
     "in the clear", None),
    ("CLD-05", _default_open, "lets anybody in", None),
    ("CLD-05", _in_default, "in the default group", None),
    ("CLD-05", _each("ports", port_security_enabled=False), "port security is off", None),
    ("DAT-02", _each("volumes", encrypted=False), "in the clear", _each("volumes", encrypted=True)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("control", "broken", "says", "mended"), CASES, ids=[f"{case[0]}-{case[2]}" for case in CASES]
)
def test_check_is_green_and_red(control, broken, says, mended):
    level = 4 if control == "NET-11" else 3
    site = replace(lab())
    green = facts("cloud")
    if mended:
        mended(green)
    assert ask(control, green, site=site, level=level, kind="cloud").verdict is Verdict.PASS
    red = facts("cloud")
    if mended:
        mended(red)
    broken(red)
    found = ask(control, red, site=site, level=level, kind="cloud")
    assert found.verdict is Verdict.FAIL
    assert says in found.en


def test_every_check_of_a_cloud_is_broken_above():
    assert {c.control for c in checks() if c.subject == "cloud"} == {c[0] for c in CASES}
