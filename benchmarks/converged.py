"""A node kind on a bare host, as its scenario makes it, for a benchmark to measure there."""

import argparse
import json
import os
import re
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from booted import ROOT, booted
from measure import timed

from bentre_infra.hosts.scenario import Platform

Rates = dict[str, list[float]]
"""How often a second each thing was done, in each round."""


@dataclass(frozen=True)
class Node:
    """A host that the roles have made.

    Attributes:
        name: in the scenario's inventory.
        folder: what the scenario keeps of it: inventory, certificates, the way in.
    """

    name: str
    folder: Path

    def run(self, command: str, given: bytes = b"") -> str:
        """Run a shell's command as root; stdout."""
        ssh = ["ssh", "-F", self.folder / "ssh_config", self.name, command]
        done = subprocess.run(ssh, input=given, stdout=subprocess.PIPE, check=True)
        return done.stdout.decode()

    def put(self, file: str, content: bytes) -> None:
        """Write a file."""
        self.run(f"cat > {file}", content)

    def program_of(self, unit: str) -> str:
        """What a unit of systemd runs."""
        said = self.run(f"systemctl show -p ExecStart --value {unit}")
        found = re.search(r"path=(\S+)", said)
        if not found:
            raise SystemExit(f"{unit}: no program: {said}")
        return found[1]


@contextmanager
def converged(name: str, node: str, image: str) -> Iterator[Node]:
    """One new host of a scenario, prepared and converged by the scenario's own playbooks."""
    source = ROOT / "molecule" / name
    with booted(name, [Platform(node, image)], partial(variables, source)) as folder:
        env = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        env["ANSIBLE_HOME"] = str(folder / "ansible")
        for playbook in ("prepare.yml", "converge.yml"):
            timed(["ansible-playbook", "-i", folder / "inventory", source / playbook], folder, env)
        yield Node(node, folder)


def variables(source: Path, folder: Path) -> dict[str, Any]:
    """What the scenario's inventory says of every host."""
    site = yaml.safe_load((ROOT / "molecule/shared/vars/site.yml").read_text())
    molecule = yaml.safe_load((source / "molecule.yml").read_text())
    own = molecule["provisioner"]["inventory"]["group_vars"]["all"]
    return {**site, **own, "base_hosts": [], "molecule_ephemeral_directory": str(folder)}


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """What all of these benchmarks take."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser


def tell(title: str, rates: Rates, base: str, *, as_json: bool) -> None:
    """Print medians, and ratios to one of them.

    Args:
        title: of what they are.
        rates: of each round; things of the same round are compared, since load weighs on both.
        base: what the others are compared with.
        as_json: for programs.
    """
    figures = [
        {
            "what": name,
            "a_second": round(statistics.median(found), 1),
            "ratio": round(statistics.median(map(lambda a, b: a / b, found, rates[base])), 4),
        }
        for name, found in rates.items()
    ]
    if as_json:
        print(json.dumps({"title": title, "base": base, "figures": figures}, indent=2))
        return
    rounds = len(rates[base])
    print(f"{title}, medians of {rounds} rounds, load {os.getloadavg()[0]:.1f}")
    for f in figures:
        print(f"{f['what']:20} {f['a_second']:8.1f} a second   {f['ratio']:.4f} of {base}")
