import os
import shutil
from pathlib import Path

import pytest

from bentre_infra.engine import build, golang, parts, wrapper
from bentre_infra.engine.parts import CLI, DYNAMIC, EXECUTOR, HOST, PROVIDER, Layout
from bentre_infra.engine.sources import Sources
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """An empty cache, on a machine whose own Pulumi and home are in the temporary folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PULUMI_HOME", raising=False)
    monkeypatch.setattr(wrapper, "write", lambda *_: None)  # this environment keeps its own
    return Paths(cache=tmp_path / "cache", state=tmp_path / "state")


def _machine_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> Path:
    """Put a compiled program that prints a version as the machine's `pulumi`."""
    folder = tmp_path / "machine"
    folder.mkdir()
    shutil.copy("/bin/echo", folder / CLI)  # `echo version` is asked: it prints "version"
    for name in (HOST, EXECUTOR, DYNAMIC):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    plugin = tmp_path / "home/.pulumi/plugins" / f"resource-openstack-v{version}" / PROVIDER
    plugin.parent.mkdir(parents=True)
    plugin.write_text("#!/bin/sh\n")
    plugin.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_the_machines_parts_are_used(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = Sources.find()
    folder = _machine_has(tmp_path, monkeypatch, sources.provider_version)
    monkeypatch.setattr(Sources, "pulumi_version", "version")  # what this `pulumi` says of itself
    monkeypatch.setattr(golang, "ensure", lambda *_: pytest.fail("nothing is to be built"))

    assert not parts.locate(paths).ready
    status = build.install(paths, Progress())
    assert status.ready
    assert {p.origin for p in status.parts} == {"machine"}
    layout = Layout.of(paths, Sources.find())
    assert (layout.bin / CLI).resolve() == folder / CLI
    assert layout.plugin.exists()
    assert parts.check(paths).ok


def test_another_version_of_the_machine_is_not_used(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _machine_has(tmp_path, monkeypatch, "5.0.0")
    assert parts.machine_cli(paths, Sources.find().pulumi_version) is None
    assert parts.machine_provider(Layout.of(paths, Sources.find())) is None


def test_our_own_wrapper_is_not_the_machines(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _machine_has(tmp_path, monkeypatch, "5.0.0")
    (folder / CLI).write_text("#!/bin/sh\necho version\n")
    assert parts.machine_cli(paths, "version") is None


def test_a_killed_build_leaves_nothing(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = Sources.find()
    _machine_has(tmp_path, monkeypatch, sources.provider_version)
    monkeypatch.setattr(Sources, "pulumi_version", "version")
    left = paths.cache / "engine" / ".making-killed"
    (left / "bin").mkdir(parents=True)
    (left / "bin" / CLI).write_text("half")
    build.install(paths, Progress())
    assert [p.name for p in (paths.cache / "engine").iterdir()] == [Sources.find().fingerprint]


def test_the_last_engines_of_other_versions_are_kept(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _machine_has(tmp_path, monkeypatch, Sources.find().provider_version)
    monkeypatch.setattr(Sources, "pulumi_version", "version")
    for age, name in enumerate(("newer", "new", "old", "older")):
        folder = paths.cache / "engine" / name
        folder.mkdir(parents=True)
        os.utime(folder, (1_700_000_000 - age,) * 2)
    build.install(paths, Progress())
    left = {p.name for p in (paths.cache / "engine").iterdir()}
    assert left == {"newer", "new", Sources.find().fingerprint}


def test_doctor_names_what_is_missing(paths: Paths) -> None:
    found = parts.check(paths)
    assert not found.ok
    assert found.fix == "bentre engine install"
    assert "pulumi" in found.found


def test_a_module_proxy_that_refuses(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = golang.find(Paths.from_env(), Sources.find())
    if go is None:
        pytest.skip("no Go on this machine")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(golang, "ensure", lambda *_: golang.Go(go.program, go.version, tmp_path))
    monkeypatch.setenv("GOPROXY", "http://127.0.0.1:9")  # nothing listens there
    monkeypatch.setenv("GONOSUMDB", "*")
    monkeypatch.setenv("GONOSUMCHECK", "1")
    with pytest.raises(BentreError, match="a Go module could not be fetched: ") as e:
        build.install(paths, Progress())
    assert "127.0.0.1:9" in e.value.message
    assert "\n" not in str(e.value)
    assert list((paths.cache / "engine").glob("[!.]*")) == []


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            "go: downloading x v1\ngo: x@v1: reading https://proxy/x: 403 Forbidden",
            "could not be fetched: go: x@v1: reading https://proxy/x: 403 Forbidden",
        ),
        (
            'go: x@v1: Get "http://p/x": dial tcp: lookup p: no such host\nmore',
            "no such host",
        ),
        ("# pkg\n./main.go:3:1: syntax error", "the build failed: ./main.go:3:1: syntax error"),
        ("", "go said nothing"),
    ],
)
def test_one_line_for_a_failed_build(said: str, message: str) -> None:
    error = build._build_error(said, Path("/engine/pulumi"))
    assert message in error.message
    assert "\n" not in str(error)


def test_the_wrapper_is_written_once_and_spares_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_HOME", raising=False)  # a shell that has the lab's environment
    layout = Layout(tmp_path / "root", tmp_path / "home", "5.5.3")
    folder = tmp_path / "bin"
    folder.mkdir()
    layout.bin.mkdir(parents=True)
    real = layout.bin / CLI
    real.write_text('#!/bin/sh\necho "$PULUMI_HOME $1"\n')
    real.chmod(0o755)
    target = wrapper.write(layout, folder)
    assert target is not None
    said = os.popen(f"{target} hello").read().split()
    assert said == [str(layout.home), "hello"]
    before = target.stat().st_ino
    wrapper.write(layout, folder)
    assert target.stat().st_ino == before

    target.write_text("#!/bin/sh\n# of the user\n")
    assert wrapper.write(layout, folder) is None
    assert "of the user" in target.read_text()
