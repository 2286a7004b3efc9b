"""The base roles by Ansible as it comes, and as this project runs it, on the same hosts.

Each side gets bare hosts of its own, one side after the other, and runs the same play twice: first
from nothing, then with nothing to do. As it comes: no ansible.cfg, that is 5 forks, modules copied
for each task. Ours: ansible.cfg; with ``--mitogen`` by Mitogen.

    python benchmarks/roles.py --hosts 1 --roles base,time,hardening
    python benchmarks/roles.py --hosts 8 --mitogen
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from measure import Run, timed

from bentre_infra.hosts import scenario
from bentre_infra.hosts.scenario import Platform, Scenario
from bentre_infra.hosts.throwaway import Throwaway
from bentre_infra.runtime.paths import Paths

ROOT = Path(__file__).parents[1]
VARIABLES = Path(__file__).with_name("roles.yml")
PLUGINS = {
    "ANSIBLE_ROLES_PATH": str(ROOT / "roles"),
    "ANSIBLE_FILTER_PLUGINS": str(ROOT / "plugins/filter"),
}


def sides(mitogen: bool) -> dict[str, dict[str, str]]:
    """Environment of each side."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
    ours = {**own, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    if mitogen:
        ours["ANSIBLE_STRATEGY"] = "mitogen_linear"
    return {"plain": {**own, **PLUGINS, "ANSIBLE_CONFIG": os.devnull}, "ours": ours}


def measure(name: str, env: dict[str, str], count: int, roles: list[str]) -> tuple[Run, Run]:
    """First and second run on new hosts."""
    paths = Paths.from_env()
    hosts = Throwaway(paths)
    document = yaml.safe_load(VARIABLES.read_text())
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        images = ("debian13", "debian12")
        platforms = tuple(Platform(f"node{n + 1}", images[n % 2]) for n in range(count))
        site = yaml.safe_load((ROOT / "molecule/shared/vars/site.yml").read_text())
        variables = {**site, **document["variables"], "bench_folder": str(folder)}
        made = Scenario(f"bench-{name}", ROOT, folder, platforms, variables)
        play = [{"hosts": "all", "become": True, "roles": roles}]
        (folder / "play.yml").write_text(json.dumps(play))
        try:
            scenario.create(made, hosts, paths)
            command = ["ansible-playbook", "-i", folder / "inventory/site.yml", "play.yml"]
            # ANSIBLE_LOCAL_TEMP and friends: nothing of another side is found
            own = {**env, "ANSIBLE_HOME": str(folder / "ansible")}
            first = timed(command, folder, own)
            return first, timed(command, folder, own)
        finally:
            scenario.destroy(made, hosts)


def main() -> None:
    """Measure and print."""
    default = yaml.safe_load(VARIABLES.read_text())["roles"]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=1)
    parser.add_argument("--roles", default=",".join(default))
    parser.add_argument("--mitogen", action="store_true", help="our side by Mitogen")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    roles = options.roles.split(",")
    runs = {
        name: measure(name, env, options.hosts, roles)
        for name, env in sides(options.mitogen).items()
    }
    figures = [
        {
            "run": what,
            **{name: round(both[n].seconds, 1) for name, both in runs.items()},
            "ratio": round(runs["plain"][n].seconds / runs["ours"][n].seconds, 2),
        }
        for n, what in enumerate(("first", "second"))
    ]
    if options.json:
        print(json.dumps({"hosts": options.hosts, "roles": roles, "figures": figures}, indent=2))
        return
    print(f"{len(roles)} roles on {options.hosts} hosts, load {os.getloadavg()[0]:.1f}")
    for f in figures:
        print(
            f"{f['run']:8} plain {f['plain']:7.1f} s   ours {f['ours']:7.1f} s   {f['ratio']:.2f}"
        )


if __name__ == "__main__":
    main()
