"""pulumi-openstack issue 891: a port without a fixed address replaced the server at each update."""

import json

import pytest

from tests.stacks.site import STACKS

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("site")]

PORT = "openstack:networking/port:Port"


def test_the_second_preview_is_empty(applied):
    for stack in STACKS:
        said = json.loads(applied.pulumi(stack, "preview", "--json", "--refresh"))
        assert set(said["changeSummary"]) == {"same"}


def test_every_port_asks_for_the_addresses_of_the_site(applied):
    nodes = {n.name: {str(n.ipv4.ip), str(n.ipv6.ip)} for n in applied.site.nodes}
    ports = [r for stack in STACKS for r in applied.resources(stack) if r["type"] == PORT]
    asked = {r["inputs"]["name"]: {a["ipAddress"] for a in r["inputs"]["fixedIps"]} for r in ports}
    assert asked == nodes
