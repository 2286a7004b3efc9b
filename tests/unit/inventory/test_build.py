import json
import re
from ipaddress import ip_address
from pathlib import Path

import pytest

from bentre_infra.inventory import NodeRecord, build, planned
from bentre_infra.runtime.errors import BentreError
from bentre_infra.site import Site
from tests.unit.site.sites import load, without_cloud


def made(site: Site, *, floating: str | None = None) -> list[NodeRecord]:
    return [
        NodeRecord(
            node.name,
            f"id-of-{node.name}",
            node.zone,
            (node.ipv4.ip, node.ipv6.ip),
            (f"{node.service}-{node.part}",),
            node.unit.slug,
            ip_address(floating) if floating and node.zone == "dmz" else None,
        )
        for node in site.nodes
    ]


def test_hosts_and_groups(tmp_path: Path) -> None:
    site = load(tmp_path)
    inventory = build(site, made(site))
    assert [host.name for host in inventory.hosts] == sorted(node.name for node in site.nodes)
    front = next(host for host in inventory.hosts if host.name == "mail-front-1")
    assert front.groups == (
        "level_3",
        "part_mail_front",
        "service_mail",
        "unit_so_y_te",
        "zone_dmz",
    )
    assert front.variables["bentre_server_id"] == "id-of-mail-front-1"
    assert front.variables["bentre_title"] == "mail (Sở Y tế)"
    assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", group) for group in inventory.groups)
    assert "zone_wireless" in inventory.groups


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (("floating", "ipv6", "ipv4"), ("203.0.113.9", "2001:db8:1:6::a")),
        (("ipv6",), ("2001:db8:1:2::a", "2001:db8:1:6::a")),
        (("ipv4", "ipv6"), ("10.1.1.10", "10.1.5.10")),
    ],
)
def test_a_literal_address_to_connect_to(
    tmp_path: Path, reach: tuple[str, ...], expected: tuple[str, str]
) -> None:
    site = load(tmp_path)
    inventory = build(site, made(site, floating="203.0.113.9"), reach)  # type: ignore[arg-type]
    hosts = {host.name: host.variables["ansible_host"] for host in inventory.hosts}
    assert (hosts["mail-front-1"], hosts["mail-store-1"]) == expected


def test_a_host_that_cannot_be_reached_says_why(tmp_path: Path) -> None:
    site = load(tmp_path)
    with pytest.raises(BentreError, match="has none of the addresses to reach it by: floating"):
        build(site, made(site), ("floating",))


def test_a_server_that_nobody_declared_is_a_stray(tmp_path: Path) -> None:
    site = load(tmp_path)
    extra = NodeRecord("left-over-1", "x", "dmz", (ip_address("10.1.1.99"),))
    inventory = build(site, [*made(site), extra])
    assert inventory.strays == ("left-over-1",)
    assert "left-over-1" not in {host.name for host in inventory.hosts}


def test_a_server_in_another_zone_is_an_error(tmp_path: Path) -> None:
    site = load(tmp_path)
    wrong = NodeRecord("mail-front-1", "x", "servers", (ip_address("10.1.5.99"),))
    with pytest.raises(BentreError, match="mail-front-1 is in zone servers, the site says dmz"):
        build(site, [wrong])


def test_the_form_that_ansible_prints(tmp_path: Path) -> None:
    site = load(tmp_path)
    printed = build(site, made(site)).as_script_output()
    assert printed["zone_dmz"]["hosts"] == ["mail-front-1", "mail-front-2"]
    assert printed["all"]["vars"]["bentre_site"] == "test"
    json.dumps(printed)


def test_flows_stand_once_for_all_nodes_of_a_part(tmp_path: Path) -> None:
    site = load(tmp_path)
    inventory = build(site, made(site))
    (flow,) = inventory.group_variables["part_mail_db"]["bentre_flows"]
    assert flow == {
        "name": "mail.store-mail.db-tcp-5432",
        "direction": "in",
        "protocol": "tcp",
        "ports": ["5432"],
        "peers": ["10.1.5.10/31", "2001:db8:1:6::a/127"],
        "why": "accounts",
    }
    printed = inventory.as_script_output()
    assert printed["part_mail_db"]["vars"]["bentre_flows"] == [flow]
    assert not any("bentre_flows" in host.variables for host in inventory.hosts)


def test_a_site_without_a_cloud_is_its_own_export(tmp_path: Path) -> None:
    site = load(tmp_path, without_cloud())
    inventory = build(site, planned(site), ("ipv4",))
    hosts = {host.name: host.variables for host in inventory.hosts}
    assert hosts["mail-store-2"]["ansible_host"] == "10.1.3.22"
    assert hosts["mail-store-2"]["bentre_server_id"] == "store2"
