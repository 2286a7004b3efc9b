"""The engine's Go sources, the versions that they pin, and a fingerprint of both."""

import hashlib
import platform
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bentre_infra.runtime.errors import BentreError

# Compiler flags. The binaries are stripped, so no debugging information is made at all; inlining,
# a third of the compiler's work, is kept for the standard library only: what the engine does
# between two API calls is too little to notice (figures: docs/engine.md).
FLAGS = (
    "-trimpath",
    "-buildvcs=false",
    "-modcacherw",
    "-gcflags=all=-dwarf=false -l",
    "-gcflags=std=-dwarf=false",
)


@dataclass(frozen=True)
class Sources:
    """A folder with the Go modules ``pulumi`` and ``provider-openstack``."""

    folder: Path

    @classmethod
    def find(cls) -> "Sources":
        """Return the clone's sources, or those that an installed package carries.

        Raises:
            BentreError: neither is there.
        """
        here = Path(__file__).resolve()
        for folder in (here.parents[2] / "engine", here.parent / "_go"):
            if (folder / "pulumi" / "go.mod").is_file():
                return cls(folder)
        raise BentreError("the engine's Go sources are missing", "reinstall bentre-infra")

    @property
    def pulumi(self) -> Path:
        """Module of the CLI and the language host."""
        return self.folder / "pulumi"

    @property
    def patches(self) -> tuple[Path, ...]:
        """Changes to the CLI's own module (docs/decisions/0035)."""
        return tuple(sorted((self.pulumi / "patches").glob("*.patch")))

    @property
    def provider(self) -> Path:
        """Module of the OpenStack provider."""
        return self.folder / "provider-openstack"

    @cached_property
    def pulumi_version(self) -> str:
        """Version of the CLI and the language host, for example ``3.274.1``."""
        return _only(self.pulumi / "go.mod", r"github\.com/pulumi/pulumi/sdk/v3 v(\S+)")

    @cached_property
    def provider_version(self) -> str:
        """Version of the provider, which is that of the Python SDK, for example ``5.5.3``."""
        return _only(self.provider / "resources.go", r'const Version = "([^"]+)"')

    @cached_property
    def go_version(self) -> tuple[int, ...]:
        """The oldest Go that can build this, for example ``(1, 26, 6)``."""
        found = _only(self.pulumi / "go.mod", r"(?m)^go (\S+)$")
        return tuple(int(n) for n in found.split("."))

    @cached_property
    def fingerprint(self) -> str:
        """Identifies what would be built: sources, pinned modules, flags, kind of machine."""
        digest = hashlib.sha256(repr((FLAGS, platform.machine())).encode())
        for path in sorted(p for p in self.folder.rglob("*") if p.is_file()):
            if path.name.endswith("_test.go"):
                continue
            digest.update(f"\0{path.relative_to(self.folder)}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]


def _only(path: Path, pattern: str) -> str:
    found = re.search(pattern, path.read_text("utf-8"))
    if not found:
        raise BentreError(f"{path}: no line like {pattern}", "restore the file as it was released")
    return found[1]
