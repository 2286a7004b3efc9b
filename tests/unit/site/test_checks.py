# ruff: noqa: E501 - tables with one case a line
"""Every invariant of a site, each broken once: the line, what is wrong, what would be right."""

from pathlib import Path

import pytest

from tests.unit.site.sites import BASE, changed, faults, line_of, load, without_cloud

WAIVER = "  - {control: NET-15, reason: a test, owner: tests, until: 2030-01-01}"


def test_the_small_site_is_right(tmp_path: Path) -> None:
    assert faults(tmp_path, BASE) == []


@pytest.mark.parametrize(
    ("edits", "mark", "message"),
    [
        # names
        ([("zone: servers", "zone: dbm")], "zone: dbm", 'zone "dbm" is not known; did you mean "dmz"?'),
        ([("  mail:\n    system", "  dmz:\n    system")], "  dmz:\n", '"dmz" is a zone or a word: choose another name'),
        ([("  wireless: {}", "  wireless: {}\n  all: {}")], "  all: {}", '"all" is a word of flows'),
        ([("profile: bentre-2016", "profile: bentre-2061")], "profile: b", 'profile "bentre-2061" is not there; did you mean "bentre-2016"?'),
        ([("public: [mx1]", "public: [mx1, mx1]")], "public:", 'public name "mx1" belongs to mail.front already'),
        ([("db: {zone: database}", "db: {zone: database}\n      front-1: {zone: dmz}")], "front-1:", '"mail-front-1" is also the name of a node'),
        ([("db: {zone: database}", f"{'d' * 28}: {{zone: database, each: department}}"), ("to: mail.db", f"to: mail.{'d' * 28}")], "each: department", "has more than 63 characters"),
        # the day and its units
        ([("as_of: 2016-12-31", "as_of: 2025-07-01")], "as_of", 'profile "bentre-2016" ended on 2025-06-30'),
        ([("as_of: 2016-12-31", "as_of: 2015-12-31")], "as_of", 'profile "bentre-2016" begins on 2016-01-01'),
        ([("owner: so-y-te", "owner: so-yte")], "so-yte", 'unit "so-yte" is not known; did you mean "so-y-te"?'),
        ([("owner: so-y-te", "owner: H07.99")], "H07.99", 'unit "H07.99" is not known'),
        ([("owner: so-y-te", "owner: phuong-1"), ("as_of: 2016-12-31", "as_of: 2020-02-01")], "phuong-1", 'unit "phuong-1" ended on 2020-01-31 and still owns nodes; "an-hoi" answers for it'),
        ([("owner: so-y-te", "owner: an-hoi")], "an-hoi", 'unit "an-hoi" begins on 2020-02-01'),
        ([("owner: so-y-te", "owner: an-hiep-ba-tri"), ("bentre-2016", "vinhlong-2025"), ("as_of: 2016-12-31", "as_of: 2025-07-01")], "an-hiep-ba-tri", 'unit "an-hiep-ba-tri" ended on 2025-06-30; "an-hiep" took it over'),
        # levels
        ([("  database: {}\n", ""), ("      db: {zone: database}\n", ""), ("  - {from: mail.store, to: mail.db, allow: [postgresql], why: accounts}\n", "")], "zones:", 'level 3 needs the zone "database" (NET-01: 5.12.2.2b; TT 12/2022 appendix III [P,V])'),
        ([("  wireless: {}\n", "  wirelesss: {}\n")], "zones:", 'did you mean "wirelesss"?'),
        ([("level: 3\ncloud", "level: 4\ncloud")], "zones:", 'level 4 needs the zone "devices" (NET-01: 6.12.2.2b; TT 12/2022 appendix IV'),
        ([("level: 3, owner", "level: 4, owner")], "level: 4", "level 4 is above the site's level 3"),
        ([("db: {zone: database}", "db: {zone: database}\n  post:\n    system: {code: mail, level: 2, owner: so-y-te}\n    parts: {app: {zone: servers}}")], "level: 2", 'system "mail" has level 3 in mail: it has one level'),
        ([("store: {zone: servers,", "store: {zone: servers, public: [imap],")], "public: [imap]", "public names need a zone that the Internet reaches: servers is none"),
        ([(WAIVER, "  []\ntslcd: {uplinks: [{name: a, access: 1, route: north, mbit: 100}, {name: b, access: 1, route: north, mbit: 100}]}")], "tslcd", "level 3 needs two uplinks on two physical routes (NET-15: 5.12.2.2a; TT 06/2026/TT-BKHCN article 5.4 [P,V])"),
        # administrators
        ([('{admins: [192.0.2.0/28, "2001:db8:ffff::/64"]}', "{admins: [192.0.2.0/28]}")], "admins", "admins have no IPv6 network"),
        ([("  edge: {}", "  edge: {admins: [192.0.2.0/28, 2001:db8::/64]}")], "edge", "admins belong to the zone management"),
        # parts
        ([("db: {zone: database}", "db: {zone: database, nodes: 2, each: district}")], "each", "says nodes too"),
        ([("users: 100", "users: 0")], "GiB/user", "1 GiB/user needs the number of users"),
        ([("db: {zone: database}", "db: {zone: database, each: district}"), ("bentre-2016", "vinhlong-2025"), ("as_of: 2016-12-31", "as_of: 2025-07-01"), ("owner: so-y-te", "owner: H61")], "each", "no district exists on 2025-07-01"),
        # waivers
        ([("until: 2030-01-01", "until: 2016-01-01")], "until", "waiver of NET-15 ended on 2016-01-01"),
        ([(WAIVER, f"{WAIVER}\n{WAIVER.replace('a test', 'again')}")], "again", "NET-15 is waived twice"),
        # space
        ([("ipv4: [10.1.0.0/16]", "ipv4: [10.1.0.0/16, 10.1.5.0/24]")], "ipv4: [", "10.1.0.0/16 and 10.1.5.0/24 overlap"),
        ([("ipv6: 2001:db8:1::/48", "ipv6: 2001:db8:1::/60")], "ipv6: 2001", "2001:db8:1::/60 is too small: /56 or larger"),
        ([("  edge: {}", "  edge: {ipv4: 10.1.9.0/24, ipv6: '2001:db8:1:900::/56'}")], "  edge", "2001:db8:1:900::/56: hosts make their addresses in a /64 only"),
        ([("ipv4: [10.1.0.0/16]", "ipv4: [10.1.0.0/22]")], "addressing", 'no room is left for zone "management"'),
        ([("flows:", "dns: {resolvers: [mail.fron]}\nflows:")], "resolvers", '"mail.fron" is neither an address nor a part; did you mean "mail.front"?'),
        # uplinks and networks
        ([("flows:", "tslcd: {lans: [commune], uplinks: [{name: a, access: 1, route: x, mbit: 1}, {name: a, access: 2, route: y, mbit: 1}]}\nflows:")], "tslcd", 'uplink "a" stands twice'),
        # machines
        ([("flows:", "machines: {mail-front-1: {ipv4: 10.1.1.10, ipv6: '2001:db8:1:2::a'}}\nflows:")], "machines", "machines are listed only where there is no cloud"),
        ([("cloud: {name: cloud, external_network: public, image: debian13}\n", "")], "db: {", 'each node is listed in machines; missing: "mail-db-1", "mail-db-2"'),
    ],
)  # fmt: skip
def test_each_invariant(
    tmp_path: Path, edits: list[tuple[str, str]], mark: str, message: str
) -> None:
    text = changed(*edits)
    found = faults(tmp_path, text)
    line = text[: text.index(mark)].count("\n") + 1
    assert any(at == line and message in said for at, said in found), (line, found)


def test_a_control_that_is_waived_is_no_fault(tmp_path: Path) -> None:
    waived = WAIVER.replace("NET-15", "NET-01").replace("a test", "no Wi-Fi")
    text = changed(("  wireless: {}\n", ""), (WAIVER, f"{WAIVER}\n{waived}"))
    assert faults(tmp_path, text) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mail-front-2: {zone: dmz, ipv4: 10.1.1.11", "mail-front-2: {zone: dmz, ipv4: 10.1.1.10", '10.1.1.10 belongs to "mail-front-1" already'),
        ("dmz: {ipv4: 10.1.1.0/24", "dmz: {ipv4: 10.2.1.0/24", "10.2.1.0/24 lies outside the allotted 10.1.0.0/16"),
        ("dmz: {ipv4: 10.1.1.0/24", "dmz: {ipv4: 10.1.0.0/23", "10.1.0.0/24 overlaps with 10.1.0.0/23 of zones.dmz"),
        ("mail-front-2: {zone: dmz, ipv4: 10.1.1.11", "mail-front-2: {zone: dmz, ipv4: 10.1.9.11", "10.1.9.11 lies outside zone dmz (10.1.1.0/24)"),
        ("zone: dmz, ipv4: 10.1.1.11", "zon: dmz, ipv4: 10.1.1.11", 'field "zon" is not known; did you mean "zone"?'),
    ],
)  # fmt: skip
def test_addresses_that_were_edited_by_hand(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    load(tmp_path)
    path = tmp_path / "addresses.yaml"
    path.write_text(path.read_text().replace(old, new))
    found = faults_as_they_are(tmp_path)
    assert any("addresses.yaml:" in f and message in f for f in found), found


def test_what_has_no_address_yet_says_how_it_gets_one(tmp_path: Path) -> None:
    load(tmp_path)
    text = changed(
        ("db: {zone: database}", "db: {zone: database, nodes: 3}"),
        ("  wireless: {}", "  wireless: {}\n  guests: {}"),
    )
    (tmp_path / "site.yaml").write_text(text)
    found = faults_as_they_are(tmp_path)
    assert [f.partition("site.yaml:")[2] for f in found] == [
        f"{line_of(text, 'guests')}: has no prefixes yet: run: bentre site allocate test",
        f'{line_of(text, "db: {")}: "mail-db-3" has no address yet: run: bentre site allocate test',
    ]


def faults_as_they_are(folder: Path) -> list[str]:
    from bentre_infra.site import SiteError, load_site

    try:
        load_site(folder)
    except SiteError as e:
        return [str(p) for p in e.problems]
    return []


def test_a_site_without_a_cloud_has_machines(tmp_path: Path) -> None:
    site = load(tmp_path, without_cloud())
    assert site.cloud is None
    assert {n.name: str(n.ipv4) for n in site.nodes}["mail-front-1"] == "10.1.2.21/24"
    assert dict(site.machines)["mail-front-1"] == "front1"


def test_a_service_that_no_stack_is_named_after_says_which_builds_it(tmp_path: Path) -> None:
    text = changed(("  mail:\n    system", "  letters:\n    system"))
    for end in ("front", "store", "db"):
        text = text.replace(f"mail.{end}", f"letters.{end}")
    message = (
        'no stack has the name of service "letters": '
        "say stack: network or mail or portal or signing"
    )
    assert faults(tmp_path, text) == [(line_of(text, "  letters:"), message)]
    assert faults(tmp_path, text.replace("  letters:\n", "  letters:\n    stack: mail\n")) == []
