"""Packs what a node needs to install a Python program: ``wheels.py``, a document on standard input.

Runs on the operator's machine, the only place that asks a package registry (by pip, as it is
configured there). The document has ``requirements`` (a lock file with hashes), ``package`` (a
folder, or nothing), ``python`` (a version like 3.11), ``machine`` (x86_64), and ``make``, without
which nothing is done. Says, as JSON: ``release``, a name that changes with the others; ``archive``;
``changed``.

Archives lie in ``$BENTRE_CACHE/python``; one that is there is used without asking anybody.
"""

import fcntl
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

from bentre_infra.runtime.paths import Paths

OLDEST, NEWEST = 5, 36  # minor versions of glibc in tags of wheels; Debian 12 has 2.36


@dataclass(frozen=True)
class Release:
    """A program for nodes of one kind.

    Attributes:
        lock: what pip installs, with hashes.
        python: version of the nodes' Python.
        machine: their architecture.
        package: folder with the program's own package; none, when it has none.
        folder: where archives are kept.
    """

    lock: str
    python: str
    machine: str
    package: Path | None
    folder: Path

    @property
    def sources(self) -> dict[str, Path]:
        """The package's files, by their names in the archive."""
        if not self.package:
            return {}
        found = sorted(file for file in self.package.rglob("*") if file.is_file())
        return {
            str(file.relative_to(self.package.parent)): file
            for file in found
            if "__pycache__" not in file.parts
        }

    @property
    def name(self) -> str:
        """Another one when anything is different."""
        texts = [f"{name}\n{file.read_text()}" for name, file in self.sources.items()]
        return digest(self.lock, self.python, self.machine, *texts)

    @property
    def archive(self) -> Path:
        """What the node gets."""
        return self.folder / f"release-{self.name}.tar"

    @property
    def wheels(self) -> Path:
        """What was fetched, for every release with this lock file."""
        return self.folder / f"wheels-{digest(self.lock, self.python, self.machine)}"

    def make(self) -> bool:
        """Make the archive, unless it is there; one at a time on this machine."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if self.archive.exists():
                return False
            if not self.wheels.is_dir():
                fetch(self)
            pack(self)
        return True


def main() -> None:
    """Make the archive where there is none, and name it."""
    asked = json.load(sys.stdin)
    python, machine = asked["python"], asked["machine"]
    release = Release(
        for_node(Path(asked["requirements"]).read_text(), python, machine),
        python,
        machine,
        Path(asked["package"]) if asked["package"] else None,
        Paths.from_env().cache / "python",
    )
    changed = asked["make"] and release.make()
    told = {"release": release.name, "archive": str(release.archive), "changed": changed}
    print(json.dumps(told))


def digest(*texts: str) -> str:
    """A short name for all of them."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def for_node(lock: str, python: str, machine: str) -> str:
    """The lock file's entries that this node needs; pip would look at the operator's machine."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": machine,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    entries = re.split(r"\n(?=\S)", lock.replace("\\\n", " "))
    kept = []
    for entry in entries:
        line = " ".join(part for part in entry.split() if part)
        if not line or line.startswith("#"):
            continue
        requirement, *hashes = line.split(" --hash=")
        name, _, marker = requirement.partition(";")
        if not hashes:
            sys.exit(f"no hash: {requirement}")
        if not marker or Marker(marker.strip()).evaluate(environment):
            kept.append(" --hash=".join([name.strip(), *hashes]))
    return "\n".join([*kept, ""])


def fetch(release: Release) -> None:
    """Download by pip, which compares the hashes."""
    machine = release.machine
    with tempfile.TemporaryDirectory(dir=release.folder) as folder:
        requirements, new = Path(folder, "requirements.txt"), Path(folder, "wheels")
        requirements.write_text(release.lock)
        tags = [f"manylinux_2_{minor}_{machine}" for minor in range(NEWEST, OLDEST - 1, -1)]
        tags += [f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"linux_{machine}"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"]
        command += ["--implementation=cp", f"--python-version={release.python}", f"--dest={new}"]
        command += [f"--platform={tag}" for tag in tags] + [f"--requirement={requirements}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"wheels could not be fetched: {done.stderr.strip()}")
        new.rename(release.wheels)


def pack(release: Release) -> None:
    """One archive: the lock file, the wheels, the program's own package."""
    with tempfile.TemporaryDirectory(dir=release.folder) as folder:
        requirements, new = Path(folder, "requirements.txt"), Path(folder, "new.tar")
        requirements.write_text(release.lock)
        with tarfile.open(new, mode="w") as tar:
            tar.add(requirements, "requirements.txt")
            tar.add(release.wheels, "wheels")
            for name, file in release.sources.items():
                tar.add(file, f"package/{name}")
        new.rename(release.archive)


if __name__ == "__main__":
    main()
