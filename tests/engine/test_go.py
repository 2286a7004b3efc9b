"""The Go sources' own tests, with the toolchain, caches and flags of the build."""

import re
import subprocess
from pathlib import Path

import pytest

from bentre_infra.engine import golang
from bentre_infra.engine.sources import Sources
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress
from tests.engine.project import DEADLINE

pytestmark = pytest.mark.engine

MODULES = ("pulumi", "provider-openstack")


def _go(module: str, *args: str) -> subprocess.CompletedProcess[str]:
    sources = Sources.find()
    go = golang.ensure(Paths.from_env(), sources, Progress())
    return subprocess.run(
        [go.program, *args],
        cwd=sources.folder / module,
        env=go.env(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("module", MODULES)
def test_go_tests(module: str) -> None:
    """Among them: the committed schema is what the sources generate."""
    done = _go(module, "test", f"-timeout={DEADLINE}s", "./...")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok " in done.stdout


@pytest.mark.parametrize("module", MODULES)
def test_go_mod_is_tidy(module: str) -> None:
    done = _go(module, "mod", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    tidy = _go(module, "mod", "tidy", "-diff")
    assert tidy.returncode == 0, tidy.stdout + tidy.stderr


def test_no_registry_is_named() -> None:
    for module in MODULES:
        for name in ("go.mod", "go.sum"):
            text = Path(Sources.find().folder / module / name).read_text()
            assert not re.search(r"\w+://", text.replace(" h1:", " "))
