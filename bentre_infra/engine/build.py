"""Install the engine: take what the machine has, build the rest."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from bentre_infra.engine import golang, parts, wrapper
from bentre_infra.engine.golang import Go
from bentre_infra.engine.parts import (
    CLI,
    DYNAMIC,
    EXECUTOR,
    HOST,
    PROVIDER,
    EngineStatus,
    Layout,
)
from bentre_infra.engine.sources import Sources
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.lock import MachineLock
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.process import run
from bentre_infra.runtime.progress import Progress

_PKG_MODULE = "github.com/pulumi/pulumi/pkg/v3"
_CLI_PACKAGE = f"{_PKG_MODULE}/cmd/pulumi"
_SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
_KEEP = 2
# as go writes it when the module proxy cannot be reached or says no
_REFUSED = re.compile(
    r"https?://|dial tcp|no such host|proxyconnect|TLS handshake|\b(4\d\d|5\d\d) "
)


def install(paths: Paths, progress: Progress) -> EngineStatus:
    """Make every part of the engine ready; what is ready already is left alone.

    A build that was killed leaves nothing half-installed: parts are made in a folder of their own
    and renamed when whole. Running again resumes from Go's build cache.

    Raises:
        BentreError: the module proxy or the package registry refused, or a build failed.
    """
    sources = Sources.find()
    layout = Layout.of(paths, sources)
    with MachineLock("engine", folder=paths.cache / "locks"):
        if not _whole(layout):
            _make(paths, sources, layout, progress)
        _link_plugin(layout)
    wrapper.write(layout)
    return parts.locate(paths)


def _whole(layout: Layout) -> bool:
    programs = (layout.bin / CLI, layout.bin / HOST, layout.bin / EXECUTOR, layout.provider)
    return all(os.access(p, os.X_OK) for p in programs)


def _make(paths: Paths, sources: Sources, layout: Layout, progress: Progress) -> None:
    layout.root.parent.mkdir(parents=True, exist_ok=True)
    for left in layout.root.parent.glob(".making-*"):  # by a run that was killed
        shutil.rmtree(left)
    made = Path(tempfile.mkdtemp(prefix=".making-", dir=layout.root.parent))
    made.chmod(0o755)
    new = Layout(made, layout.home, layout.provider_version)
    new.bin.mkdir()
    new.provider.parent.mkdir()

    cli = parts.machine_cli(paths, sources.pulumi_version)
    provider = parts.machine_provider(layout)
    if cli:
        progress.note(f"using the machine's pulumi {sources.pulumi_version} in {cli}")
        for name in (CLI, HOST, EXECUTOR, DYNAMIC):
            if (cli / name).exists():
                (new.bin / name).symlink_to(cli / name)
    if provider:
        progress.note(f"using the machine's OpenStack provider {provider}")
        new.provider.symlink_to(provider)
    if not (cli and provider):
        go = golang.ensure(paths, sources, progress)
        progress.note(f"building with Go {go.version} ({go.program}), caches in {go.cache}")
        if not cli:
            with progress.phase("Pulumi CLI and Python language host"):
                _build_pulumi(go, sources, new)
        if not provider:
            with progress.phase("OpenStack provider"):
                _build_provider(go, sources, new)
    shutil.rmtree(layout.root, ignore_errors=True)
    made.rename(layout.root)
    # of other versions of the project the last ones stay: another clone may still be at one
    others = [p for p in layout.root.parent.iterdir() if p != layout.root]
    for old in sorted(others, key=lambda p: p.stat().st_mtime)[:-_KEEP]:
        shutil.rmtree(old)


def _build_pulumi(go: Go, sources: Sources, layout: Layout) -> None:
    version = f"-X {_SDK_MODULE}/go/common/version.Version={sources.pulumi_version}"
    packages = (_CLI_PACKAGE, f"./cmd/{HOST}")
    with tempfile.TemporaryDirectory(dir=layout.root) as folder:
        modfile = _patched(sources, _module(go, sources, _PKG_MODULE), Path(folder))
        flags = (f"-modfile={modfile}", f"-ldflags=-s -w {version}")
        _go_build(go, sources.pulumi, flags, layout.bin, packages)
    sdk = _module(go, sources, _SDK_MODULE)
    for script in (sdk / "python" / "cmd" / EXECUTOR, sources.pulumi / "scripts" / DYNAMIC):
        target = layout.bin / script.name
        shutil.copyfile(script, target)
        target.chmod(0o755)
    said = run([layout.bin / CLI, "version"]).strip()
    if said.removeprefix("v") != sources.pulumi_version:
        raise BentreError(f"pulumi was built as {said!r}, not {sources.pulumi_version}")


def _build_provider(go: Go, sources: Sources, layout: Layout) -> None:
    flags = ("-ldflags=-s -w",)
    _go_build(go, sources.provider, flags, layout.provider.parent, (f"./cmd/{PROVIDER}",))


def _module(go: Go, sources: Sources, name: str) -> Path:
    """Folder of a module that the CLI is built from."""
    _go(go, sources.pulumi, "mod", "download", name)  # `go list` knows no folder before
    return Path(_go(go, sources.pulumi, "list", "-m", "-f", "{{.Dir}}", name).strip())


def _patched(sources: Sources, module: Path, folder: Path) -> Path:
    """Patch a copy of the CLI's module; return a go.mod that has it in the module's place."""
    copy = folder / "pkg"
    unused = shutil.ignore_patterns("testdata", "*_test.go")
    # links cost neither time nor space, and git replaces what it patches
    shutil.copytree(module, copy, copy_function=os.link, ignore=unused)
    # the folder may lie within somebody's repository, which is none of git's business here
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder)}
    for patch in sources.patches:
        run(["git", "apply", patch], cwd=copy, env=alone)
    modfile = folder / "go.mod"
    original = (sources.pulumi / "go.mod").read_text("utf-8")
    modfile.write_text(f"{original}\nreplace {_PKG_MODULE} => {copy}\n", "utf-8")
    shutil.copyfile(sources.pulumi / "go.sum", folder / "go.sum")
    return modfile


def _go_build(
    go: Go, module: Path, flags: tuple[str, ...], output: Path, packages: tuple[str, ...]
) -> None:
    _go(go, module, "build", "-mod=readonly", *flags, "-o", f"{output}/", *packages)


def _go(go: Go, module: Path, *arguments: str) -> str:
    done = subprocess.run(
        [go.program, *arguments],
        cwd=module,
        env=go.env(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise _build_error(done.stderr, module)
    return done.stdout


def _build_error(said: str, module: Path) -> BentreError:
    """Turn what go wrote into one line: a registry's refusal, or the compiler's first error."""
    lines = [
        line.strip()
        for line in said.splitlines()
        if line.strip() and not line.startswith(("go: downloading", "#"))
    ]
    refused = [line for line in lines if _REFUSED.search(line)]
    if refused:
        return BentreError(
            f"a Go module could not be fetched: {refused[0]}",
            "mend the machine's module proxy settings (go env GOPROXY GOSUMDB), then run this"
            " again: it goes on where it stopped",
        )
    reason = lines[0] if lines else "go said nothing"
    return BentreError(f"{module.name}: the build failed: {reason}", "bentre engine install")


def _link_plugin(layout: Layout) -> None:
    """Let Pulumi find the provider; every clone on this machine shares the link."""
    link = layout.plugin
    if link.exists() and link.samefile(layout.provider):
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    new = link.with_name(f".{link.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    new.symlink_to(layout.provider)
    new.replace(link)
