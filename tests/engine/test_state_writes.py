"""How often the state is written (engine/pulumi/patches), and that no step runs ahead of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.project import FILES, Project

pytestmark = pytest.mark.engine

COUNT = 40
# what is being made must stand in the state before it is made: who is killed now finds it there
PROGRAM = (
    FILES.replace(
        '(FOLDER / name).write_text(props["text"])',
        '(FOLDER / name).write_text(props["text"])\n'
        "        import json\n"
        '        state = json.loads((FOLDER / "state/.pulumi/stacks/trial/dev.json").read_text())\n'
        '        pending = state["checkpoint"]["latest"].get("pending_operations", [])\n'
        '        urns = [operation["resource"]["urn"] for operation in pending]\n'
        "        if not any(urn.endswith('::' + props['name']) for urn in urns):\n"
        "            raise RuntimeError(props['name'] + ' is made before the state says so')",
        1,
    )
    + f"""
for number in range({COUNT}):
    File(f"file{{number}}", "welcome")
"""
)


def test_steps_that_wait_share_a_write(stack: Callable[..., Project], tmp_path: Path) -> None:
    project = stack(PROGRAM)
    project.env["PULUMI_RETAIN_CHECKPOINTS"] = "true"
    project.pulumi("up", "--yes", "--skip-preview", "--parallel", "16")
    writes = list((tmp_path / "state/.pulumi/stacks/trial").glob("dev.json.[0-9]*"))
    # one before and one after each step would be 80
    assert 1 < len(writes) < 2 * COUNT
    state = json.loads(project.pulumi("stack", "export").stdout)["deployment"]
    files = [r for r in state["resources"] if "dynamic" in r["type"]]
    assert len(files) == COUNT
    assert all((tmp_path / file["id"]).exists() for file in files)


def test_a_preview_writes_nothing(stack: Callable[..., Project], tmp_path: Path) -> None:
    project = stack(PROGRAM)
    project.env["PULUMI_RETAIN_CHECKPOINTS"] = "true"
    folder = tmp_path / "state/.pulumi/stacks/trial"
    before = {path.name for path in folder.iterdir()}
    project.pulumi("preview", "--parallel", "16")
    assert {path.name for path in folder.iterdir()} == before
