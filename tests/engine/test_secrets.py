"""A secret never stands in the clear in what the engine writes or shows."""

import json
from collections.abc import Callable

import pytest

from tests.engine.project import FILES, Project

pytestmark = pytest.mark.engine

CANARY = "canary-7f3b21c9"


def _written(project: Project) -> str:
    """Everything in the state backend and beside the program."""
    folders = (project.folder.parent / "state", project.folder)
    files = [p for f in folders for p in f.rglob("*") if p.is_file()]
    assert any(p.name == "dev.json" for p in files)
    return "\n".join(p.read_text("utf-8", errors="replace") for p in files)


def test_a_config_secret_stays_one(stack: Callable[..., Project]) -> None:
    project = stack("""
        import hashlib
        import pulumi

        password = pulumi.Config().require_secret("password")
        pulumi.export("password", password)
        pulumi.export("digest", password.apply(lambda p: hashlib.sha256(p.encode()).hexdigest()))
        pulumi.export("marked", pulumi.Config().get("password") is not None)
        """)
    project.pulumi("config", "set", "--secret", "password", CANARY)
    said = [
        project.pulumi(*args)
        for args in (
            ("preview", "--diff"),
            ("preview", "--json"),
            ("up", "--yes", "--skip-preview", "--diff", "--debug"),
            ("stack", "output", "--json"),
            ("stack", "export"),
            ("config",),
        )
    ]
    for done in said:
        assert CANARY not in done.stdout + done.stderr
    assert CANARY not in _written(project)
    shown = json.loads(project.pulumi("stack", "output", "--json", "--show-secrets").stdout)
    assert shown["password"] == CANARY


def test_a_secret_of_a_resource_stays_one(stack: Callable[..., Project]) -> None:
    project = stack(
        FILES
        + """
secret = pulumi.Config().require_secret("password")
pulumi.export("id", File("key", secret).id)
"""
    )
    project.pulumi("config", "set", "--secret", "password", CANARY)
    first = project.pulumi("up", "--yes", "--diff")
    project.pulumi("config", "set", "--secret", "password", CANARY + "-new")
    second = project.pulumi("up", "--yes", "--diff", "--json")
    for done in (first, second, project.pulumi("refresh", "--yes", "--diff")):
        assert CANARY not in done.stdout + done.stderr
    assert CANARY not in _written(project)
    real = project.folder.parent / project.pulumi("stack", "output", "id").stdout.strip()
    assert real.read_text() == CANARY + "-new"


def test_a_wrong_passphrase_opens_nothing(stack: Callable[..., Project]) -> None:
    project = stack("import pulumi; pulumi.Config().require_secret('password')")
    project.pulumi("config", "set", "--secret", "password", CANARY)
    project.env["PULUMI_CONFIG_PASSPHRASE"] = "another"
    done = project.pulumi("preview", ok=False)
    assert "passphrase" in done.stdout + done.stderr
