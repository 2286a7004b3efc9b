from pathlib import Path

from bentre_infra.inventory import build, names
from bentre_infra.site import load_site
from tests.unit.inventory.ansible import ROOT
from tests.unit.inventory.test_build import made
from tests.unit.site.sites import changed, load


def zones(folder: Path, floating: str | None = None) -> dict[str, dict]:
    site = load_site(folder)
    told = names.zones(site, made(site, floating=floating))
    return {zone["name"]: zone for zone in told}


def rows(zone: dict) -> set[tuple[str, str, str]]:
    return {(r["name"], r["type"], r["data"]) for r in zone["records"]}


def test_names_of_nodes_and_their_pointers_are_private() -> None:
    site = load_site(ROOT / "inventories/lab")
    told = zones(ROOT / "inventories/lab")
    node = next(node for node in site.nodes if node.name == "mail-server-1")
    forward = told["lab.bentre.example"]
    assert forward["private"]
    assert (node.name, "A", str(node.ipv4.ip)) in rows(forward)
    assert (node.name, "AAAA", str(node.ipv6.ip)) in rows(forward)
    assert ("portal-front", "AAAA") in {row[:2] for row in rows(forward)}  # a balancer
    for address in (node.ipv4.ip, node.ipv6.ip):
        zone = next(z for n, z in told.items() if address.reverse_pointer.endswith(f".{n}"))
        pointer = address.reverse_pointer.removesuffix(f".{zone['name']}")
        assert (pointer, "PTR", "mail-server-1.lab.bentre.example.") in rows(zone)
        assert zone["private"]


def test_public_names_lead_where_the_stack_lets_them_lead() -> None:
    folder = ROOT / "inventories/bentre"
    public = zones(folder, floating="203.0.113.9")["bentre.gov.vn"]
    assert not public["private"]
    by_name: dict[str, set[tuple[str, str]]] = {}
    for name, kind, data in rows(public):
        by_name.setdefault(name, set()).add((kind, data))
    ipv6 = {node.name: str(node.ipv6.ip) for node in load_site(folder).nodes}
    assert by_name["mx1"] == {("A", "203.0.113.9"), ("AAAA", ipv6["mail-front-1"])}
    assert by_name["mx2"] == {("A", "203.0.113.9"), ("AAAA", ipv6["mail-front-2"])}
    fronts = {("AAAA", ipv6[f"mail-front-{number}"]) for number in (1, 2, 3)}
    assert by_name["mail"] == {("A", "203.0.113.9"), *fronts}
    # a balancer's public IPv4 address is in no export
    assert {kind for kind, _ in by_name["www"]} == {"AAAA"}


def test_nobody_sends_from_a_former_domain() -> None:
    told = zones(ROOT / "inventories/vinhlong")
    former = told["bentre.gov.vn"]
    assert not former["private"]
    assert rows(former) == {("@", "TXT", "v=spf1 -all"), ("_dmarc", "TXT", "v=DMARC1; p=reject")}


def test_networks_are_those_that_were_allotted() -> None:
    site = load_site(ROOT / "inventories/lab")
    assert build(site, ()).variables["bentre_networks"] == ["10.83.0.0/16", "2001:db8:8300::/48"]


def test_zones_are_told_to_name_servers_alone(tmp_path: Path) -> None:
    """They grow with the site: with every host they would be its square."""
    base = """\
  base:
    stack: network
    system: {code: mail, level: 3, owner: so-y-te}
    parts: {dns: {zone: dmz, public: [ns1, ns2]}, resolver: {zone: servers}}
"""
    site = load(tmp_path, changed(("services:\n", f"services:\n{base}")))
    built = build(site, made(site))
    assert "bentre_dns_zones" not in built.variables
    told = {g for g, said in built.group_variables.items() if "bentre_dns_zones" in said}
    assert told == {"part_base_dns", "part_base_resolver"}
    served = built.group_variables["part_base_dns"]["bentre_dns_zones"]
    assert site.domain in {zone["name"] for zone in served}
