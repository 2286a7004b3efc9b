"""Run the real ``ansible-inventory`` on a site."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bentre_infra.inventory import NodeRecord, export_path, write_nodes
from bentre_infra.runtime.paths import Paths
from bentre_infra.site import Site

ROOT = Path(__file__).parents[3]
MEMORY = 4 << 30
"""Bytes that Ansible may have: 5,000 hosts take a small part of it."""


def inventory_of(folder: Path, state: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """List an inventory folder, as a user does, with a state folder of its own."""
    program = shutil.which("ansible-inventory", path=str(Path(sys.executable).parent))
    assert program, "ansible-core is not installed in this environment"
    env = os.environ | {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_HOME": str(state / "ansible"),
        "BENTRE_STATE": str(state),
        **more,
    }
    return subprocess.run(
        # an inventory that grows with the square of its hosts fails, and takes not all memory
        ["prlimit", f"--as={MEMORY}", program, "-i", str(folder), "--list"],
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def listed(folder: Path, state: Path, **more: str) -> dict[str, Any]:
    """What it printed; its warnings and failures fail the test."""
    done = inventory_of(folder, state, **more)
    assert done.returncode == 0, done.stderr
    assert "[WARNING]" not in done.stderr, done.stderr
    return dict(json.loads(done.stdout, object_hook=_text))


def _text(data: dict[str, Any]) -> Any:
    """Unwrap a text: Ansible marks what comes from an inventory as never to be a template."""
    return data["__ansible_unsafe"] if data.keys() == {"__ansible_unsafe"} else data


def export(site: Site, state: Path, records: Iterable[NodeRecord]) -> None:
    """Leave an export where the plugin looks for it."""
    write_nodes(export_path(site.name, Paths(cache=state, state=state)), site.name, records)
