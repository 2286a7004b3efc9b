"""An update whose engine was killed in the middle of a creation, and the ways back.

What an operator does stands in docs/recovery.md; these tests are that page.
"""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.conftest import DEADLINE, FILES, Project
from tests.engine.test_interrupt import wait_until

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


def test_no_process_survives(killed: Project, tmp_path: Path) -> None:
    from tests.engine.test_interrupt import _belonging

    wait_until(lambda: not _belonging(tmp_path), "nothing is left")
    assert os.getpgrp() != 0
    assert signal.getsignal(signal.SIGINT) is not None
