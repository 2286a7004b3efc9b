"""Hosts of a scenario: a network of their own, a way in, and nothing left."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bentre_infra.hosts import network, scenario
from bentre_infra.hosts.access import Access
from bentre_infra.hosts.molecule import parse
from bentre_infra.hosts.scenario import Platform, Scenario
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.process import run

type Make = Callable[..., Scenario]


@pytest.fixture
def make(hosts, tmp_path: Path) -> Iterator[Make]:
    """Scenarios, and their end."""
    made = []

    def one(*names: str, folder: str = "one", clone: Path = tmp_path) -> Scenario:
        platforms = tuple(Platform(name, "debian13") for name in names)
        (tmp_path / folder).mkdir(exist_ok=True)
        found = Scenario("hosts", clone, tmp_path / folder, platforms, {})
        made.append(found)
        return found

    yield one
    for each in made:
        (each.folder / "clone").unlink(missing_ok=True)
        scenario.destroy(each, hosts)


def say(of: Scenario, host: str, *command: str) -> str:
    return run(["ssh", "-F", Access(of.folder).config, host, *command])


def names_of(of: Scenario, hosts) -> list[str]:
    return [n.removeprefix(of.prefix) for n in hosts.names() if n.startswith(of.prefix)]


def test_hosts_are_reached_by_name_and_reach_the_archive_but_nobody_else(hosts, make):
    mine = make("first", "second")
    scenario.create(mine, hosts, Paths.from_env())
    assert say(mine, "second", "hostname") == "second\n"
    say(mine, "first", "apt-get", "-o", "APT::Update::Error-Mode=any", "update")
    routes = say(mine, "first", "ip route show default; ip -6 route show default")
    assert routes == ""


def test_what_a_killed_run_left_is_replaced_and_nothing_stays(hosts, make):
    scenario.create(make("old"), hosts, Paths.from_env())
    mine = make("new")
    scenario.create(mine, hosts, Paths.from_env())
    assert names_of(mine, hosts) == ["new"]
    scenario.destroy(mine, hosts)
    assert names_of(mine, hosts) == []
    assert network.named(mine.prefix) == []


def test_two_scenarios_have_networks_of_their_own(hosts, make):
    one, other = make("host"), make("host", folder="other")
    for each in (one, other):
        scenario.create(each, hosts, Paths.from_env())
    addresses = {say(each, "host", "ip -br -4 address show eth0") for each in (one, other)}
    assert len(addresses) == 2
    assert say(one, "host", "cat /etc/machine-id") != say(other, "host", "cat /etc/machine-id")


def test_a_scenario_that_goes_on_in_another_clone_is_left_alone(hosts, make, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    mine, theirs = make("host"), make("host", clone=elsewhere)
    scenario.create(theirs, hosts, Paths.from_env())
    for action in (scenario.destroy, lambda s, h: scenario.create(s, h, Paths.from_env())):
        with pytest.raises(BentreError, match=f"is going on in {elsewhere}"):
            action(mine, hosts)
    assert names_of(mine, hosts) == ["host"]


def test_hosts_share_links_that_this_machine_has_no_part_in(hosts, tmp_path):
    def one(name: str, number: int) -> dict:
        addresses = [f"198.18.1.{number}/30", f"2001:db8:1::{number}/64"]
        links = [{"name": "line-a", "addresses": addresses}]
        return {"name": name, "image": "debian13", "networks": links}

    document = {"scenario": "hosts", "clone": str(tmp_path), "folder": str(tmp_path)}
    platforms = [one("first", 1), one("second", 2), {"name": "alone", "image": "debian13"}]
    mine = parse(json.dumps(document | {"variables": {}, "platforms": platforms}))
    try:
        scenario.create(mine, hosts, Paths.from_env())
        say(mine, "first", "systemd-run --unit=web python3 -m http.server --bind :: 8080")
        ask = "curl -s --retry 30 --retry-connrefused --retry-delay 1 --interface line-a"
        show = "-o /dev/null -w '%{http_code}'"
        for address in ("198.18.1.1", "[2001:db8:1::1]"):
            assert say(mine, "second", f"{ask} {show} http://{address}:8080/") == "200"
        assert "line-a" not in say(mine, "alone", "ip -br link")
        assert not [
            n for n in network.of_machine() if str(n).startswith(("198.18.1.", "2001:db8:1:"))
        ]
    finally:
        scenario.destroy(mine, hosts)
    assert network.named(mine.prefix) == []
