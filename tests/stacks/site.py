"""A clone of the project with a small site of its own, applied to the lab by ``bentre apply``."""

import fcntl
import json
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from openstack.connection import Connection

from bentre_infra.commands.environment import lab_environment
from bentre_infra.inventory import export_path
from bentre_infra.site import Site, load_site
from bentre_infra.site.addressing import write
from bentre_infra.site.load import allocated, files_of
from tests.command import run
from tests.lab_connection import Holding, LabUnderTest

REPOSITORY = Path(__file__).parents[2]
VENV = Path(sys.executable).parents[1]
STACKS = ("foundation", "network", "portal")
ENVIRONMENT = "pilot"
"""Not ``lab``: a site whose cloud, state and key are the caller's own, as a province has it."""


@dataclass(frozen=True)
class SiteClone:
    """The clone: commands run in it as a user types them."""

    folder: Path
    env: dict[str, str]
    name: str

    @property
    def site(self) -> Site:
        return load_site(self.folder / "inventories" / ENVIRONMENT)

    def bentre(self, verb: str, *words: str) -> str:
        argv = [VENV / "bin/bentre", verb, "--env", ENVIRONMENT, *words]
        return run(argv, self.folder, self.env).stdout

    def pulumi(self, stack: str, *words: str, fails: bool = False) -> str:
        argv = ["pulumi", *words, "--stack", ENVIRONMENT, "--non-interactive", "--color", "never"]
        done = run(argv, self.folder / "stacks" / stack, self.env, code=None if fails else 0)
        assert bool(done.returncode) is fails, done.stdout
        return done.stdout + done.stderr if fails else done.stdout

    @contextmanager
    def changed(self, old: str, new: str) -> Iterator[None]:
        """With another text in the site's file."""
        file = self.folder / "inventories" / ENVIRONMENT / "site.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        try:
            yield
        finally:
            file.write_text(text)

    def resources(self, stack: str) -> list[dict[str, Any]]:
        exported = json.loads(self.pulumi(stack, "stack", "export"))
        return list(exported["deployment"].get("resources") or [])

    def outputs(self, stack: str) -> dict[str, Any]:
        return dict(json.loads(self.pulumi(stack, "stack", "output", "--json")))


@pytest.fixture(scope="session")
def applied(lab: LabUnderTest, admin: Connection, tmp_path_factory: Any) -> Iterator[SiteClone]:
    """The clone with its site applied."""
    with Holding(fcntl.LOCK_SH), _cloned(lab, tmp_path_factory.mktemp("site")) as made:
        made.bentre("apply", "--yes")
        yield made


@contextmanager
def _cloned(lab: LabUnderTest, folder: Path) -> Iterator[SiteClone]:
    name = f"test{uuid.uuid4().hex[:6]}"
    for stack in STACKS:
        to = folder / "stacks" / stack
        shutil.copytree(REPOSITORY / "stacks" / stack, to, ignore=lambda *_: ["Pulumi.lab.yaml"])
        program = to / "Pulumi.yaml"
        program.write_text(program.read_text().replace("../../.venv", str(VENV)))
    _write_site(folder / "inventories" / ENVIRONMENT, name)
    clouds = folder / "clouds.yaml"
    clouds.touch(mode=0o600)
    clouds.write_text(yaml.safe_dump({"clouds": _entries(lab, name)}))
    (folder / "state").mkdir()
    env = {
        **os.environ,
        **lab_environment(lab.paths),
        "OS_CLIENT_CONFIG_FILE": str(clouds),
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
    }
    made = SiteClone(folder, env, name)
    try:
        yield made
    finally:
        for stack in reversed(STACKS):
            if (folder / "stacks" / stack / f"Pulumi.{ENVIRONMENT}.yaml").exists():
                made.pulumi(stack, "destroy", "--yes", "--skip-preview")
        shutil.rmtree(export_path(name, lab.paths).parent, ignore_errors=True)


def _write_site(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    text = (REPOSITORY / "tests/stacks/site.yaml").read_text()
    (folder / "site.yaml").write_text(text.replace("NAME", name))
    (folder / "bentre.yml").write_text("plugin: bentre\n")
    write(files_of(folder)[1], allocated(folder))


def _entries(lab: LabUnderTest, name: str) -> dict[str, Any]:
    """The lab's entries, for the projects of this site."""
    clouds = yaml.safe_load(Path(lab.env["OS_CLIENT_CONFIG_FILE"]).read_text())["clouds"]
    tenant = clouds["bentre-lab"]
    entries = {f"{name}-admin": clouds["bentre-lab-admin"]}
    for project in ("foundation", "base", "portal"):
        auth = {**tenant["auth"], "project_name": f"{name}-{project}"}
        entries[f"{name}-{project}"] = {**tenant, "auth": auth}
    return entries
