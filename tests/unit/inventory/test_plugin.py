"""The Ansible plugin, through the real ansible-inventory."""

from pathlib import Path

from bentre_infra.inventory import planned
from bentre_infra.site import load_site
from tests.unit.inventory.ansible import ROOT, export, inventory_of, listed
from tests.unit.site.sites import load, without_cloud


def test_a_shipped_site_from_its_export(tmp_path: Path) -> None:
    folder = ROOT / "inventories" / "lab"
    site = load_site(folder)
    export(site, tmp_path, planned(site))
    printed = listed(folder, tmp_path)
    hosts = printed["_meta"]["hostvars"]
    assert set(hosts) == {node.name for node in site.nodes}
    assert hosts["mail-server-1"]["ansible_host"] == "2001:db8:8300:2::11"
    assert printed["zone_database"]["hosts"] == ["portal-db-1"]
    assert hosts["mail-server-1"]["bentre_site_level"] == 3


def test_before_the_first_apply_there_are_groups_and_one_warning(tmp_path: Path) -> None:
    done = inventory_of(ROOT / "inventories" / "bentre", tmp_path)
    assert done.returncode == 0
    assert done.stderr.count("[WARNING]") == 1
    assert "is not there yet: bentre apply writes it" in " ".join(done.stderr.split())
    assert '"zone_dmz"' in done.stdout


def test_a_fault_of_the_site_is_told_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    load(folder)
    (folder / "bentre.yml").write_text("plugin: bentre\n")
    text = (folder / "site.yaml").read_text().replace("zone: dmz", "zone: dmzz")
    (folder / "site.yaml").write_text(text)
    done = inventory_of(folder, tmp_path / "state")
    said = " ".join(done.stderr.split())
    assert 'zone "dmzz" is not known; did you mean "dmz"?' in said
    assert "Traceback" not in said


def test_an_export_of_another_site_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    site = load(folder)
    (folder / "bentre.yml").write_text("plugin: bentre\nnodes: other.json\n")
    export(site, tmp_path / "state", planned(site))
    source = tmp_path / "state/sites/test/nodes.json"
    text = source.read_text().replace('"site": "test"', '"site": "other"')
    (folder / "other.json").write_text(text)
    done = inventory_of(folder, tmp_path / "state")
    assert "is of the site other, not test" in " ".join(done.stderr.split())


def test_machines_need_no_export(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    load(folder, without_cloud())
    (folder / "bentre.yml").write_text("plugin: bentre\nreach: [ipv4]\n")
    hosts = listed(folder, tmp_path / "state")["_meta"]["hostvars"]
    assert hosts["mail-db-1"]["ansible_host"] == "10.1.1.21"
    assert len(hosts) == 6
