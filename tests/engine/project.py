"""The real engine, and Pulumi projects in temporary folders with a state of their own."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bentre_infra.engine import engine_env, install
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress
from tests.command import run, start

# bounds waiting only; a busy machine takes its time
DEADLINE = 240


@pytest.fixture(scope="session")
def engine() -> dict[str, str]:
    """Environment with the engine on PATH and nothing of another stack in it."""
    paths = Paths.from_env()
    install(paths, Progress())
    others = ("PULUMI_", "OS_", "PYTHON", "VIRTUAL_ENV")
    own = {k: v for k, v in os.environ.items() if not k.startswith(others)}
    return own | engine_env(paths)


@dataclass
class Project:
    """A Pulumi project in a folder, with its own state backend and one stack, ``dev``."""

    folder: Path
    env: dict[str, str]
    options: dict[str, str] = field(default_factory=lambda: {"virtualenv": sys.prefix})

    def write(self, program: str, *, main: str = "", extra: str = "") -> None:
        """Write Pulumi.yaml and the program."""
        options = "".join(f"    {k}: {v}\n" for k, v in self.options.items()) or "    {}\n"
        settings = f"main: {main}\n" if main else ""
        self.folder.joinpath("Pulumi.yaml").write_text(
            f"name: trial\nruntime:\n  name: python\n  options:\n{options}{settings}{extra}"
        )
        path = self.folder / (main or ".")
        path = path if path.suffix == ".py" else path / "__main__.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(program))

    def pulumi(self, *args: str, ok: bool | None = True) -> subprocess.CompletedProcess[str]:
        """Run a command; ``ok`` says whether it must succeed, None that either will do."""
        argv = ["pulumi", "--non-interactive", *args]
        done = run(argv, self.folder, self.env, code=0 if ok else None)
        if ok is False:
            assert done.returncode != 0, f"{args}: {done.stdout}\n{done.stderr}"
        return done

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, as a shell does."""
        return start(["pulumi", "--non-interactive", *args], self.folder, self.env)

    def init(self) -> None:
        self.pulumi("stack", "init", "dev")


@pytest.fixture
def project(tmp_path: Path, engine: dict[str, str]) -> Project:
    """An empty project; ``write`` a program, then ``init``."""
    folder, state = tmp_path / "project", tmp_path / "state"
    folder.mkdir()
    state.mkdir()
    return Project(
        folder,
        engine
        | {
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase for tests",
            "NO_COLOR": "1",
            "TRIAL_FOLDER": str(tmp_path),
        },
    )


@pytest.fixture
def stack(project: Project) -> Callable[..., Project]:
    """Write a program and make the stack, in one call."""

    def make(program: str, **options: str) -> Project:
        project.write(program, **options)
        project.init()
        return project

    return make


# A dynamic resource whose real thing is a file, so that refresh and delete have something to see.
FILES = """
import os
import pathlib
import uuid

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider
from pulumi.dynamic import UpdateResult

FOLDER = pathlib.Path(os.environ["TRIAL_FOLDER"])


class FileProvider(ResourceProvider):
    def create(self, props):
        name = f"{props['name']}-{uuid.uuid4().hex[:6]}"
        (FOLDER / name).write_text(props["text"])
        return CreateResult(name, props)

    def read(self, id_, props):
        path = FOLDER / id_
        if not path.exists():
            return ReadResult("", {})
        return ReadResult(id_, {**props, "text": path.read_text()})

    def diff(self, id_, olds, news):
        return DiffResult(changes=olds["text"] != news["text"])

    def update(self, id_, olds, news):
        (FOLDER / id_).write_text(news["text"])
        return UpdateResult(news)

    def delete(self, id_, props):
        (FOLDER / id_).unlink()


class File(Resource):
    name: pulumi.Output[str]
    text: pulumi.Output[str]

    def __init__(self, name, text, opts=None):
        super().__init__(FileProvider(), name, {"name": name, "text": text}, opts)
"""
