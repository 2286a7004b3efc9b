"""An update whose engine was killed in the middle of a creation, and the ways back.

What an operator does stands in docs/recovery.md; these tests are that page.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.project import DEADLINE, FILES, Project
from tests.engine.test_interrupt import belonging, wait_until
from tests.lab_connection import LabUnderTest

pytestmark = pytest.mark.engine

# The first run makes the file and then never answers; later runs are quick.
SLOW = FILES.replace(
    '(FOLDER / name).write_text(props["text"])',
    '(FOLDER / name).write_text(props["text"])\n'
    "        import time\n"
    '        while (FOLDER / "slow").exists():\n'
    "            time.sleep(0.05)",
)
PROGRAM = SLOW + 'pulumi.export("id", File("motd", "welcome").id)\n'


@pytest.fixture
def killed(stack: Callable[..., Project], tmp_path: Path) -> Project:
    """A project whose update was killed while a resource was being made."""
    project = stack(PROGRAM)
    (tmp_path / "slow").touch()
    engine = project.start("up", "--yes", "--skip-preview")
    wait_until(lambda: list(tmp_path.glob("motd-*")), "the resource is being made")
    engine.kill()
    (tmp_path / "slow").unlink()
    engine.communicate(timeout=DEADLINE)
    return project


def _pending(project: Project) -> list[str]:
    state = json.loads(project.pulumi("stack", "export").stdout)["deployment"]
    return [op["resource"]["urn"] for op in state.get("pending_operations", [])]


def test_the_lock_names_its_holder(killed: Project) -> None:
    done = killed.pulumi("up", "--yes", "--skip-preview", ok=False)
    assert "the stack is currently locked" in done.stdout + done.stderr
    assert "(pid " in done.stdout + done.stderr


def test_make_it_again(killed: Project, tmp_path: Path) -> None:
    """The half-made thing is forgotten; the operator deletes it."""
    killed.pulumi("cancel", "--yes")
    assert [urn.split("::")[-1] for urn in _pending(killed)] == ["motd"]
    killed.pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    assert _pending(killed) == []
    orphan = next(tmp_path.glob("motd-*"))
    killed.pulumi("up", "--yes", "--skip-preview")
    assert len(list(tmp_path.glob("motd-*"))) == 2
    orphan.unlink()
    killed.pulumi("destroy", "--yes", "--skip-preview")
    assert not list(tmp_path.glob("motd-*"))


def test_adopt_what_was_made(killed: Project, tmp_path: Path) -> None:
    """The half-made thing is whole: its id is put into the state."""
    killed.pulumi("cancel", "--yes")
    state = json.loads(killed.pulumi("stack", "export").stdout)
    deployment = state["deployment"]
    made = next(tmp_path.glob("motd-*"))
    resource = deployment.pop("pending_operations")[0]["resource"]
    resource |= {"id": made.name, "outputs": {**resource["inputs"]}, "custom": True}
    deployment["resources"].append(resource)
    edited = tmp_path / "edited.json"
    edited.write_text(json.dumps(state))
    killed.pulumi("stack", "import", "--file", str(edited))
    killed.pulumi("refresh", "--yes", "--skip-preview")
    killed.pulumi("up", "--yes", "--skip-preview")
    assert list(tmp_path.glob("motd-*")) == [made]
    killed.pulumi("destroy", "--yes", "--skip-preview")
    assert not made.exists()


@pytest.mark.lab
def test_adopt_by_its_id(stack: Callable[..., Project], lab: LabUnderTest, tmp_path: Path) -> None:
    """What a provider can read by its id is adopted by the engine's own means."""
    project = stack("import pulumi_openstack as o; o.networking.Network('kept')")
    project.env |= {k: v for k, v in lab.env.items() if k.startswith("OS_")}
    project.pulumi("up", "--yes", "--skip-preview")
    try:
        # as a kill leaves it: begun, and no answer seen (an import would drop what is pending)
        path = next((tmp_path / "state").rglob("stacks/**/dev.json"))
        state = json.loads(path.read_text())
        latest = state["checkpoint"]["latest"]
        resources = latest["resources"]
        network = next(r for r in resources if r["urn"].endswith("::kept"))
        resources.remove(network)
        begun = {k: v for k, v in network.items() if k not in {"id", "outputs"}}
        latest["pending_operations"] = [{"resource": begun, "type": "creating"}]
        path.write_text(json.dumps(state))
        assert _pending(project) == [network["urn"]]

        project.pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
        what = (network["type"], "kept", network["id"])
        project.pulumi(
            "import", *what, "--yes", "--skip-preview", "--protect=false", "--generate-code=false"
        )
        assert _pending(project) == []
        project.pulumi("preview", "--expect-no-changes")
        again = json.loads(project.pulumi("stack", "export").stdout)["deployment"]["resources"]
        assert [r["id"] for r in again if r["urn"] == network["urn"]] == [network["id"]]
    finally:
        project.pulumi("destroy", "--yes", "--skip-preview")


def test_a_damaged_state_has_a_copy(stack: Callable[..., Project], tmp_path: Path) -> None:
    project = stack(PROGRAM)
    project.pulumi("up", "--yes", "--skip-preview")
    state = next((tmp_path / "state").rglob("stacks/**/dev.json"))
    state.write_text(state.read_text()[:200])  # the disk was full
    project.pulumi("preview", ok=False)
    kept = (tmp_path / "state").rglob("history/**/*.checkpoint.json")
    latest = max(kept, key=lambda p: p.stat().st_mtime)
    state.write_text(latest.read_text())
    project.pulumi("preview", "--expect-no-changes")


def test_no_process_survives(killed: Project, tmp_path: Path) -> None:
    wait_until(lambda: not belonging(tmp_path), "nothing is left")
