"""What of the lab is on the machine: looked at from outside, not by the lab's own code."""

import json
import os
import signal
import subprocess
from pathlib import Path


def _words(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


# throw-away hosts (bentre-h-…, their bridges) may be there at the same time and are no lab's
_NAMESPACES = ("/run/netns/bentre-lab", "/run/netns/bentre-i-")
_LINKS = ("bentre-op", "bentre-lab")


def traces(state: Path) -> dict[str, list[str]]:
    """Everything that a lab may leave on a machine, by kind."""
    routes = [
        json.loads(_words("ip", family, "-j", "route", "show", "table", "all"))
        for family in ("-4", "-6")
    ]
    links = json.loads(_words("ip", "-j", "link", "show"))
    addresses = _words("ip", "-brief", "address", "show")
    loops = json.loads(_words("losetup", "--json", "--list") or '{"loopdevices": []}')
    listeners = _words("ss", "-H", "-lntu").splitlines()
    tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=False)
    return {
        "processes": [f"{pid} {_command(pid)}" for pid in _pids() if str(state) in _command(pid)],
        "in control groups": [str(p) for p in lab_processes()],
        "control groups": [str(p) for p in control_groups()],
        "mounts": [
            line.split()[1]
            for line in Path("/proc/self/mounts").read_text().splitlines()
            if line.split()[1].startswith((f"{state}/", *_NAMESPACES))
        ],
        "namespaces": [
            str(p) for p in Path("/run/netns").glob("*") if str(p).startswith(_NAMESPACES)
        ],
        "links": [link["ifname"] for link in links if link["ifname"].startswith(_LINKS)],
        "addresses": [line for line in addresses.splitlines() if "127.0.83." in line],
        "routes": [
            r["dst"] for family in routes for r in family if r.get("dev", "").startswith(_LINKS)
        ],
        "loop devices": [
            d["name"]
            for d in loops["loopdevices"]
            if (d["back-file"] or "").startswith(f"{state}/")
        ],
        "listeners": [line for line in listeners if "127.0.83." in line],
        "nftables": [line for line in tables.stdout.splitlines() if "bentre" in line],
    }


def control_groups() -> list[Path]:
    """Groups of the lab in every tree of the machine."""
    return [
        group
        for top in ("/sys/fs/cgroup", "/sys/fs/cgroup/*")
        for name in ("bentre-lab", "bentre-lab-guests")
        for group in Path("/").glob(f"{top[1:]}/{name}")
    ]


def lab_processes() -> set[int]:
    """Every process of the lab and of its servers."""
    return {
        int(pid)
        for group in control_groups()
        for file in group.rglob("cgroup.procs")
        for pid in file.read_text().split()
    }


def kill_everything() -> None:
    """What the end of a CI run does: SIGKILL to all, and nothing is tidied up."""
    while pids := {pid for pid in lab_processes() if _alive(pid)}:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _pids() -> list[int]:
    return [int(p.name) for p in Path("/proc").glob("[0-9]*") if int(p.name) != os.getpid()]


def _command(pid: int) -> str:
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    except (FileNotFoundError, ProcessLookupError):
        return ""
