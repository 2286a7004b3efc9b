"""A stack's whole life on the real engine, with a dynamic provider."""

import json
from collections.abc import Callable

import pytest

from tests.engine.project import FILES, Project

pytestmark = pytest.mark.engine

PROGRAM = (
    FILES
    + """
config = pulumi.Config()
motd = File("motd", config.get("text") or "welcome")
pulumi.export("id", motd.id)
"""
)


def _changes(project: Project, *args: str) -> dict[str, int]:
    shown = json.loads(project.pulumi("preview", "--json", *args).stdout)
    return {kind: n for kind, n in shown["changeSummary"].items() if n}


def test_preview_up_refresh_destroy(stack: Callable[..., Project]) -> None:
    project = stack(PROGRAM)
    assert _changes(project) == {"create": 2}
    project.pulumi("up", "--yes", "--skip-preview")
    name = project.pulumi("stack", "output", "id").stdout.strip()
    path = project.folder.parent / name
    assert path.read_text() == "welcome"
    assert _changes(project) == {"same": 2}

    path.write_text("defaced")
    refreshed = project.pulumi("preview", "--refresh", "--diff").stdout
    assert "defaced" in refreshed
    project.pulumi("refresh", "--yes", "--skip-preview")
    project.pulumi("up", "--yes", "--skip-preview")
    assert path.read_text() == "welcome"

    project.pulumi("config", "set", "text", "open from 8")
    assert _changes(project) == {"same": 1, "update": 1}
    project.pulumi("up", "--yes", "--skip-preview")
    assert path.read_text() == "open from 8"

    project.pulumi("destroy", "--yes", "--skip-preview")
    assert not path.exists()
    project.pulumi("stack", "rm", "--yes", "dev")


def test_a_thing_deleted_by_hand_is_made_again(stack: Callable[..., Project]) -> None:
    project = stack(PROGRAM)
    project.pulumi("up", "--yes", "--skip-preview")
    gone = project.folder.parent / project.pulumi("stack", "output", "id").stdout.strip()
    gone.unlink()
    project.pulumi("up", "--yes", "--skip-preview", "--refresh")
    again = project.folder.parent / project.pulumi("stack", "output", "id").stdout.strip()
    assert again.read_text() == "welcome"
    assert again != gone


def test_export_and_import_keep_the_state(stack: Callable[..., Project]) -> None:
    project = stack(PROGRAM)
    project.pulumi("up", "--yes", "--skip-preview")
    saved = project.folder.parent / "saved.json"
    project.pulumi("stack", "export", "--file", str(saved))

    project.pulumi("stack", "rm", "--yes", "--force", "dev")
    project.init()
    project.pulumi("stack", "import", "--file", str(saved))
    assert _changes(project) == {"same": 2}
    before = json.loads(saved.read_text())["deployment"]["resources"]
    after = json.loads(project.pulumi("stack", "export").stdout)["deployment"]["resources"]
    assert [r["urn"] for r in before] == [r["urn"] for r in after]
    project.pulumi("destroy", "--yes", "--skip-preview")
