"""What routers are told of the site: in the form of their roles."""

import json
import sys
from ipaddress import ip_interface, ip_network
from pathlib import Path

import pytest

from bentre_infra.inventory import build, planned
from bentre_infra.site import load_site, ways
from bentre_infra.site.networks import subnets_of
from tests.roles.ansible import ansible
from tests.unit.inventory.ansible import ROOT, export


@pytest.fixture(scope="module")
def site():
    return load_site(ROOT / "inventories/lab")


@pytest.fixture(scope="module")
def told(site):
    return {host.name: host.variables for host in build(site, planned(site)).hosts}


def test_a_router_meets_others_on_its_lines(site, told):
    lines = [{"network": str(line.ipv4), "cost": line.cost} for line in site.lines]
    assert len(lines) == 2
    assert told["wan-router-1"]["bentre_lines"] == told["wan-edge-ba-tri"]["bentre_lines"] == lines
    assert told["wan-edge-giong-trom"]["bentre_lines"] == []
    assert not any(key in told["mail-server-1"] for key in ("bentre_lines", "bentre_tunnels"))


def test_a_units_router_has_the_first_address_of_its_network(site, told):
    lan = next(n.lan for n in site.nodes if n.name == "wan-edge-ba-tri")
    (behind,) = told["wan-edge-ba-tri"]["bentre_behind"]
    assert behind["name"] == "lan"
    addresses = [ip_interface(a) for a in behind["addresses"]]
    assert [a.network for a in addresses] == [lan.ipv4, lan.ipv6]
    assert [a.ip for a in addresses] == [lan.ipv4[1], lan.ipv6[1]]


def test_the_first_router_is_the_cheaper_way_to_the_same_networks(site, told):
    first, second = told["wan-router-1"], told["wan-router-2"]
    assert first["bentre_ways"] == second["bentre_ways"]
    costs = sum(line.cost for line in site.lines)
    assert second["bentre_ways_metric"] > first["bentre_ways_metric"] + costs
    gateways = {s.cidr.version: str(s.gateway) for s in subnets_of(site.zone("edge"))}
    found = {way["network"]: way["via"] for way in first["bentre_ways"]}
    assert tuple(found) == ways.inside(site)
    assert all(via == gateways[ip_network(n).version] for n, via in found.items())
    assert told["wan-edge-ba-tri"]["bentre_ways"] == []


def test_both_ends_see_one_tunnel_and_the_units_begins(told):
    (own,) = told["wan-edge-giong-trom"]["bentre_tunnels"]
    (centre,) = told["wan-router-1"]["bentre_tunnels"]
    assert (own["peer"], centre["peer"]) == ("wan-router-1", "wan-edge-giong-trom")
    assert (own["address"], own["peer_address"]) == (centre["peer_address"], centre["address"])
    assert (own["networks"], own["peer_networks"]) == (
        centre["peer_networks"],
        centre["networks"],
    )
    assert (own["start"], centre["start"]) == (True, False)
    assert told["wan-router-2"]["bentre_tunnels"] == []
    # the roles' rule: an end lies outside of what it is reached for
    for end in (own, centre):
        assert not any(
            ip_network(end["peer_address"]).subnet_of(ip_network(n))
            for n in end["peer_networks"]
            if ":" not in n
        )


def test_the_centre_has_an_address_of_each_network_of_the_tunnel_that_no_node_has(site, told):
    (tunnel,) = told["wan-router-1"]["bentre_tunnels"]
    (inside,) = told["wan-router-1"]["bentre_behind"]
    own = [ip_interface(a) for a in inside["addresses"]]
    for network in map(ip_network, tunnel["networks"]):
        assert any(a.ip in network for a in own if a.version == network.version)
    taken = {a.ip for node in site.nodes for a in (node.ipv4, node.ipv6)}
    taken |= {subnet.gateway for zone in site.zones for subnet in subnets_of(zone)}
    assert not taken & {a.ip for a in own}
    assert told["wan-router-2"]["bentre_behind"] == []


def test_the_roles_take_what_the_labs_routers_are_told(site, tmp_path: Path):
    """With the lab's group_vars, by Ansible itself; no task that does anything is run."""
    export(site, tmp_path, planned(site))
    roles = ["hardening", "firewall", "router", "vpn", "gateway"]
    names = ("router_interfaces", "gateway_flows", "vpn_tunnels")
    said = ", ".join(f"'{name}': {name}" for name in names)
    play = {
        "hosts": "part_wan_router:part_wan_edge",
        "gather_facts": False,
        "roles": roles,
        "post_tasks": [
            {
                "ansible.builtin.copy": {
                    "content": f"{{{{ {{{said}}} | to_json }}}}",
                    "dest": f"{tmp_path}/{{{{ inventory_hostname }}}}.json",
                },
                "tags": ["always"],
                "check_mode": False,
            }
        ],
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    arguments = ["-i", ROOT / "inventories/lab", "--connection", "local", "--check"]
    arguments += ["--tags", "nothing"]
    more = {"ansible_become": False, "ansible_python_interpreter": sys.executable}
    ansible(
        "ansible-playbook",
        *arguments,
        *("-e", json.dumps(more), tmp_path / "play.yml"),
        state=tmp_path,
        BENTRE_STATE=str(tmp_path),
    )
    found = {
        name: json.loads((tmp_path / f"{name}.json").read_text())
        for name in ("wan-router-1", "wan-router-2", "wan-edge-ba-tri", "wan-edge-giong-trom")
    }
    lines = [{"type": "broadcast", "network": str(n.ipv4), "cost": n.cost} for n in site.lines]
    met = {name: one["router_interfaces"][:2] for name, one in found.items()}
    assert met["wan-router-1"] == met["wan-router-2"] == met["wan-edge-ba-tri"] == lines
    assert [i["name"] for i in met["wan-edge-giong-trom"]] == ["lan"]
    assert found["wan-router-1"]["router_interfaces"][2]["passive"] is True
    flows = {f["name"] for f in found["wan-edge-ba-tri"]["gateway_flows"]}
    assert flows == {"units-portal.front-tcp-80", "units-mail.server-tcp-465"}
    assert [t["name"] for t in found["wan-router-1"]["vpn_tunnels"]] == ["giong-trom"]
