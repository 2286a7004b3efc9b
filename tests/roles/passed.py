"""Which scenarios passed on this machine with the very files that they would run with now.

A scenario takes minutes, and most changes touch few of them. What it is made of is hashed: its
folder, the roles it runs and those that they include, what all scenarios share, the code that
boots the hosts, the images and the versions of the tools. A pass is kept under ``passed/`` of the
cache with the hash; with another hash, on another machine or after some days (the archives of
packages move) the scenario runs. ``BENTRE_TEST_ALL=1`` runs all.
"""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from bentre_infra.runtime.paths import Paths
from tests.roles.ansible import ROLES, ROOT
from tests.roles.scenarios import PLAIN, SECRETIVE

VALID = timedelta(days=3)
"""How long a pass counts."""

SHARED = (
    ".config/molecule",
    "ansible.cfg",
    "bentre_infra/hosts",
    "bentre_infra/runtime",
    "molecule/shared",
    "plugins",
    "tests/roles/ansible.py",
    "tests/roles/test_molecule.py",
    "tests/waiting.py",
)
"""What every scenario is made of (``bentre_infra.hosts`` imports nothing but the runtime)."""


TOOLS = ("ansible-core", "mitogen", "molecule", "pytest", "pytest-testinfra")
"""Packages that run a scenario; their versions count."""


def inputs(scenario: str) -> str:
    """Return the hash of all that a scenario is made of."""
    how = f"{scenario in PLAIN} {scenario in SECRETIVE}\n"
    return digest([*SHARED, *sorted(sources(scenario))], how)


def digest(paths: list[str], how: str = "") -> str:
    """Return the hash of what stands under some paths, of the tools and of the images."""
    found = hashlib.sha256(how.encode())
    found.update("".join(f"{tool} {version(tool)}\n" for tool in TOOLS).encode())
    for file in _files(paths):
        path = ROOT / file
        mode = "x" if os.access(path, os.X_OK) else "-"
        found.update(f"{file} {mode} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    for image in sorted((Paths.from_env().cache / "images").glob("*.ext4")):
        now = image.stat()
        found.update(f"{image.name} {now.st_size} {now.st_mtime_ns}\n".encode())
    return found.hexdigest()


def before(scenario: str, key: str) -> str | None:
    """Say when a scenario passed with these inputs; None: it has to run."""
    if os.environ.get("BENTRE_TEST_ALL"):
        return None
    try:
        kept = json.loads(_kept(scenario).read_text())
    except FileNotFoundError:
        return None
    at = datetime.fromisoformat(kept["at"])
    if kept["inputs"] != key or datetime.now(UTC) - at > VALID:
        return None
    return f"passed at {at:%Y-%m-%d %H:%M} UTC with the same inputs ({key[:12]})"


def keep(scenario: str, key: str) -> None:
    """Remember that a scenario passed."""
    path = _kept(scenario)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps({"inputs": key, "at": datetime.now(UTC).isoformat()}))
    new.replace(path)


def sources(scenario: str) -> set[str]:
    """A scenario's folder, the roles and playbooks that it runs, and those that they run."""
    found: set[str] = set()
    left = {f"molecule/{scenario}"}
    while left:
        found |= left
        left = {path for source in left for path in _named(source)} - found
    return found


def _named(source: str) -> Iterator[str]:
    """Roles and playbooks that the files of a folder name: as Ansible runs them, or as a path."""
    for file in _files([source]):
        try:
            text = (ROOT / file).read_text()
        except UnicodeDecodeError:
            continue
        yield from _roles(re.findall(r"(?:roles|\.\.)/([a-z_]+)", text))
        if Path(file).suffix in {".yml", ".yaml"}:
            for document in yaml.load_all(text, _Loader):
                for key, value in _items(document):
                    yield from _run(file, key, value)


def _items(data: Any) -> Iterator[tuple[str, Any]]:
    """Every key and its value, however deep."""
    if isinstance(data, list):
        for item in data:
            yield from _items(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield str(key), value
            yield from _items(value)


def _run(file: str, key: str, value: Any) -> Iterator[str]:
    match key.rpartition(".")[2]:
        case "roles" | "dependencies" if isinstance(value, list):
            names = [role if isinstance(role, str) else role.get("role", "") for role in value]
            yield from _roles(names)
        case "include_role" | "import_role" if isinstance(value, dict):
            yield from _roles([str(value["name"])])
        case "import_playbook":
            yield os.path.normpath(Path(file).parent / value)


def _roles(names: list[str]) -> Iterator[str]:
    """Folders of roles; a name that is known at run time only may be any."""
    all_of_them = any("{{" in name for name in names)
    yield from (f"roles/{role}" for role in ROLES if all_of_them or role in names)


class _Loader(yaml.SafeLoader):
    """Reads Ansible's YAML for its names; what a tag means does not matter."""


_Loader.add_multi_constructor("!", lambda *_: None)


def _files(paths: list[str]) -> list[str]:
    """Files under some paths that git knows or would add, in order."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return sorted({file for file in listed.split("\0") if file and (ROOT / file).is_file()})


def _kept(scenario: str) -> Path:
    return Paths.from_env().cache / "passed" / f"{scenario}.json"
