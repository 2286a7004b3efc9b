"""A site is pure: the same files give the same model, and order in a file means nothing."""

from pathlib import Path

from bentre_infra.site.dns import (
    certificate_names,
    former_domains,
    forward_zone,
    public_names,
    reverse_zones,
)
from bentre_infra.site.export import as_data, digest
from bentre_infra.site.networks import subnets
from tests.unit.site.sites import BASE, changed, load


def test_the_same_files_give_an_equal_site(tmp_path: Path) -> None:
    one, two = load(tmp_path), load(tmp_path)
    assert one == two
    assert hash(one) == hash(two)
    assert digest(one) == digest(two)


def test_the_order_in_the_file_means_nothing(tmp_path: Path) -> None:
    text = changed(("  edge: {}\n", ""), ("  wireless: {}\n", "  wireless: {}\n  edge: {}\n"))
    flows = [line for line in BASE.splitlines() if line.startswith("  - {from")]
    turned = text.replace("\n".join(flows), "\n".join(reversed(flows)))
    assert turned != BASE
    assert load(tmp_path, turned) == load(tmp_path, BASE, allocate=False)


def test_any_change_has_another_digest(tmp_path: Path) -> None:
    seen = {digest(load(tmp_path))}
    for edit in [
        ("why: delivery", "why: Delivery"),
        ("users: 100", "users: 101"),
        ("public: [mx1]", "public: [mx2]"),
        ("as_of: 2016-12-31", "as_of: 2016-12-30"),
        ("owner: so-y-te", "owner: so-noi-vu"),
        ("image: debian13", "image: debian12"),
    ]:
        seen.add(digest(load(tmp_path, changed(edit))))
    assert len(seen) == 7


def test_a_part_that_is_added_in_the_middle_moves_nobody(tmp_path: Path) -> None:
    before = load(tmp_path)
    text = changed(
        ("      store:", "      a-first: {zone: dmz, nodes: 3}\n      store:"),
        ("  edge: {}", "  a-zone: {}\n  edge: {}"),
        ("front: {zone: dmz, nodes: 2", "front: {zone: dmz, nodes: 4"),
    )
    after = {node.name: node for node in load(tmp_path, text).nodes}
    for node in before.nodes:
        assert after[node.name] == node


def test_sizes_and_volumes_follow_from_users(tmp_path: Path) -> None:
    parts = {p.group: p for p in load(tmp_path, changed(("users: 100", "users: 5001"))).parts}
    assert parts["mail-store"].size == "large"
    assert [(v.name, v.gib) for v in parts["mail-store"].volumes] == [("mail", 5001)]
    assert {p.size for p in load(tmp_path).parts} == {"small"}


def test_level_3_has_two_nodes_of_each_part(tmp_path: Path) -> None:
    parts = {p.group: p for p in load(tmp_path).parts}
    assert [n.name for n in parts["mail-db"].nodes] == ["mail-db-1", "mail-db-2"]


def test_subnets_leave_room_for_the_clouds_own_ports(tmp_path: Path) -> None:
    site = load(tmp_path)
    found = subnets(site)
    assert len(found) == 2 * len(site.zones)
    for subnet in found:
        first, last = subnet.pool
        assert first in subnet.cidr
        assert last in subnet.cidr
        assert subnet.gateway in subnet.cidr
        assert not first <= subnet.gateway <= last
        for node in site.nodes:
            address = node.ipv4.ip if subnet.cidr.version == 4 else node.ipv6.ip
            assert address != subnet.gateway
            if address in subnet.cidr:
                assert not int(first) <= int(address) <= int(last)


def test_names_in_dns(tmp_path: Path) -> None:
    site = load(tmp_path)
    zone = forward_zone(site)
    assert zone.name == "test.bentre.gov.vn"
    records = {(r.name, r.type): r.data for r in zone.records}
    node = next(n for n in site.nodes if n.name == "mail-db-1")
    assert records[("mail-db-1", "A")] == str(node.ipv4.ip)
    assert records[("mail-db-1", "AAAA")] == str(node.ipv6.ip)
    pointers = {f"{r.name}.{z.name}": r.data for z in reverse_zones(site) for r in z.records}
    assert len(pointers) == len(zone.records)
    assert pointers[node.ipv4.ip.reverse_pointer] == "mail-db-1.test.bentre.gov.vn."
    assert pointers[node.ipv6.ip.reverse_pointer] == "mail-db-1.test.bentre.gov.vn."
    assert [(n.fqdn, n.group) for n in public_names(site)] == [("mx1.bentre.gov.vn", "mail-front")]
    assert former_domains(site) == ()
    assert certificate_names(site)["mail-front"] == (
        "mx1.bentre.gov.vn",
        "mail-front-1.test.bentre.gov.vn",
        "mail-front-2.test.bentre.gov.vn",
    )


def test_the_export_names_units_and_repeats_none(tmp_path: Path) -> None:
    data = as_data(load(tmp_path))
    assert data["profile"] == "bentre-2016"
    assert data["services"][0]["system"]["owner"] == "so-y-te"
