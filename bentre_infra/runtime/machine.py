"""What this machine must offer, checked one by one without changing anything."""

import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bentre_infra.runtime.errors import BentreError

_GIB = 1 << 30


@dataclass(frozen=True)
class Check:
    """One finding about the machine.

    Attributes:
        name: what was looked at.
        ok: whether it suits.
        found: what was found, in words.
        fix: the command or the step that mends it; empty when ok.
    """

    name: str
    ok: bool
    found: str
    fix: str = ""


def require(checks: Iterable[Check]) -> None:
    """Raise the first check that does not suit as the one error that the user sees.

    Raises:
        BentreError: a check is not ok.
    """
    for check in checks:
        if not check.ok:
            raise BentreError(f"{check.name}: {check.found}", check.fix)


def root() -> Check:
    """Namespaces, mounts and loop devices need root."""
    uid = os.geteuid()
    return Check("root", uid == 0, f"user id {uid}", "" if uid == 0 else "sudo make up")


def debian(release: Path = Path("/etc/os-release")) -> Check:
    """The lab uses the programs of Debian 12 or 13 (os-release(5))."""
    try:
        found = platform.freedesktop_os_release() if release == Path("/etc/os-release") else {}
        found = found or dict(
            line.split("=", 1)
            for line in release.read_text(encoding="utf-8").split()
            if "=" in line
        )
    except OSError:
        found = {}
    name = f"{found.get('ID', 'unknown')} {found.get('VERSION_ID', '')}".replace('"', "").strip()
    ok = name in ("debian 12", "debian 13")
    return Check("system", ok, name, "" if ok else "use Debian 12 or 13")


def python() -> Check:
    """Python 3.12 or 3.13 run both the project and OpenStack."""
    version = sys.version_info[:2]
    ok = (3, 12) <= version <= (3, 13)
    found = f"Python {platform.python_version()}"
    return Check("python", ok, found, "" if ok else "install Python 3.13, then: make clean up")


def packages(names: Sequence[str]) -> Check:
    """Debian packages that must be installed (dpkg-query(1))."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    installed = {
        line.split()[0] for line in done.stdout.splitlines() if line.endswith(" installed")
    }
    missing = [name for name in names if name not in installed]
    if missing:
        fix = "make setup (or: apt-get install --no-install-recommends " + " ".join(missing) + ")"
        return Check("packages", False, "missing " + " ".join(missing), fix)
    return Check("packages", True, f"{len(names)} Debian packages installed")


def tun(device: Path = Path("/dev/net/tun")) -> Check:
    """The userspace switch makes its bridges' ports with it."""
    try:
        with device.open("rb"):
            return Check("tun", True, str(device))
    except OSError as e:
        fix = f"modprobe tun; mkdir -p {device.parent}; mknod {device} c 10 200"
        return Check("tun", False, f"{device}: {e.strerror}", fix)


def loops(device: Path = Path("/dev/loop-control")) -> Check:
    """Disks of servers are files behind loop devices."""
    ok = os.access(device, os.R_OK | os.W_OK)
    found = str(device) if ok else f"{device} cannot be opened"
    return Check("loop devices", ok, found, "" if ok else "modprobe loop")


def cgroup2(mounts: Path = Path("/proc/self/mounts")) -> Check:
    """Every process of the lab is found through its control group (cgroups(7))."""
    found = [
        line.split()[1]
        for line in mounts.read_text(encoding="utf-8").splitlines()
        if line.split()[2] == "cgroup2"
    ]
    if found:
        return Check("cgroup v2", True, found[0])
    fix = "mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified"
    return Check("cgroup v2", False, "not mounted", fix)


def disk(path: Path, gib: int) -> Check:
    """Free space where the nearest existing folder of a path lies, in GiB."""
    there = path
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free / _GIB
    ok = free >= gib
    fix = "" if ok else "free some space, or set BENTRE_CACHE and BENTRE_STATE to a larger disk"
    return Check(f"disk of {path}", ok, f"{free:.0f} GiB free of {gib} needed", fix)


def memory(gib: int) -> Check:
    """Memory that programs may still take, in GiB (proc_meminfo(5), MemAvailable)."""
    lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    kib = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    available = kib * 1024 / _GIB
    ok = available >= gib
    fix = "" if ok else "stop other programs, or use a machine with more memory"
    return Check("memory", ok, f"{available:.1f} GiB available of {gib} needed", fix)


def ports(listeners: Iterable[tuple[str, int]]) -> Check:
    """Addresses and TCP ports that nobody else may hold."""
    taken = []
    count = 0
    for address, port in listeners:
        count += 1
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as s:
            # a connection that has just ended does not count
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((address, port))
            except OSError:
                taken.append(f"{address}:{port}")
    if taken:
        fix = f"stop the program that listens there: ss -lntp 'sport = :{taken[0].split(':')[-1]}'"
        return Check("ports", False, "taken: " + ", ".join(taken), fix)
    return Check("ports", True, f"{count} free")
