"""Which parts of the engine are there, and where."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bentre_infra.engine.sources import Sources
from bentre_infra.runtime.machine import Check
from bentre_infra.runtime.paths import Paths

CLI = "pulumi"
HOST = "pulumi-language-python"
PROVIDER = "pulumi-resource-openstack"
EXECUTOR = "pulumi-language-python-exec"  # the script in which programs run
DYNAMIC = "pulumi-resource-pulumi-python"  # the script that serves dynamic providers


@dataclass(frozen=True)
class Layout:
    """Where the parts lie once they are installed.

    Attributes:
        root: everything of one fingerprint.
        home: Pulumi's home (``PULUMI_HOME``), in which it looks for plugins.
        provider_version: version of the provider, part of its plugin's folder name.
    """

    root: Path
    home: Path
    provider_version: str

    @classmethod
    def of(cls, paths: Paths, sources: Sources) -> "Layout":
        """Return the places for these sources under this cache."""
        return cls(
            paths.cache / "engine" / sources.fingerprint,
            paths.cache / "pulumi",
            sources.provider_version,
        )

    @property
    def bin(self) -> Path:
        """What belongs on PATH."""
        return self.root / "bin"

    @property
    def provider(self) -> Path:
        """The provider; not on PATH, where Pulumi would take it for any version."""
        return self.root / "plugins" / PROVIDER

    @property
    def plugin(self) -> Path:
        """Where Pulumi finds the provider: a link to it."""
        return self.home / "plugins" / f"resource-openstack-v{self.provider_version}" / PROVIDER


@dataclass(frozen=True)
class Part:
    """One part of the engine.

    Attributes:
        name: of the program.
        version: the pinned one.
        path: where it is; None when it is missing.
        origin: ``built`` here, ``machine``: it was there already, or ``missing``.
    """

    name: str
    version: str
    path: Path | None
    origin: str


@dataclass(frozen=True)
class EngineStatus:
    """What is installed of the engine that this version of the project needs."""

    fingerprint: str
    parts: tuple[Part, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return all(p.path is not None for p in self.parts)


def locate(paths: Paths) -> EngineStatus:
    """Say which parts are installed and where; changes nothing and starts nothing."""
    sources = Sources.find()
    layout = Layout.of(paths, sources)
    parts = []
    for name, version, path in (
        (CLI, sources.pulumi_version, layout.bin / CLI),
        (HOST, sources.pulumi_version, layout.bin / HOST),
        (PROVIDER, sources.provider_version, layout.plugin),
    ):
        there = os.access(path, os.X_OK)
        if name == PROVIDER:
            # the link is shared by every clone: it must lead to this one's provider
            there = there and layout.provider.exists() and path.samefile(layout.provider)
        link = layout.provider if name == PROVIDER else path
        origin = ("machine" if link.is_symlink() else "built") if there else "missing"
        parts.append(Part(name, version, path if there else None, origin))
    return EngineStatus(sources.fingerprint, tuple(parts))


def check(paths: Paths) -> Check:
    """Say for ``bentre doctor`` whether the engine is ready."""
    status = locate(paths)
    missing = [p.name for p in status.parts if p.path is None]
    if missing:
        return Check("engine", False, f"missing: {', '.join(missing)}", "bentre engine install")
    origins = {p.origin for p in status.parts}
    return Check("engine", True, f"Pulumi {status.parts[0].version} ({' and '.join(origins)})")


def machine_cli(paths: Paths, version: str) -> Path | None:
    """Folder of a ``pulumi`` of that version with its Python language host; None without one.

    What this project put there itself (the cache, a virtual environment's wrapper) does not count.
    """
    for folder in _path_folders():
        program = folder / CLI
        if not os.access(program, os.X_OK) or program.resolve().is_relative_to(paths.cache):
            continue
        if program.read_bytes()[:4] != b"\x7fELF":
            continue
        beside = program.resolve().parent
        if all(os.access(beside / name, os.X_OK) for name in (HOST, EXECUTOR, DYNAMIC)):
            try:
                said = subprocess.run(
                    [program, "version"], capture_output=True, text=True, timeout=60, check=False
                ).stdout
            except (OSError, subprocess.TimeoutExpired):
                continue
            if re.fullmatch(rf"v?{re.escape(version)}", said.strip()):
                return beside
    return None


def machine_provider(layout: Layout) -> Path | None:
    """The provider plugin that the machine's own Pulumi home holds; None without one."""
    homes = [os.environ.get("PULUMI_HOME"), Path.home() / ".pulumi"]
    for home in (Path(h) for h in homes if h):
        plugin = home / "plugins" / layout.plugin.parent.name / PROVIDER
        if home != layout.home and os.access(plugin, os.X_OK):
            return plugin
    return None


def _path_folders() -> Iterator[Path]:
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder:
            yield Path(folder)
