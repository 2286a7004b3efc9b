"""The base roles by Ansible as it comes, and as this project runs it, on bare hosts.

Each side gets hosts of its own, one side after the other, and runs the playbooks of scenario
``together`` twice: first from nothing, then with nothing to do. As it comes: no ansible.cfg, that
is 5 forks, and a file copied for each task. Ours: ansible.cfg; with ``--linear`` without Mitogen.
Both keep their connections open, since packages come through them.

    python benchmarks/roles.py --hosts 1
    python benchmarks/roles.py --hosts 8 --linear
"""

import argparse
import json
import os
import sys
from functools import partial
from typing import Any

from booted import ROOT, booted, several
from converged import variables
from measure import Run, timed

TOGETHER = ROOT / "molecule/together"
PLUGINS = {
    "ANSIBLE_ROLES_PATH": "roles",
    "ANSIBLE_ACTION_PLUGINS": "plugins/action",
    "ANSIBLE_FILTER_PLUGINS": "plugins/filter",
    "ANSIBLE_LIBRARY": "plugins/modules",
}


def sides(linear: bool) -> dict[str, dict[str, str]]:
    """Environment of each side."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
    plugins = {name: str(ROOT / path) for name, path in PLUGINS.items()}
    ours = {**own, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    if linear:
        ours["ANSIBLE_STRATEGY"] = "linear"
    return {"plain": {**own, **plugins}, "ours": ours}


def parts(names: list[str]) -> dict[str, Any]:
    """The parts of a site's service ``base``, on these hosts."""
    serving = {"pki": 1, "logs": 1, "directory": 1, "time": 2}
    return {
        f"part_base_{part}": {"hosts": dict.fromkeys(names[:count])}
        for part, count in serving.items()
    }


def measure(name: str, env: dict[str, str], count: int) -> tuple[Run, Run]:
    """First and second run on new hosts."""
    platforms = several(count)
    with booted(name, platforms, partial(variables, TOGETHER)) as folder:
        (folder / "ansible.cfg").touch()
        # ANSIBLE_HOME: nothing of another side is found
        own = {
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            **env,
            "ANSIBLE_HOME": str(folder / "ansible"),
        }
        ansible = ["ansible-playbook", "-i", folder / "inventory"]
        groups = folder / "inventory/parts.yml"
        groups.write_text(json.dumps({"all": {"children": parts([p.name for p in platforms])}}))
        timed([*ansible, TOGETHER / "prepare.yml"], folder, own)
        first = timed([*ansible, TOGETHER / "converge.yml"], folder, own)
        return first, timed([*ansible, TOGETHER / "converge.yml"], folder, own)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=1)
    parser.add_argument("--linear", action="store_true", help="our side without Mitogen")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    runs = {}
    for name, env in sides(options.linear).items():
        runs[name] = measure(name, env, options.hosts)
        first, second = (run.seconds for run in runs[name])
        print(f"{name}: {first:.1f} s, {second:.1f} s", file=sys.stderr)
    figures = [
        {
            "run": what,
            **{name: round(both[n].seconds, 1) for name, both in runs.items()},
            "ratio": round(runs["plain"][n].seconds / runs["ours"][n].seconds, 2),
        }
        for n, what in enumerate(("first", "second"))
    ]
    if options.json:
        print(json.dumps({"hosts": options.hosts, "figures": figures}, indent=2))
        return
    print(f"all base roles on {options.hosts} hosts, load {os.getloadavg()[0]:.1f}")
    for f in figures:
        print(
            f"{f['run']:8} plain {f['plain']:7.1f} s   ours {f['ours']:7.1f} s   {f['ratio']:.2f}"
        )


if __name__ == "__main__":
    main()
