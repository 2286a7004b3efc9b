"""A clone of the project with one small stack, in a project of the lab of its own.

The ``bentre`` command is used in it as a user types it. The stack's program is tests/stacks/
one_server; it stands under the name ``foundation``. All tests that use it share one stack and
run one after the other (xdist group ``gate``); each leaves settings that the cloud agrees with.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from bentre_infra.commands.environment import lab_environment
from bentre_infra.inventory import export_path
from tests.command import run, start
from tests.lab.guest import Guest
from tests.lab_connection import Holding

REPOSITORY = Path(__file__).parents[2]
VENV = Path(sys.executable).parents[1]
BENTRE = VENV / "bin/bentre"


@dataclass
class Clone:
    folder: Path
    env: dict[str, str]
    cloud: Connection
    key: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def stack(self) -> Path:
        return self.folder / "stacks/foundation"

    @property
    def name(self) -> str:
        return self.folder.name

    def bentre(self, *args: str, code: int = 0) -> str:
        """Run the command; its exit code must be the given one; stdout, or all on failure."""
        done = run([BENTRE, *args], self.folder, self.env, code=code)
        return done.stdout if code == 0 or "--json" in args else done.stdout + done.stderr

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start the command in a process group of its own, as a shell does."""
        return start([BENTRE, *args], self.folder, self.env)

    def processes(self) -> list[int]:
        """What runs with this clone's states: the command, its engine, its plugins."""
        mark, found = f"PULUMI_BACKEND_URL=file://{self.folder}/state".encode(), []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.append(int(entry.name))
                except OSError:
                    continue  # it ended, or it is a kernel thread
        return found

    def drift(self, *args: str, code: int = 2) -> list[dict[str, Any]]:
        with self.set():
            return json.loads(self.bentre("drift", "--json", *args, code=code))["drift"]

    def one_more_volume(self) -> tuple[str, str]:
        """Name of a volume that is not there yet, and the setting ``extra`` that makes it."""
        there = int(self.settings.get("extra", "0"))
        return f"extra-{there}", str(there + 1)

    def server(self) -> Any:
        return next(self.cloud.compute.servers(name="web"))

    def plan(self, code: int = 0, **settings: str) -> dict[str, dict[str, Any]]:
        """Plan with other settings; changes by resource."""
        with self.set(**settings):
            said = json.loads(self.bentre("plan", "--json", code=code))
        return {change["resource"]: change for change in said["stacks"][0]["changes"]}

    def apply(self, *args: str, code: int = 0, **settings: str) -> str:
        """Apply with other settings, which stay."""
        self.settings |= settings
        with self.set():
            return self.bentre("apply", "--yes", *args, code=code)

    @contextmanager
    def set(self, **settings: str) -> Iterator[None]:
        """Write the stack's settings, these ones for a while."""
        path = self.stack / "Pulumi.lab.yaml"
        kept = yaml.safe_load(path.read_text()) if path.exists() else {}
        values = {f"one-server:{k}": v for k, v in (self.settings | settings).items()}
        path.write_text(yaml.safe_dump({**kept, "config": values}))
        try:
            yield
        finally:
            if settings:
                with self.set():
                    pass

    def allow(self, *allowances: dict[str, str]) -> None:
        """Write allowances into the site."""
        path = self.folder / "inventories/lab/site.yaml"
        site = yaml.safe_load(path.read_text())
        path.write_text(yaml.safe_dump({**site, "allow": list(allowances)}, allow_unicode=True))

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.pulumi("stack", "output", "--json"))

    def pulumi(self, *args: str) -> str:
        argv = ["pulumi", *args, "--non-interactive", "--stack", "lab"]
        return run(argv, self.stack, self.env).stdout

    def guest(self) -> Guest:
        return Guest(self.outputs()["address"], self.key)


@pytest.fixture(scope="session")
def clone(lab, admin: Connection, tmp_path_factory) -> Iterator[Clone]:
    """The clone with its stack applied."""
    with Holding(fcntl.LOCK_SH), _cloned(lab, admin, tmp_path_factory.mktemp("clone")) as made:
        made.apply()
        made.guest().wait_booted()
        yield made


@contextmanager
def _cloned(lab, admin: Connection, tmp_path: Path) -> Iterator[Clone]:
    """Make the clone and its project; both are gone after it."""
    name = f"gate-{uuid.uuid4().hex[:8]}"
    folder = tmp_path / name
    shutil.copytree(REPOSITORY / "tests/stacks/one_server", folder / "stacks/foundation")
    shutil.copytree(REPOSITORY / "inventories/lab", folder / "inventories/lab")
    site = folder / "inventories/lab/site.yaml"
    site.write_text(site.read_text().replace("site: lab\n", f"site: {name}\n"))
    program = folder / "stacks/foundation/Pulumi.yaml"
    program.write_text(program.read_text().replace("VENV", str(VENV)))
    (folder / "state").mkdir()
    clouds = yaml.safe_load(Path(lab.env["OS_CLIENT_CONFIG_FILE"]).read_text())
    entry = clouds["clouds"]["bentre-lab"]
    clouds["clouds"][name] = {**entry, "auth": {**entry["auth"], "project_name": name}}
    file = folder / "clouds.yaml"
    file.touch(0o600)
    file.write_text(yaml.safe_dump(clouds))
    chosen = {"PULUMI_BACKEND_URL": f"file://{folder}/state", "OS_CLIENT_CONFIG_FILE": str(file)}
    project = admin.identity.create_project(name=name, domain_id="default")
    operator = admin.identity.find_user("operator")
    member = admin.identity.find_role("member")
    admin.identity.assign_project_role_to_user(project, operator, member)
    key = lab.ssh_key
    clone = Clone(
        folder,
        {**os.environ, **lab_environment(lab.paths), **chosen},
        Connection(config=OpenStackConfig(config_files=[str(file)]).get_one(cloud=name)),
        key,
        {"cloud": name, "publicKey": key.with_suffix(".pub").read_text().strip()},
    )
    try:
        clone.pulumi("stack", "init")
        yield clone
    finally:
        clone.pulumi("destroy", "--yes", "--skip-preview", "--refresh")
        shutil.rmtree(export_path(name, lab.paths).parent, ignore_errors=True)
        for group in admin.network.security_groups(project_id=project.id):
            admin.network.delete_security_group(group)
        admin.identity.delete_project(project)
