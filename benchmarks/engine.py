"""What the engine costs: its build from nothing, its size, a preview, the provider's start.

    .venv/bin/python benchmarks/engine.py            # sizes, previews, provider start
    .venv/bin/python benchmarks/engine.py --build    # also the build with empty caches (minutes)

CPU seconds (user and system, of all children) say what a thing costs however busy the machine is.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bentre_infra.engine import engine_env, install, locate
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress

PROGRAM = """
import pulumi_openstack as openstack
for n in range({n}):
    network = openstack.networking.Network(f"n{{n}}")
    openstack.networking.Subnet(f"s{{n}}", network_id=network.id, cidr=f"10.{{n}}.0.0/24",
                                ip_version=4)
    openstack.networking.SecGroup(f"g{{n}}")
"""


def measure(title: str, act: Callable[[], object]) -> None:
    """Run once and print seconds and CPU seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    act()
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{title:44} {took:8.2f} s {cpu:8.2f} CPU s", flush=True)


def build() -> None:
    """Build every part with empty caches, each phase's seconds printed by the progress."""
    with tempfile.TemporaryDirectory(prefix="bentre-bench-") as folder:
        paths = Paths(cache=Path(folder), state=Path(folder))
        progress = Progress()
        measure("build from empty caches", lambda: install(paths, progress))
        for title, seconds in progress.phases:
            print(f"  {title:42} {seconds:8.2f} s")


def previews(env: dict[str, str]) -> None:
    """Preview 3 and 180 resources; no cloud is asked."""
    for count in (1, 60):
        with tempfile.TemporaryDirectory(prefix="bentre-bench-") as folder:
            where = Path(folder)
            (where / "state").mkdir()
            (where / "Pulumi.yaml").write_text(
                f"name: bench\nruntime:\n  name: python\n  options:\n    virtualenv: {sys.prefix}\n"
            )
            (where / "__main__.py").write_text(PROGRAM.format(n=count))
            mine = env | {
                "PULUMI_BACKEND_URL": f"file://{where}/state",
                "PULUMI_CONFIG_PASSPHRASE": "benchmark",
                "OS_AUTH_URL": "http://127.0.0.1:9/v3",
            }

            def pulumi(*args: str, env: dict[str, str] = mine, cwd: Path = where) -> None:
                subprocess.run(["pulumi", *args], env=env, cwd=cwd, check=True, capture_output=True)

            pulumi("stack", "init", "dev")
            for _ in range(3):
                measure(f"preview of {3 * count} resources", lambda run=pulumi: run("preview"))


def provider_start(program: Path) -> None:
    """Until the provider answers on its port."""

    def start() -> None:
        with subprocess.Popen(
            [program, "127.0.0.1:9"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.kill()

    for _ in range(3):
        measure("provider start", start)


def main() -> None:
    """Print all."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", action="store_true", help="also build from empty caches")
    if options.parse_args().build:
        build()
    paths = Paths.from_env()
    install(paths, Progress())
    for part in locate(paths).parts:
        if part.path is not None:
            print(f"{part.name:44} {part.path.stat().st_size / 1e6:8.1f} MB")
            if part.name.startswith("pulumi-resource"):
                provider_start(part.path)
    previews(os.environ | engine_env(paths))


if __name__ == "__main__":
    main()
