"""The switch program of the lab's chassis.

On the userspace datapath Open vSwitch before 3.3 ends itself on an assertion of its connection
tracking (``conn->conn_type == CT_CONN_TYPE_DEFAULT`` in ``conn_update_state()``) once a connection
with translated addresses meets another: every connection of the chassis is lost. 3.3 tracks both
directions in one entry and has no such assertion. A machine with an older one, as Debian 12,
takes the program with its libraries from Debian 13, in a folder of the cache that nothing else
reads.
"""

import hashlib
import re
import shutil
import tempfile
from pathlib import Path

from bentre_infra.hosts import apt
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

PROGRAM = "ovs-vswitchd"
SCHEMA = "usr/share/openvswitch/vswitch.ovsschema"
SOUND = (3, 3)
"""First version without the fault."""

_SUITE = "trixie"
_FORMAT = 1
"""Raised when what lies in the folder has to be made anew."""
_MARKER = ".complete"
_NAME = "openvswitch-"


def is_ready(cache: Path) -> bool:
    """Whether nothing has to be fetched."""
    return _suits_here() or (_folder(cache) / _MARKER).exists()


def ensure(cache: Path) -> None:
    """Fetch the program, unless the machine's own suits or an earlier call came to its end.

    Raises:
        BentreError: the archive cannot be reached or has no version that suits.
    """
    if is_ready(cache):
        return
    folder = _folder(cache)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{_NAME}*"):  # an older one, or an extraction that was killed
        shutil.rmtree(left)
    work = Path(tempfile.mkdtemp(prefix=_NAME, dir=folder.parent))
    try:
        root = work / "root"
        _extract(root, work)
        found = _version(run([_launcher(root), "--version"]))
        if found < SOUND:
            version = ".".join(map(str, found))
            raise BentreError(f"Open vSwitch {version} of {_SUITE} is too old for the lab")
        (root / _MARKER).touch()
        root.rename(folder)
    finally:
        shutil.rmtree(work)


def program(cache: Path) -> str:
    """What to run: a name, or a path."""
    return PROGRAM if _suits_here() else str(_folder(cache) / PROGRAM)


def schema(cache: Path) -> Path:
    """What the program keeps its configuration in: an OVSDB schema (RFC 7047)."""
    return (Path("/") if _suits_here() else _folder(cache)) / SCHEMA


def _folder(cache: Path) -> Path:
    identity = f"{_SUITE} {SOUND} {_FORMAT}"
    return cache / "lab" / f"{_NAME}{hashlib.sha256(identity.encode()).hexdigest()[:16]}"


def _suits_here() -> bool:
    return _version(run([PROGRAM, "--version"])) >= SOUND


def _version(said: str) -> tuple[int, ...]:
    """Version in what the program says of itself."""
    found = re.search(r"\(Open vSwitch\) (\d+)\.(\d+)", said)
    if not found:
        raise BentreError(f"{PROGRAM} --version does not tell its version: {said.strip()}")
    return tuple(map(int, found.groups()))


def _extract(root: Path, work: Path) -> None:
    """Unpack the package and what it depends on; no script of theirs runs."""
    sources, settings = work / "sources.list", work / "apt.conf"
    sources.write_text("".join(f"{source}\n" for source in apt.sources(_SUITE)))
    settings.touch(mode=0o600)
    ours = 'APT::Install-Recommends "false";\nAcquire::Retries "5";\n'
    settings.write_text(ours + apt.settings())
    run(
        [
            *("mmdebstrap", "--variant=extract", "--mode=root", "--format=directory"),
            *("--include=openvswitch-switch", f"--aptopt={settings}"),
            *(_SUITE, str(root), str(sources)),
        ]
    )


_LAUNCHER = """\
#!/bin/sh
# {program} of {suite} under the loader and with the libraries that it was built for (ld.so(8))
here=${{0%/*}}
exec "$here/{loader}" --library-path "$here/{libraries}" "$here/{program}" "$@"
"""


def _launcher(root: Path) -> Path:
    loader = next(root.glob("usr/lib/*/ld-linux-*.so.*")).relative_to(root)
    program = f"usr/lib/openvswitch-switch/{PROGRAM}"
    path = root / PROGRAM
    text = _LAUNCHER.format(program=program, suite=_SUITE, loader=loader, libraries=loader.parent)
    path.write_text(text)
    path.chmod(0o755)
    return path
