"""What both sets of tests use: the routers, what stands behind them, and what they know."""

import json
import os
from functools import cache
from pathlib import Path

import pytest
import testinfra

FOLDER = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
ONE, OTHER = ROUTERS = ("network-debian12", "network-debian13")

both_families = pytest.mark.parametrize("version", [4, 6])
both_routers = pytest.mark.parametrize("name", ROUTERS)


@cache
def node(name):
    return testinfra.get_host(f"ssh://root@{name}", ssh_config=str(FOLDER / "ssh_config"))


@cache
def outside(name, version):
    """A router's own address on the scenario's network."""
    hosts = json.loads((FOLDER / "inventory/site.yml").read_text())["all"]["hosts"]
    return hosts[name]["bentre_addresses"][version == 6]


def address(client, name, version):
    """Of the unit or the partner behind a router (clients.sh)."""
    number = 1 + ROUTERS.index(name)
    if version == 4:
        return f"10.{number + 10 * (client == 'partner')}.0.2"
    return f"2001:db8:{'b' if client == 'partner' else 'a'}{number}::2"


def ask(client, target, port=8080, name=ONE):
    """Under which address the target sees a client; nothing when no connection came about."""
    said = node(name).check_output(f"ip netns exec {client} talk ask {target} {port}")
    return said.strip()


def counters(name, table):
    """Packets by the name of their counter."""
    said = json.loads(node(name).check_output(f"nft --json list counters table inet {table}"))
    found = (entry.get("counter") for entry in said["nftables"])
    return {counter["name"]: counter["packets"] for counter in found if counter}


def router(name, question):
    """What FRR says."""
    return json.loads(node(name).check_output(f"vtysh -c 'show {question} json'"))


def neighbours(name):
    """Lines with a neighbour, as OSPFv2 and OSPFv3 see them."""
    four = router(name, "ip ospf neighbor")["neighbors"]
    four = [
        entry["ifaceName"].partition(":")[0]
        for entries in four.values()
        for entry in entries
        if entry.get("nbrState", entry.get("state", "")).startswith("Full")
    ]
    six = router(name, "ipv6 ospf6 neighbor")["neighbors"]
    six = [entry["interfaceName"] for entry in six if entry["state"] == "Full"]
    return sorted(four), sorted(six)


def since(name):
    """When each neighbour became one: OSPF's version and line, and the moment in seconds."""
    host = node(name)
    now = float(host.check_output("cut -d ' ' -f 1 /proc/uptime"))
    found = {}
    for entries in router(name, "ip ospf neighbor detail")["neighbors"].values():
        for entry in entries:
            line = entry["ifaceName"].partition(":")[0]
            found["4", line] = now - entry["lastPrgrsvChangeMsec"] / 1000
    for entry in router(name, "ipv6 ospf6 neighbor")["neighbors"]:
        hours, minutes, seconds = map(int, entry["duration"].split(":"))
        found["6", entry["interfaceName"]] = now - 3600 * hours - 60 * minutes - seconds
    return found


def way(name, target):
    """The interface by which a router reaches a target."""
    (route,) = json.loads(node(name).check_output(f"ip -json route get {target}"))
    return route["dev"]


def begin(session, client, target, port=8080, name=ONE):
    """Start a session of a client that goes on."""
    unit = f"session-{session}"
    node(name).check_output(
        f"systemd-run --quiet --collect --unit={unit} --property=RuntimeDirectory={unit}"
        f" ip netns exec {client} talk session {target} {port} /run/{unit}/count"
    )


def end(session, name=ONE):
    node(name).check_output(f"systemctl stop session-{session}; true")


def heard(session, name=ONE):
    """How often the session was answered; 0 when there is none."""
    said = node(name).run(f"cat /run/session-{session}/count").stdout
    return int(said or 0)
