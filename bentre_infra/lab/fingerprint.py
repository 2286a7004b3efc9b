"""Which version of the lab's code made the state on this machine.

Three rules, certain and simple:

* ``data`` differs (other OpenStack releases, another format of what the lab keeps): the state is
  thrown away and the lab is built anew.
* ``config`` differs (templates, services, ports): every service is stopped and started with the
  new configuration; data, servers and volumes stay.
* ``lib`` differs (the lab's drivers): the services that use them alone are restarted; servers
  keep running.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import bentre_infra
from bentre_infra.lab import environment
from bentre_infra.lab.layout import Layout
from bentre_infra.lab.secrets import write_private

_DATA_FORMAT = 2
"""Raised when data made by earlier code cannot be used any more."""

_PACKAGE = Path(bentre_infra.__file__).parent
_LAB = _PACKAGE / "lab"
_CONFIG = (
    "templates",
    "config.py",
    "layout.py",
    "network.py",
    "services",
    "secrets.py",
    "startup",
    "supervisord.py",
    "switch.py",
)
_CONTENTS = (*_CONFIG, "tasks.py", "identity.py", "catalogue.py", "certificates.py")
_LIB = (
    "__init__.py",
    "hosts",
    "lab/__init__.py",
    "lab/drivers",
    "lab/startup",
    "lab/supervisord.py",
    "runtime/__init__.py",
    "runtime/errors.py",
    "runtime/interrupt.py",
    "runtime/lock.py",
    "runtime/machine.py",
    "runtime/parallel.py",
    "runtime/paths.py",
    "runtime/process.py",
)


@dataclass(frozen=True)
class Fingerprint:
    """Hashes of what the state was made by; see the module's text for what follows from each."""

    data: str
    config: str
    lib: str


def current(cache: Path) -> Fingerprint:
    """What this clone's code would make."""
    venv = environment.path(cache)
    return Fingerprint(
        data=_hash([environment.REQUIREMENTS], str(_DATA_FORMAT)),
        config=_hash((_LAB / part for part in _CONFIG), str(venv)),
        lib=_hash(_PACKAGE / part for part in _LIB),
    )


def contents() -> str:
    """Version of everything that a fresh lab is built from; its golden snapshot depends on it."""
    return _hash((_LAB / part for part in _CONTENTS), str(_DATA_FORMAT))


def read(layout: Layout) -> Fingerprint | None:
    """What made the state on this machine; None when there is no state."""
    path = _path(layout)
    return Fingerprint(**json.loads(path.read_text())) if path.exists() else None


def write(layout: Layout, fingerprint: Fingerprint) -> None:
    """Note what made the state."""
    write_private(_path(layout), json.dumps(asdict(fingerprint)))


def copy_lib(layout: Layout) -> None:
    """Copy the modules that run inside nova and cinder: the clone may go, the lab stays."""
    part = layout.lib.with_name("lib.part")
    shutil.rmtree(part, ignore_errors=True)
    for name in _LIB:
        source, target = _PACKAGE / name, part / "bentre_infra" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copyfile(source, target)
    shutil.rmtree(layout.lib, ignore_errors=True)
    part.rename(layout.lib)


def _path(layout: Layout) -> Path:
    return layout.root / "fingerprint.json"


def _hash(parts: Iterable[Path], salt: str = "") -> str:
    digest = hashlib.sha256(salt.encode())
    for part in parts:
        files = sorted(part.rglob("*")) if part.is_dir() else [part]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(_PACKAGE)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]
