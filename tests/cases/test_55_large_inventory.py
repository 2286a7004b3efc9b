"""ansible#30534, pulumi#7682, debops#2549: 5,000 hosts collapse.

Every host is there, with its own addresses, in its groups. What it costs is measured in
benchmarks/inventory.py; no limit of time stands here.
"""

from pathlib import Path

from bentre_infra.inventory import planned
from tests.unit.inventory.ansible import export, listed
from tests.unit.site.sites import changed, load

HOSTS = 5000


def test_five_thousand_hosts(tmp_path: Path) -> None:
    text = changed(
        ("ipv4: [10.1.0.0/16]", "ipv4: [10.0.0.0/8]\n  zone_ipv4_length: 18"),
        ("front: {zone: dmz, nodes: 2", f"front: {{zone: dmz, nodes: {HOSTS - 4}"),
    )
    folder, state = tmp_path / "site", tmp_path / "state"
    folder.mkdir()
    site = load(folder, text)
    (folder / "bentre.yml").write_text("plugin: bentre\nreach: [ipv4]\n")
    export(site, state, planned(site))
    printed = listed(folder, state)
    hosts = printed["_meta"]["hostvars"]
    assert len(hosts) == HOSTS
    assert len({h["ansible_host"] for h in hosts.values()}) == HOSTS
    assert len({h["bentre_server_id"] for h in hosts.values()}) == HOSTS
    assert len(printed["part_mail_front"]["hosts"]) == HOSTS - 4
