"""What the stacks declare for lines, routers and units' networks, by the engine's own stand-ins."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from bentre_infra.cloud import foundation, systems
from bentre_infra.cloud.foundation import Foundation, quota_of
from bentre_infra.site import Site, load_site, ways

ROOT = Path(__file__).parents[3]


@dataclass
class Recorder(Mocks):
    """Takes down what is declared; each resource's id is its name."""

    made: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.made[args.typ.rsplit(":", 1)[-1], args.name] = args.inputs
        return args.name, dict(args.inputs)

    def call(self, args: MockCallArgs) -> dict[str, Any]:
        return {"id": args.token.rsplit(":", 1)[-1], **args.args}


def declared(program: Any) -> dict[tuple[str, str], dict[str, Any]]:
    recorder = Recorder()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.set_mocks(recorder, project="network", stack="lab", preview=False)
        loop.run_until_complete(pulumi.runtime.stack.run_pulumi_func(program))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    return recorder.made


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(ROOT / "inventories/lab")


@pytest.fixture(scope="module")
def base(site: Site) -> dict[tuple[str, str], dict[str, Any]]:
    assert site.cloud
    cloud = site.cloud
    return declared(
        lambda: foundation.build(site, cloud, operator="operator", public_key="ssh-ed25519 AAAA")
    )


@pytest.fixture(scope="module")
def network(site: Site) -> dict[tuple[str, str], dict[str, Any]]:
    assert site.cloud
    cloud = site.cloud

    def program() -> None:
        told = {
            "projects": {s.name: s.name for s in site.services},
            **{
                kind: {
                    each.name: {
                        "network_id": each.name,
                        "ipv4_subnet_id": f"{each.name}-ipv4",
                        "ipv6_subnet_id": f"{each.name}-ipv6",
                    }
                    for each in these
                }
                for kind, these in (("zones", site.zones), ("lines", site.lines))
            },
            "groups": {"nodes": "nodes", **{p.group: p.group for p in site.parts}},
            "images": {"debian13": "debian13"},
            "key_pair": "key",
            "dns_zone": "zone",
        }
        found = Foundation.of(site, pulumi.Output.from_input(told))
        systems.build(site, cloud, found, "network")

    return declared(program)


def test_a_line_has_a_network_of_both_families_without_a_way_out(site, base):
    for line in site.lines:
        assert ("Network", line.name) in base
        for version, cidr in ((4, line.ipv4), (6, line.ipv6)):
            subnet = base["Subnet", f"{line.name}-ipv{version}"]
            assert (subnet["cidr"], subnet["ipVersion"]) == (str(cidr), version)
            assert (subnet["noGateway"], subnet["enableDhcp"]) == (True, False)
            assert "gatewayIp" not in subnet
            assert ("RouterInterface", f"{line.name}-ipv{version}") not in base
        assert base["RbacPolicyV2", f"{line.name}-wan"]["objectId"] == line.name


def test_the_clouds_router_sends_what_is_the_units_to_one_router(site, base):
    entrance = ways.entrance(site)
    found = {d["destinationCidr"]: d["nextHop"] for (t, _), d in base.items() if t == "RouterRoute"}
    assert tuple(sorted(found)) == tuple(sorted(ways.lan_prefixes(site)))
    assert set(found.values()) == {str(entrance.ipv4.ip), str(entrance.ipv6.ip)}
    assert all((":" in cidr) == (":" in hop) for cidr, hop in found.items())


def test_a_router_has_a_port_in_its_zone_and_on_each_line(site, network):
    for name in ("wan-router-1", "wan-router-2", "wan-edge-ba-tri"):
        node = next(n for n in site.nodes if n.name == name)
        lines = [line.name for line in site.lines]
        assert network["Instance", name]["networks"] == [
            {"port": name},
            *({"port": f"{name}-{line}"} for line in lines),
        ]
        for at in node.ports:
            port = network["Port", f"{name}-{at.line}"]
            assert port["networkId"] == at.line
            assert [a["ipAddress"] for a in port["fixedIps"]] == [str(at.ipv4.ip), str(at.ipv6.ip)]
            assert port["securityGroupIds"] == ["nodes", f"{node.service}-{node.part}"]
    assert network["Instance", "base-time-1"]["networks"] == [{"port": "base-time-1"}]


def test_only_routers_let_pass_what_is_addressed_to_others(site, network):
    def pairs(name: str) -> list[str]:
        return [p["ipAddress"] for p in network["Port", name].get("allowedAddressPairs") or []]

    dmz, lans = site.zone("dmz"), list(ways.lan_prefixes(site))
    own = next(n.lan for n in site.nodes if n.name == "wan-edge-ba-tri")
    assert pairs("wan-router-1") == pairs("wan-router-2") == lans
    neighbours = "fe80::/64"  # OVN issue: tests/story/test_routers.py
    assert pairs("wan-router-1-ba-tri-north") == [str(dmz.ipv4), str(dmz.ipv6), neighbours]
    assert pairs("wan-edge-ba-tri") == []
    assert pairs("wan-edge-ba-tri-ba-tri-south") == [str(own.ipv4), str(own.ipv6), neighbours]
    with_pairs = {
        n for (t, n), d in network.items() if t == "Port" and d.get("allowedAddressPairs")
    }
    assert all(name.startswith("wan-") for name in with_pairs)
    # Neutron's default limit (max_allowed_address_pair)
    assert all(len(pairs(name)) <= 10 for name in with_pairs)


def test_a_project_may_have_its_ports_twice(site):
    wan = next(s for s in site.services if s.name == "wan")
    nodes = [n for p in wan.parts for n in p.nodes]
    assert quota_of(wan).ports == 2 * (len(nodes) + sum(len(n.ports) for n in nodes)) == 20
