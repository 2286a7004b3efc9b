"""`stacks/foundation` with plain `pulumi`, as a user types it, on the real lab.

A copy of the stack with its own name and state, so that it meets nobody else's.
"""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bentre_infra.commands.environment import lab_environment
from tests.lab.guest import Guest, eventually

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("foundation")]

REPOSITORY = Path(__file__).parents[2]
VENV = Path(sys.executable).parents[1]


@dataclass(frozen=True)
class Stack:
    folder: Path
    env: dict[str, str]
    name: str

    def pulumi(self, *args: str) -> str:
        done = subprocess.run(
            ["pulumi", *args, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def outputs(self) -> dict:
        return json.loads(self.pulumi("stack", "output", "--json"))

    def resources(self) -> list[dict]:
        return json.loads(self.pulumi("stack", "export"))["deployment"].get("resources", [])


def _clouds_with_project(lab, project: str) -> str:
    """The lab's clouds.yaml, where the stack's own entry names another project."""
    clouds = yaml.safe_load(Path(lab.env["OS_CLIENT_CONFIG_FILE"]).read_text())
    clouds["clouds"]["bentre-lab-foundation"]["auth"]["project_name"] = project
    return yaml.safe_dump(clouds)


@pytest.fixture(scope="module")
def stack(lab, tmp_path_factory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("foundation") / "foundation"
    shutil.copytree(REPOSITORY / "stacks/foundation", folder, ignore=lambda *_: ["Pulumi.lab.yaml"])
    program = folder / "Pulumi.yaml"
    program.write_text(program.read_text().replace("../../.venv", str(VENV)))
    state = folder.parent / "state"
    state.mkdir()
    name = f"test{uuid.uuid4().hex[:6]}"
    clouds = folder.parent / "clouds.yaml"
    clouds.touch(mode=0o600)
    clouds.write_text(_clouds_with_project(lab, name))
    env = {
        **os.environ,
        **lab_environment(lab.paths),
        "OS_CLIENT_CONFIG_FILE": str(clouds),
        "PULUMI_BACKEND_URL": f"file://{state}",
    }
    made = Stack(folder, env, name)
    made.pulumi("stack", "init", made.name)
    made.pulumi("config", "set", "project", name)
    # the routed address is held by the stack that `make up` made
    made.pulumi("config", "set", "ipv6Gateway", f"2001:db8:83::f:{uuid.uuid4().hex[:4]}")
    yield made
    made.pulumi("destroy", "--yes", "--skip-preview")


@pytest.fixture(scope="module")
def applied(stack: Stack) -> Stack:
    stack.pulumi("up", "--yes", "--skip-preview")
    return stack


def test_the_servers_let_the_operator_in(applied, lab):
    guest = Guest(applied.outputs()["ssh"].removeprefix("debian@"), lab.ssh_key).wait_booted()
    assert guest.ssh("hostname") == "web-1"
    assert guest.ssh("lsblk -dno SIZE /dev/vdb || blockdev --getsize64 /dev/vdb")


def test_the_balancer_serves_the_page(applied):
    url = applied.outputs()["web"]

    def page() -> str:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return answer.read().decode()

    assert eventually(page).strip() == "Xin chào Bến Tre"


def test_the_second_up_changes_nothing(applied):
    said = json.loads(applied.pulumi("preview", "--json", "--refresh"))
    assert set(said["changeSummary"]) == {"same"}
    said = applied.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert "unchanged" in said


def test_another_key_replaces_nothing(applied, tmp_path):
    """terraform-provider-openstack issue 980: servers went with the key pair."""
    other = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    applied.pulumi("config", "set", "publicKey", other.with_suffix(".pub").read_text().strip())
    said = json.loads(applied.pulumi("preview", "--json"))
    applied.pulumi("config", "rm", "publicKey")
    assert set(said["changeSummary"]) == {"same"}


def test_servers_that_must_be_apart_are_asked_for_one_after_the_other(applied):
    """terraform-provider-openstack issue 1165: at once, Nova may send both to one host."""
    first, second = sorted(
        (r for r in applied.resources() if r["type"] == "openstack:compute/instance:Instance"),
        key=lambda r: r["inputs"]["name"],
    )
    assert first["urn"] in second["dependencies"]
    assert second["urn"] not in first["dependencies"]


def test_user_data_and_keys_are_secrets_in_the_state(applied):
    instances = [
        r for r in applied.resources() if r["type"] == "openstack:compute/instance:Instance"
    ]
    assert len(instances) == 2
    for instance in instances:
        assert "Xin chào" not in json.dumps(instance, ensure_ascii=False)


def test_destroy_leaves_nothing(applied, admin):
    project = next(
        r["id"] for r in applied.resources() if r["type"] == "openstack:identity/project:Project"
    )
    applied.pulumi("destroy", "--yes", "--skip-preview")
    assert [r["type"] for r in applied.resources()] in ([], ["pulumi:pulumi:Stack"])
    assert admin.identity.find_project(project, ignore_missing=True) is None
    left = {
        "servers": list(admin.compute.servers(all_projects=True, project_id=project)),
        "networks": list(admin.network.networks(project_id=project)),
        "subnets": list(admin.network.subnets(project_id=project)),
        "routers": list(admin.network.routers(project_id=project)),
        "ports": list(admin.network.ports(project_id=project)),
        "floating addresses": list(admin.network.ips(project_id=project)),
        # asked for by project, Neutron would make the project's default group anew
        "security groups": [g for g in admin.network.security_groups() if g.project_id == project],
        "volumes": list(admin.block_storage.volumes(all_projects=True, project_id=project)),
        "balancers": list(admin.load_balancer.load_balancers(project_id=project)),
    }
    assert {kind: len(found) for kind, found in left.items() if found} == {}
