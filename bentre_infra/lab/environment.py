"""The Python environment of the OpenStack services, exactly as locked."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from uv import find_uv_bin

from bentre_infra.runtime.process import run

REQUIREMENTS = Path(__file__).parent / "requirements.txt"
_MARKER = ".complete"


def path(cache: Path) -> Path:
    """Folder of the environment for this lock file and this Python."""
    identity = REQUIREMENTS.read_bytes() + sys.version.encode() + sys.base_prefix.encode()
    return cache / "lab" / f"venv-{hashlib.sha256(identity).hexdigest()[:16]}"


def is_complete(venv: Path) -> bool:
    """Whether an earlier ``ensure`` came to its end."""
    return (venv / _MARKER).exists()


def ensure(cache: Path) -> Path:
    """Install the environment unless it is complete; environments of other locks are removed.

    An installation that was cut short has no completion marker and is made anew.

    Raises:
        BentreError: the registry refuses a package or cannot be reached.
    """
    venv = path(cache)
    if is_complete(venv):
        return venv
    uv = find_uv_bin()
    env = {**os.environ, "UV_CACHE_DIR": str(cache / "uv"), "VIRTUAL_ENV": str(venv)}
    shutil.rmtree(venv, ignore_errors=True)
    venv.parent.mkdir(parents=True, exist_ok=True)
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    run([uv, "venv", "--quiet", "--no-project", "--python", python, venv], env=env)
    run(
        [
            *(uv, "pip", "install", "--quiet", "--require-hashes", "--compile-bytecode"),
            *("--requirement", REQUIREMENTS),
        ],
        env=env,
    )
    (venv / _MARKER).touch()
    for other in venv.parent.glob("venv-*"):
        if other != venv:
            shutil.rmtree(other, ignore_errors=True)
    return venv
