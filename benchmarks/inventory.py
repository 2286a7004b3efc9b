"""What an inventory of many hosts costs: `ansible-inventory --list`, and our part of it.

    python benchmarks/inventory.py [HOSTS ...]

For each number of hosts, seconds: our own work (load the site, read the export, join them), and the
whole ansible-inventory; beside the same hosts as a static YAML inventory, which is Ansible's own
share. Peak memory in MiB is the whole program's.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from bentre_infra.inventory import build, export_path, planned, read_nodes, write_nodes
from bentre_infra.runtime.paths import Paths
from bentre_infra.site import load_site
from bentre_infra.site.addressing import write
from bentre_infra.site.load import allocated, files_of

ROOT = Path(__file__).parents[1]
SITE = """\
site: many
profile: bentre-2016
as_of: 2016-12-31
level: 1
cloud: {name: many, external_network: public, image: debian13}
addressing: {ipv4: [10.0.0.0/8], ipv6: 2001:db8::/48, zone_ipv4_length: 16}
zones: {internal: {}, edge: {}, dmz: {}}
services:
"""
PART = """\
  s%d:
    system: {code: s%d, level: 1, owner: ben-tre}
    parts: {app: {zone: dmz, nodes: %d}}
"""
PER_PART = 500


def site_of(folder: Path, hosts: int) -> None:
    """Write a site with so many nodes, and give them addresses."""
    parts = [
        PART % (n, n, min(PER_PART, hosts - n * PER_PART)) for n in range(-(-hosts // PER_PART))
    ]
    path, addresses = files_of(folder)
    path.write_text(SITE + "".join(parts))
    write(addresses, allocated(folder))
    (folder / "bentre.yml").write_text("plugin: bentre\nreach: [ipv4]\n")


def ansible(source: Path, state: Path) -> tuple[float, float, int]:
    """Run ansible-inventory: seconds, peak MiB, hosts."""
    env = os.environ | {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_HOME": str(state / "ansible"),
        "BENTRE_STATE": str(state),
    }
    program = Path(sys.executable).with_name("ansible-inventory")
    start = time.perf_counter()
    process = subprocess.Popen(
        [program, "-i", source, "--list"], env=env, cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    assert status == 0, "ansible-inventory failed"
    return seconds, usage.ru_maxrss / 1024, len(json.loads(printed)["_meta"]["hostvars"])


def measure(hosts: int) -> None:
    """Print one line of the table."""
    with tempfile.TemporaryDirectory() as name:
        folder, state = Path(name) / "site", Path(name) / "state"
        folder.mkdir()
        site_of(folder, hosts)
        site = load_site(folder)
        export = export_path("many", Paths(cache=state, state=state))
        write_nodes(export, "many", planned(site))
        start = time.perf_counter()
        inventory = build(load_site(folder), read_nodes(export)[1], ("ipv4",))
        ours = time.perf_counter() - start
        seconds, peak, found = ansible(folder, state)
        assert found == hosts
        static = Path(name) / "static.yml"
        members = {host.name: host.variables for host in inventory.hosts}
        groups = {
            group: {"hosts": {h.name: {} for h in inventory.hosts if group in h.groups}}
            for group in inventory.groups
        }
        static.write_text(yaml.safe_dump({"all": {"hosts": members, "children": groups}}))
        plain, _, _ = ansible(static, state)
    print(
        f"{hosts:>6}{ours:>10.2f}{seconds:>12.2f}{plain:>12.2f}{seconds / plain:>8.2f}{peak:>8.0f}"
    )


def main() -> None:
    """Measure each number of hosts."""
    print(f"{'hosts':>6}{'ours s':>10}{'ansible s':>12}{'static s':>12}{'ratio':>8}{'MiB':>8}")
    for hosts in [int(a) for a in sys.argv[1:]] or [500, 1000, 2500, 5000]:
        measure(hosts)


if __name__ == "__main__":
    main()
