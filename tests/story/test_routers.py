"""Units reach the data centre over its edge routers, as people in their offices do.

A client is a network namespace that is plugged into the network behind a unit's router.
"""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest

from bentre_infra.site import Site, load_site
from bentre_infra.site.model import Node as SiteNode
from tests.story.datacentre import REPOSITORY, DataCentre
from tests.waiting import eventually

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.story]

CLIENT = "office"
PROGRAM = "/run/office.py"
TALK = (Path(__file__).parent / "office.py").read_bytes()
SITE = load_site(REPOSITORY / "inventories/lab")
ENTRANCE, SECOND = "wan-router-1", "wan-router-2"
BY_LINES, BY_TUNNEL = "wan-edge-ba-tri", "wan-edge-giong-trom"
CHEAP, OTHER = sorted((line for line in SITE.lines), key=lambda line: line.cost)

both_families = pytest.mark.parametrize("version", [4, 6])


def declared(name: str, site: Site = SITE) -> SiteNode:
    return next(node for node in site.nodes if node.name == name)


def portal(version: int) -> IPv4Address | IPv6Address:
    """Where offices find the portal: its balancer's address."""
    (balancer,) = (p.balancer for p in SITE.parts if p.group == "portal-front" and p.balancer)
    return balancer.ipv4.ip if version == 4 else balancer.ipv6.ip


@dataclass(frozen=True)
class Router:
    """A router of the site, and what stands behind it."""

    name: str
    centre: DataCentre

    def run(self, command: str) -> str:
        return self.centre.node(self.name).root(command)

    def frr(self, question: str) -> Any:
        return json.loads(self.run(f"vtysh -c 'show {question} json'"))

    def counters(self, table: str = "bentre_gateway") -> dict[str, int]:
        """Packets by the name of their counter."""
        said = json.loads(self.run(f"nft --json list counters table inet {table}"))
        found = (entry.get("counter") for entry in said["nftables"])
        return {counter["name"]: counter["packets"] for counter in found if counter}

    def device(self, line: str) -> str:
        """The interface that stands on a line."""
        at = next(p for p in declared(self.name).ports if p.line == line)
        (found,) = json.loads(self.run(f"ip -json -4 address show to {at.ipv4.ip}"))
        return str(found["ifname"])

    def way(self, target: object) -> str:
        (route,) = json.loads(self.run(f"ip -json route get {target}"))
        return str(route["dev"])

    def neighbours(self) -> dict[tuple[int, str, str], float]:
        """Full neighbours, by family, interface and number: since when, in seconds of uptime."""
        now = float(self.run("cut -d ' ' -f 1 /proc/uptime"))
        found = {}
        for router, entries in self.frr("ip ospf neighbor detail")["neighbors"].items():
            for entry in entries:
                if entry.get("nbrState", entry.get("state", "")).startswith("Full"):
                    device = entry["ifaceName"].partition(":")[0]
                    found[4, device, router] = now - entry["lastPrgrsvChangeMsec"] / 1000
        for entry in self.frr("ipv6 ospf6 neighbor")["neighbors"]:
            if entry["state"] == "Full":
                hours, minutes, seconds = map(int, entry["duration"].split(":"))
                up = 3600 * hours + 60 * minutes + seconds
                found[6, entry["interfaceName"], entry["neighborId"]] = now - up
        return found

    # -- the client behind it

    def ask(self, address: object, port: int) -> str:
        """What a client in the unit's network meets: a status of HTTP, open, refused or dropped."""
        return self.run(f"ip netns exec {CLIENT} python3 {PROGRAM} ask {address} {port}")

    @contextmanager
    def session(self, address: object) -> Iterator[str]:
        """One connection that goes on; the file in which its answers are counted."""
        name = "office-" + str(address).translate({ord(c): "-" for c in ".:"})
        file = f"/run/{name}/count"
        self.run(
            f"systemd-run --quiet --collect --unit={name} --property=RuntimeDirectory={name}"
            f" ip netns exec {CLIENT} python3 {PROGRAM} session {address} 80 {file}"
        )
        try:
            yield file
        finally:
            self.run(f"systemctl stop {name}; true")

    def heard(self, file: str) -> int:
        """How often the one connection was answered; 0 once it has ended."""
        return int(self.run(f"cat {file} 2>/dev/null || echo 0"))


@contextmanager
def plugged(router: Router) -> Iterator[Router]:
    """With a client in the unit's network."""
    lan = declared(router.name).lan
    assert lan is not None
    inside = f"ip -netns {CLIENT}"
    commands = [
        f"ip netns add {CLIENT}",
        f"ip link add {CLIENT} type veth peer name eth0 netns {CLIENT}",
        f"ip link set {CLIENT} master lan up",
        f"{inside} link set lo up",
        f"{inside} address add {lan.ipv4[2]}/{lan.ipv4.prefixlen} dev eth0",
        f"{inside} address add {lan.ipv6[2]}/{lan.ipv6.prefixlen} dev eth0 nodad",
        f"{inside} link set eth0 up",
        f"{inside} route add default via {lan.ipv4[1]}",
        f"{inside} route add default via {lan.ipv6[1]}",
    ]
    router.centre.node(router.name).put(PROGRAM, TALK)
    try:
        router.run(" && ".join(commands))
        yield router
    finally:
        router.run(f"ip netns delete {CLIENT}; rm -f {shlex.quote(PROGRAM)}")


@pytest.fixture(scope="module")
def entrance(datacentre: DataCentre) -> Router:
    return Router(ENTRANCE, datacentre)


@pytest.fixture(scope="module")
def office(datacentre: DataCentre) -> Iterator[Router]:
    """Ba Tri's router, with a client behind it; both lines up."""
    with plugged(Router(BY_LINES, datacentre)) as router:
        eventually(lambda: len(router.neighbours()) == 8)
        for version in (4, 6):
            eventually(lambda version=version: router.ask(portal(version), 80) == "301")
        yield router


def test_each_line_has_both_routers_as_neighbours_and_bfd_looks_after_them(datacentre, office):
    devices = {office.device(line.name) for line in SITE.lines}
    found = office.neighbours()
    assert {(family, device) for family, device, _ in found} == {
        (family, device) for family in (4, 6) for device in devices
    }
    ids = {str(declared(name).ipv4.ip) for name in (ENTRANCE, SECOND)}
    assert {number for _, _, number in found} == ids
    up = [p["interface"] for p in office.frr("bfd peers") if p["status"] == "up"]
    assert sorted(up) == sorted([*devices] * 4)


def test_neighbours_answer_whoever_asks_for_them(office):
    """OVN 23.03 drops their answers unless the port may have link-local addresses (cloud/nodes.py).

    What is not answered is taken for gone every few seconds, and sessions stand still meanwhile.
    """
    for line in SITE.lines:
        device = office.device(line.name)
        found = json.loads(office.run(f"ip -json -6 neigh show dev {device}"))
        neighbours = [entry["dst"] for entry in found if entry["dst"].startswith("fe80:")]
        assert len(neighbours) == 2
        for neighbour in neighbours:
            office.run(f"ip -6 neigh change {neighbour} dev {device} nud probe")
            eventually(
                lambda d=device, n=neighbour: (
                    "REACHABLE" in office.run(f"ip -6 neigh show {n} dev {d}")
                )
            )


@both_families
def test_a_declared_flow_reaches_the_portal_through_both_routers(office, entrance, version):
    name = "flow_units-portal.front-tcp-80"
    before = (office.counters()[name], entrance.counters()[name])
    assert office.ask(portal(version), 80) == "301"
    assert office.ask(portal(version), 443) == "open"
    after = (office.counters()[name], entrance.counters()[name])
    assert all(b < a for b, a in zip(before, after, strict=True))
    assert office.way(portal(version)) == office.device(CHEAP.name)


@both_families
def test_what_no_flow_names_does_not_pass(office, version):
    """A node listens there, the way is known, and the same client reaches another port."""
    front = declared("portal-front-1")
    address = front.ipv4.ip if version == 4 else front.ipv6.ip
    assert office.ask(address, 80) == "301"
    before = office.counters()["dropped"]
    assert office.ask(address, 22) == "dropped"
    assert office.counters()["dropped"] > before


@both_families
def test_nor_does_it_where_a_units_own_router_lets_it_pass(office, version):
    front = declared("portal-front-1")
    address = front.ipv4.ip if version == 4 else front.ipv6.ip
    before = office.counters()["dropped"]
    office.run("nft insert rule inet bentre_gateway forward tcp dport 22 accept")
    try:
        assert office.ask(address, 22) == "dropped"
        assert office.counters()["dropped"] == before
    finally:
        office.run("systemctl restart bentre-gateway")


def test_a_cut_line_is_survived(office, entrance):
    """Taken down at one end only: the other learns it by BFD."""
    device = office.device(CHEAP.name)
    everybody = set(office.neighbours())
    with office.session(portal(4)) as four, office.session(portal(6)) as six:
        for file in (four, six):
            eventually(lambda file=file: office.heard(file) > 3)
        office.run(f"ip link set {device} down")
        try:
            before = {file: office.heard(file) for file in (four, six)}
            for version, file in ((4, four), (6, six)):
                # the same connection: it goes on counting
                eventually(lambda file=file: office.heard(file) > before[file] + 5)
                assert office.way(portal(version)) == office.device(OTHER.name)
            there = entrance.device(CHEAP.name)
            assert entrance.run(f"cat /sys/class/net/{there}/carrier") == "1"
            lan = declared(BY_LINES).lan
            assert entrance.way(lan.ipv4[2]) == entrance.device(OTHER.name)
        finally:
            office.run(f"ip link set {device} up")
    eventually(lambda: set(office.neighbours()) == everybody)
    for version in (4, 6):
        eventually(lambda version=version: office.way(portal(version)) == device)


def test_reloads_keep_sessions(office, entrance):
    """FRR issue 22953: neighbours were begun anew by a reload."""
    with office.session(portal(4)) as file:
        eventually(lambda: office.heard(file) > 3)
        since = {router: router.neighbours() for router in (office, entrance)}
        for _ in range(2):
            for router in (office, entrance):
                router.run("systemctl reload frr")
        before = office.heard(file)
        eventually(lambda: office.heard(file) > before + 5)
    for router, then in since.items():
        now = router.neighbours()
        assert now.keys() == then.keys()
        # the clock of OSPFv3 counts seconds
        assert all(abs(now[who] - then[who]) < 3 for who in then)


def test_the_cloud_knows_one_way_to_the_units_and_others_stand_by(datacentre, office):
    """Sessions pass the router that knows them: by cost at the unit, by a route at the cloud."""
    second = Router(SECOND, datacentre)
    before = second.counters()["flow_units-portal.front-tcp-80"]
    assert office.ask(portal(4), 80) == office.ask(portal(6), 80) == "301"
    assert second.counters()["flow_units-portal.front-tcp-80"] == before


WIRE = """
table inet wire
delete table inet wire
table inet wire {{
  counter clear {{ }}
  counter sealed {{ }}
  chain in {{
    type filter hook prerouting priority -320;
    iifname "ipsec0" return
    ip saddr {ipv4} counter name "clear"
    ip6 saddr {ipv6} counter name "clear"
    udp dport 4500 counter name "sealed"
  }}
}}
"""


@both_families
def test_a_tunnel_carries_what_its_unit_says(datacentre, entrance, version):
    lan = declared(BY_TUNNEL).lan
    with plugged(Router(BY_TUNNEL, datacentre)) as office:
        for router in (office, entrance):
            said = eventually(lambda router=router: router.run("swanctl --list-sas"))
            assert "IKEv2" in said
            assert "TUNNEL-in-UDP, ESP:AES_GCM_16-256" in said
        eventually(lambda: office.ask(portal(version), 80) == "301")
        rules = WIRE.format(ipv4=lan.ipv4, ipv6=lan.ipv6)
        entrance.run(f"nft -f - <<'END'{rules}END")
        try:
            assert office.ask(portal(version), 80) == "301"
            seen = entrance.counters("wire")
        finally:
            entrance.run("nft delete table inet wire")
        assert seen["sealed"] > 0
        assert seen["clear"] == 0
        front = declared("portal-front-1")
        address = front.ipv4.ip if version == 4 else front.ipv6.ip
        assert office.ask(address, 22) == "dropped"
