"""The site's names on the lab: from the model through the stack and the inventory to the wire."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bentre_infra.lab.config import PACKAGES_PORT
from bentre_infra.lab.layout import OPERATOR
from tests.command import run
from tests.lab.guest import Guest
from tests.stacks.site import ENVIRONMENT, REPOSITORY, VENV, SiteClone

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("site")]

DNS = "playbooks/dns.yml"


class Playbook:
    """``ansible-playbook`` on the clone's inventory, as its operator runs it."""

    def __init__(self, clone: SiteClone, key: Path) -> None:
        self._inventory = clone.folder / "inventories" / ENVIRONMENT
        self._key = key
        self._env = {
            **clone.env,
            "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}",
            "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
            "ANSIBLE_HOME": str(clone.folder / "ansible"),
            "ANSIBLE_HOST_KEY_CHECKING": "false",
            "ANSIBLE_NOCOLOR": "1",
        }

    def __call__(self, playbook: str | Path) -> str:
        argv = ["ansible-playbook", "-i", self._inventory, playbook]
        argv += ["-u", "debian", "--private-key", self._key]
        return run(argv, REPOSITORY, self._env).stdout


@pytest.fixture(scope="module")
def playbook(applied: SiteClone, lab) -> Playbook:
    told = applied.folder / "inventories" / ENVIRONMENT / "group_vars"
    told.mkdir()
    mirror = f"http://{OPERATOR.outer_v4}:{PACKAGES_PORT}/debian"
    resolver = {"dns_resolver_forwarders": "{{ bentre_resolvers }}"}
    for group, variables in {
        "all": {"base_apt_mirror": mirror},
        "part_base_resolver": resolver,
    }.items():
        (told / f"{group}.yml").write_text(yaml.safe_dump(variables))
    play = Playbook(applied, lab.ssh_key)
    for node in applied.site.nodes:
        if node.part in ("dns", "resolver"):
            Guest(str(node.ipv6.ip), lab.ssh_key).wait_booted()
    # a node's own sources come with its base; the other base roles are tried elsewhere
    first = applied.folder / "first.yml"
    plays = [{"hosts": "part_base_dns:part_base_resolver", "become": True, "roles": ["base"]}]
    first.write_text(yaml.safe_dump(plays))
    play(first)
    play(DNS)
    return play


@pytest.fixture(scope="module")
def resolver(applied: SiteClone, playbook: Playbook, lab) -> Iterator[tuple[str, int]]:
    """The resolver as a node of the site reaches it: through the portal's node."""
    door = applied.outputs("portal")["endpoints"][f"www.{applied.name}.example"][0]
    node = next(n for n in applied.site.nodes if n.part == "resolver")
    port = 15353
    guest = Guest(door, lab.ssh_key)
    with guest.forwarding(port, str(node.ipv6.ip), 53):
        yield "127.0.0.1", port


def dig(server: str, *words: str, port: int = 53) -> str:
    argv = ["dig", f"@{server}", "-p", str(port), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_the_internet_sees_public_names_signed_and_no_others(applied, playbook):
    name = f"{applied.name}.example"
    server = applied.outputs("network")["endpoints"][f"ns1.{name}"]
    expected = applied.outputs("portal")["endpoints"][f"www.{name}"]
    for address in server:
        said = dig(address, "+dnssec", "+norecurse", f"www.{name}", "AAAA")
        assert "status: NOERROR" in said
        assert " aa" in said
        assert "RRSIG" in said
        assert any(line.endswith(expected[1]) for line in said.splitlines()), said
        private = dig(address, "+norecurse", f"base-dns-1.{applied.site.domain}", "AAAA")
        assert "status: NOTAUTH" in private
        assert "status: REFUSED" in dig(address, "other.example", "AAAA")


def test_nodes_have_names_that_are_validated(applied, resolver):
    server, port = resolver
    for node in applied.site.nodes:
        name = f"{node.name}.{applied.site.domain}"
        for kind, address in (("A", node.ipv4.ip), ("AAAA", node.ipv6.ip)):
            said = dig(server, "+tcp", "+adflag", name, kind, port=port)
            assert " ad" in said.split("flags:")[1].split(";")[0], said
            assert str(address) in said.split()
            back = dig(server, "+tcp", "+short", "-x", str(address), port=port)
            assert back.strip() == f"{name}."


def test_a_second_run_changes_nothing(playbook):
    told = playbook(DNS).split("PLAY RECAP")[1].splitlines()[1:]
    nodes = [line for line in told if line.strip()]
    assert [line.split()[0] for line in nodes] == ["base-dns-1", "base-resolver-1"]
    assert [line for line in nodes if "changed=0" not in line] == []
