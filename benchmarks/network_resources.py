"""Pulumi beside OpenTofu: the same network resources, the same provider code, the same lab.

Both sides run in turn, so that a drifting machine hits both. Prints medians and ratios.

    eval "$(bentre lab env)"
    python benchmarks/network_resources.py --resources 200 --rounds 2
    python benchmarks/network_resources.py --resources 4000 --preview
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from measure import Run, median, timed

HERE = Path(__file__).parent
PARALLEL = "16"

PULUMI_PROJECT = """name: bench
runtime:
  name: python
  options: {{toolchain: pip, virtualenv: {venv}}}
"""
PULUMI_PROGRAM = """import os

import pulumi_openstack as openstack

text = os.environ.get("BENCH_TEXT", "first")
for i in range(int(os.environ["BENCH_COUNT"])):
    network = openstack.networking.Network(f"n{i}", name=f"bench-p{i}")
    openstack.networking.Subnet(
        f"s{i}", name=f"bench-p{i}", network_id=network.id, cidr=f"10.{i % 250}.{i // 250}.0/24",
        ip_version=4,
    )
    openstack.networking.SecGroup(
        f"g{i}", name=f"bench-p{i}", description=text if i == 0 else "x"
    )
"""
TOFU_PROGRAM = """terraform {
  required_providers {
    openstack = { source = "terraform-provider-openstack/openstack", version = "3.4.0" }
  }
}
provider "openstack" {}
variable "n" { type = number }
variable "text" { default = "first" }
resource "openstack_networking_network_v2" "n" {
  count = var.n
  name  = "bench-t${count.index}"
}
resource "openstack_networking_subnet_v2" "s" {
  count      = var.n
  name       = "bench-t${count.index}"
  network_id = openstack_networking_network_v2.n[count.index].id
  cidr       = "10.${count.index % 250}.${floor(count.index / 250)}.0/24"
  ip_version = 4
}
resource "openstack_networking_secgroup_v2" "g" {
  count       = var.n
  name        = "bench-t${count.index}"
  description = count.index == 0 ? var.text : "x"
}
"""
PREVIEW = "preview of all"
STEPS = ("create", "no-op, refresh", "no-op", "one change", "destroy")


@dataclass
class Side:
    """One of the two: its commands by step, and what was measured."""

    name: str
    folder: Path
    env: dict[str, str]
    commands: dict[str, list[str]]
    runs: dict[str, list[Run]] = field(
        default_factory=lambda: {step: [] for step in (*STEPS, PREVIEW)}
    )

    def run(self, step: str) -> None:
        """Measure one step once."""
        changed = {"BENCH_TEXT": "second", "TF_VAR_text": "second"} if step == "one change" else {}
        self.runs[step].append(timed(self.commands[step], self.folder, {**self.env, **changed}))


def pulumi_side(folder: Path, env: dict[str, str], count: int) -> Side:
    """A Pulumi project with its own state."""
    folder.mkdir()
    (folder / "state").mkdir()
    (folder / "Pulumi.yaml").write_text(PULUMI_PROJECT.format(venv=sys.prefix))
    (folder / "__main__.py").write_text(PULUMI_PROGRAM)
    env = {**env, "BENCH_COUNT": str(count), "PULUMI_BACKEND_URL": f"file://{folder}/state"}
    subprocess.run(["pulumi", "stack", "init", "bench"], cwd=folder, env=env, check=True)
    up = ["pulumi", "up", "--yes", "--skip-preview", "--parallel", PARALLEL, "--non-interactive"]
    preview = ["pulumi", "preview", "--parallel", PARALLEL, "--non-interactive"]
    commands = {
        "create": up,
        "no-op, refresh": [*preview, "--refresh"],
        "no-op": preview,
        PREVIEW: preview,
        "one change": preview,
        "destroy": ["pulumi", "destroy", *up[2:]],
    }
    return Side("pulumi", folder, env, commands)


def tofu_side(folder: Path, env: dict[str, str], count: int, binaries: Path) -> Side:
    """An OpenTofu root module that finds the provider in a local folder."""
    folder.mkdir()
    (folder / "main.tf").write_text(TOFU_PROGRAM)
    plugins = folder / "plugins/registry.opentofu.org/terraform-provider-openstack/openstack"
    here = plugins / "3.4.0/linux_amd64"
    here.mkdir(parents=True)
    provider = here / "terraform-provider-openstack_v3.4.0"
    shutil.copy(binaries / "terraform-provider-openstack", provider)
    tofu = str(binaries / "tofu")
    env = {**env, "TF_VAR_n": str(count)}
    env.pop("TF_CLI_CONFIG_FILE", None)
    subprocess.run([tofu, "init", f"-plugin-dir={folder}/plugins"], cwd=folder, env=env, check=True)
    how = ["-input=false", f"-parallelism={PARALLEL}"]
    commands = {
        "create": [tofu, "apply", "-auto-approve", *how],
        "no-op, refresh": [tofu, "plan", *how],
        "no-op": [tofu, "plan", "-refresh=false", *how],
        PREVIEW: [tofu, "plan", *how],
        "one change": [tofu, "plan", "-refresh=false", *how],
        "destroy": [tofu, "destroy", "-auto-approve", *how],
    }
    return Side("opentofu", folder, env, commands)


def build(target: Path) -> Path:
    """OpenTofu and the plain provider, from the Go modules that go.sum pins."""
    if not (target / "tofu").exists():
        go = subprocess.run(
            ["bentre", "engine", "go"], capture_output=True, text=True, check=True
        ).stdout.strip()
        target.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", f"{target}/",
             "github.com/opentofu/opentofu/cmd/tofu",
             "github.com/terraform-provider-openstack/terraform-provider-openstack/v3"],
            cwd=HERE / "opentofu", env={**os.environ, "CGO_ENABLED": "0"}, check=True,
        )  # fmt: skip
    return target


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--resources", type=int, default=200, help="networks, subnets and groups, a third of each"
    )
    parser.add_argument("--preview", action="store_true", help="only preview; nothing is made")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if "OS_CLIENT_CONFIG_FILE" not in os.environ:
        raise SystemExit('error: no lab in the environment\n  try: eval "$(bentre lab env)"')
    cache = Path(os.environ.get("BENTRE_CACHE") or Path.home() / ".cache/bentre-infra")
    count, steps = options.resources // 3, [PREVIEW] if options.preview else STEPS
    binaries = build(cache / "benchmarks/bin")
    env = {**os.environ, "OS_CLOUD": "bentre-lab"}
    with tempfile.TemporaryDirectory() as folder:
        sides = [
            pulumi_side(Path(folder) / "pulumi", env, count),
            tofu_side(Path(folder) / "tofu", env, count, binaries),
        ]
        for _ in range(options.rounds):
            for step in steps:
                for side in sides:
                    side.run(step)
    figures = [
        {
            "step": step,
            **{
                f"{side.name} {what}": round(median(side.runs[step], what), 2)
                for side in sides
                for what in ("seconds", "mib")
            },
            "ratio": round(
                median(sides[0].runs[step], "seconds") / median(sides[1].runs[step], "seconds"), 2
            ),
        }
        for step in steps
    ]
    if options.json:
        print(json.dumps({"resources": 3 * count, "figures": figures}, indent=2))
        return
    print(f"{3 * count} resources, {PARALLEL} in parallel, {options.rounds} rounds, medians")
    print(f"{'step':16} {'pulumi':>9} {'opentofu':>9} {'ratio':>6}   peak MiB")
    for f in figures:
        print(
            f"{f['step']:16} {f['pulumi seconds']:8.2f}s {f['opentofu seconds']:8.2f}s"
            f" {f['ratio']:6.2f}   {f['pulumi mib']:.0f} / {f['opentofu mib']:.0f}"
        )


if __name__ == "__main__":
    main()
