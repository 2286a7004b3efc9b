"""What scenarios say of their hosts is what a site's inventory says of its nodes."""

from pathlib import Path

import yaml

from bentre_infra.hosts import scenario
from bentre_infra.hosts.access import Access
from bentre_infra.hosts.network import parse_address
from bentre_infra.hosts.scenario import Platform, Scenario
from bentre_infra.inventory import build, planned
from bentre_infra.site import load_site
from tests.roles.ansible import ROOT

SITE = yaml.safe_load((ROOT / "molecule/shared/vars/site.yml").read_text())


def test_variables_are_those_of_a_site(tmp_path: Path, monkeypatch) -> None:
    site = load_site(ROOT / "inventories/lab")
    real = build(site, planned(site))
    mine = Scenario("t", tmp_path, tmp_path, (Platform("one", "debian13"),), SITE)
    both = (parse_address("10.86.1.11/24"), parse_address("fd86::b/64"))
    monkeypatch.setattr(scenario, "_archives", lambda _suite: {})
    access = Access(tmp_path)
    access.new_key()
    everyone = scenario._inventory(mine, access, {"one": both})["all"]
    names = set(everyone["vars"]) | set(everyone["hosts"]["one"])
    ours = {"ansible_user", "ansible_ssh_args", "test_archives"}
    host = real.hosts[0]
    known = dict(real.variables)
    for group in host.groups:
        known |= real.group_variables.get(group, {})
    known |= host.variables
    assert names - ours == set(known)
    for name in SITE:
        assert type(SITE[name]) is type(known[name]), name
