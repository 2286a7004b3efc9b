"""A whole site on the real lab: its stacks, what passes between its nodes, and its end."""

import json
import subprocess

import pytest

from bentre_infra.inventory import export_path
from tests.lab.guest import Guest
from tests.lab.tenant import DNS4
from tests.stacks.site import STACKS
from tests.waiting import eventually

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("site")]

INSTANCE = "openstack:compute/instance:Instance"
PROBE = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=4)
    print("open")
except ConnectionRefusedError:
    print("refused")
except OSError:
    print("dropped")
"""


@pytest.fixture(scope="module")
def front(applied, lab) -> Guest:
    """A portal node, entered by its balancer's public address."""
    address = applied.outputs("portal")["endpoints"][f"www.{applied.name}.example"][0]
    return Guest(address, lab.ssh_key).wait_booted()


def probe(guest: Guest, address: object, port: int) -> str:
    return guest.ssh(f"python3 -c '{PROBE}' {address} {port}")


def test_a_node_has_the_names_and_addresses_of_the_site(applied, front):
    nodes = {n.name: n for n in applied.site.nodes}
    # in one go: the balancer may lead the next one to the other node
    name, *has = front.ssh("hostname; hostname -I").split()
    assert name in ("portal-front-1", "portal-front-2")
    assert {str(nodes[name].ipv4.ip), str(nodes[name].ipv6.ip)} <= set(has)


def test_the_balancer_leads_to_each_node(front):
    seen = set()

    def both():
        seen.add(front.ssh("hostname"))
        return seen == {"portal-front-1", "portal-front-2"}

    assert eventually(both)


def test_what_a_flow_names_passes_and_nothing_else_does(applied, front):
    logs = next(n for n in applied.site.nodes if n.name == "base-logs-1")
    for address in (logs.ipv4.ip, logs.ipv6.ip):
        # nobody listens there: a refusal is the node's own answer
        assert probe(front, address, 6514) == "refused"
        assert probe(front, address, 9999) == "dropped"
        assert probe(front, address, 22) == "dropped"


def test_the_public_name_is_served_on_both_families(applied):
    name = f"www.{applied.name}.example"
    expected = applied.outputs("portal")["endpoints"][name]

    def served() -> bool:
        answers = [
            subprocess.run(
                ["dig", "+short", f"@{DNS4}", name, kind],
                capture_output=True,
                text=True,
                check=False,
            ).stdout.split()
            for kind in ("A", "AAAA")
        ]
        return [line for answer in answers for line in answer] == expected

    assert eventually(served)


def test_the_inventory_has_every_server(applied):
    nodes = json.loads(export_path(applied.name).read_text())["nodes"]
    assert [n["name"] for n in nodes] == [n.name for n in applied.site.nodes]
    servers = {
        r["id"] for stack in STACKS for r in applied.resources(stack) if r["type"] == INSTANCE
    }
    assert {n["server_id"] for n in nodes} == servers


def test_a_second_run_changes_nothing_and_the_plain_tool_agrees(applied):
    said = json.loads(applied.bentre("plan", "--json"))
    assert [s["changes"] for s in said["stacks"]] == [[], [], []]
    for stack in STACKS:
        said = json.loads(applied.pulumi(stack, "preview", "--json", "--refresh"))
        assert set(said["changeSummary"]) == {"same"}


def test_another_key_replaces_nothing(applied, tmp_path):
    """terraform-provider-openstack issue 980: servers went with the key pair."""
    other = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    public = other.with_suffix(".pub").read_text().strip()
    applied.pulumi("foundation", "config", "set", "publicKey", public)
    said = json.loads(applied.pulumi("foundation", "preview", "--json"))
    applied.pulumi("foundation", "config", "rm", "publicKey")
    assert set(said["changeSummary"]) == {"same"}


def test_servers_that_must_be_apart_are_asked_for_one_after_the_other(applied, admin):
    """terraform-provider-openstack issue 1165: at once, Nova may send both to one host."""
    first, second = sorted(
        (r for r in applied.resources("portal") if r["type"] == INSTANCE),
        key=lambda r: r["inputs"]["name"],
    )
    assert first["urn"] in second["dependencies"]
    assert second["urn"] not in first["dependencies"]
    hosts = {admin.compute.get_server(r["id"]).hypervisor_hostname for r in (first, second)}
    assert hosts == {"lab1", "lab2"}


def test_a_system_has_a_project_with_its_quota(applied, admin):
    projects = {p.name: p.id for p in admin.identity.projects()}
    quota = admin.compute.get_quota_set(projects[f"{applied.name}-base"])
    assert (quota.instances, quota.ram) == (6, 1536)
    assert admin.block_storage.get_quota_set(projects[f"{applied.name}-base"]).volumes == 4


def test_a_node_boots_from_a_volume_of_its_own(applied, admin):
    server = next(
        r
        for r in applied.resources("network")
        if r["type"] == INSTANCE and r["inputs"]["name"] == "base-logs-1"
    )
    boot = next(
        r["id"] for r in applied.resources("network") if r["urn"].endswith("::base-logs-1-boot")
    )
    assert not admin.compute.get_server(server["id"]).image
    volume = admin.block_storage.get_volume(boot)
    assert (volume.size, volume.is_bootable) == (2, True)
    assert [at["server_id"] for at in volume.attachments] == [server["id"]]


def test_protected_data_refuses_to_go(applied, admin):
    data = next(
        r["id"] for r in applied.resources("network") if r["urn"].endswith("::base-logs-1-logs")
    )
    try:
        with applied.changed("protect_data: false", "protect_data: true"):
            applied.bentre("apply", "--stack", "network", "--yes")
            refused = applied.pulumi("network", "destroy", "--yes", "--skip-preview", fails=True)
        assert "base-logs-1-logs" in refused
        assert "because it is protected" in refused
        # everything else went; the data waits for the next server
        assert admin.block_storage.get_volume(data).status == "available"
    finally:
        applied.bentre("apply", "--stack", "network", "--yes")
    assert admin.block_storage.get_volume(data).status == "in-use"


@pytest.mark.last
def test_destroy_leaves_nothing(applied, admin):
    projects = [p.id for p in admin.identity.projects() if p.name.startswith(f"{applied.name}-")]
    assert len(projects) == 3
    for stack in reversed(STACKS):
        applied.pulumi(stack, "destroy", "--yes", "--skip-preview")
        assert [r["type"] for r in applied.resources(stack)] in ([], ["pulumi:pulumi:Stack"])
    for project in projects:
        assert admin.identity.find_project(project, ignore_missing=True) is None
        left = {
            "servers": list(admin.compute.servers(all_projects=True, project_id=project)),
            "networks": list(admin.network.networks(project_id=project)),
            "subnets": list(admin.network.subnets(project_id=project)),
            "routers": list(admin.network.routers(project_id=project)),
            "ports": list(admin.network.ports(project_id=project)),
            "floating addresses": list(admin.network.ips(project_id=project)),
            # asked for by project, Neutron would make the project's default group anew
            "groups": [g for g in admin.network.security_groups() if g.project_id == project],
            "volumes": list(admin.block_storage.volumes(all_projects=True, project_id=project)),
            "balancers": list(admin.load_balancer.load_balancers(project_id=project)),
        }
        assert {kind: len(found) for kind, found in left.items() if found} == {}
