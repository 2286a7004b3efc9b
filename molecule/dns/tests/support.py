"""What both sets of tests use: the hosts by name, and questions to a server."""

import json
import os
import re
import shlex
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import testinfra

from tests.waiting import eventually

FOLDER = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
AUTHORITIES = ("authority-debian12", "authority-debian13")
RESOLVERS = ("resolver-debian12", "resolver-debian13")
PORT = 5399  # of a server that a test runs


@cache
def node(name):
    return testinfra.get_host(f"ssh://root@{name}", ssh_config=str(FOLDER / "ssh_config"))


@cache
def addresses(name):
    hosts = json.loads((FOLDER / "inventory/site.yml").read_text())["all"]["hosts"]
    return tuple(hosts[name]["bentre_addresses"])


@dataclass(frozen=True)
class Answer:
    """What came back; lines are those of the answer and authority sections."""

    status: str
    flags: frozenset[str]
    lines: tuple[str, ...]

    def data(self, kind):
        """Data of the records of a type, sorted."""
        rows = [line.split(maxsplit=4) for line in self.lines]
        return sorted(row[4] for row in rows if row[3] == kind)


def ask(client, server, *question):
    """Ask from a host; the server is an address."""
    words = shlex.join(question)
    said = node(client).check_output(
        f"kdig @{server} +noall +header +answer +authority {words} 2>&1"
    )
    status = re.search(r"status: (\w+);", said)
    flags = re.search(r"Flags: ([a-z ]*);", said)
    assert status, said
    lines = tuple(line for line in said.splitlines() if line and not line.startswith(";"))
    return Answer(status[1], frozenset(flags[1].split()), lines)


def resolve(resolver, *question):
    """Ask a resolver from itself, at its first address."""
    return ask(resolver, addresses(resolver)[0], *question)


def serial(server, zone):
    (data,) = ask(RESOLVERS[0], addresses(server)[0], zone, "SOA").data("SOA")
    return int(data.split()[2])


def listening(name, program):
    """Addresses at which a program of a host takes questions."""
    sockets = [
        line.split() for line in node(name).check_output("ss -Hlnup; ss -Hlntp").splitlines()
    ]
    ours = [socket[3] for socket in sockets if program in socket[-1]]
    return {address.rpartition(":")[0].strip("[]") for address in ours if address.endswith(":53")}


_SIGNER = """\
database:
    storage: "{folder}"
server:
    listen: "{address}@{port}"
    rundir: "{folder}"
policy:
  - id: signed
    algorithm: ecdsap256sha256
    zsk-lifetime: 0
    rrsig-lifetime: 14d
    nsec3: on
    nsec3-iterations: 0
    nsec3-salt-length: 0
zone:
  - domain: {zone}
    storage: "{storage}"
    {signing}
"""


def another(server, zone, *, signed="now", edit=""):
    """Run a second server with the zone: signed by the real keys at some time, edited by sed."""
    host, folder = node(server), "/var/tmp/another"
    host.run("systemctl stop another")
    host.check_output(
        f"rm -rf {folder} && mkdir -p {folder}/signed && cp -r /var/lib/knot/keys {folder}/"
        f" && cp /etc/knot/zones/{zone}.zone {folder}/"
    )
    common = {"folder": folder, "address": addresses(server)[0], "port": PORT, "zone": zone}
    signing = "dnssec-signing: on\n    dnssec-policy: signed"
    for name, storage, how in (("sign", folder, signing), ("serve", f"{folder}/signed", "")):
        text = shlex.quote(_SIGNER.format(**common, storage=storage, signing=how))
        host.check_output(f"printf %s {text} > {folder}/{name}.conf")
    keymgr = f"keymgr -c {folder}/sign.conf {zone}"
    old = "created=-90d publish=-90d ready=-90d active=-90d"
    host.check_output(
        f"for key in $({keymgr} list | cut -d' ' -f1); do {keymgr} set $key {old}; done"
    )
    host.check_output(
        f"kzonesign -c {folder}/sign.conf -o {folder}/signed"
        f" -t $(date -d {shlex.quote(signed)} +%s) {zone}"
    )
    if edit:
        file = f"{folder}/signed/{zone}.zone"
        before = host.check_output(f"sha256sum < {file}")
        host.check_output(f"sed -i {shlex.quote(edit)} {file}")
        assert host.check_output(f"sha256sum < {file}") != before
    host.check_output(f"systemd-run --collect --unit=another knotd -c {folder}/serve.conf")
    eventually(lambda: ask(server, addresses(server)[0], "-p", str(PORT), zone, "SOA").lines)


@contextmanager
def led_astray(resolver, server, zone, **how):
    """The resolver asks that server for the zone."""
    host = node(resolver)
    another(server, zone, **how)
    try:
        host.check_output(f"unbound-control stub_add {zone} {addresses(server)[0]}@{PORT}")
        host.check_output(f"unbound-control flush_zone {zone}")
        yield
    finally:
        host.check_output("systemctl reload unbound")
        node(server).check_output("systemctl stop another")
