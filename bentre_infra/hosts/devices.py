"""Let a running host use a block device that it did not boot with (cgroup v1, devices)."""

from pathlib import Path

from bentre_infra.runtime.errors import BentreError

_LEGACY = Path("/sys/fs/cgroup/devices")


def allow(pid: int, numbers: tuple[int, int]) -> None:
    """Allow a block device, by major and minor number, to the host whose PID 1 is given.

    Raises:
        BentreError: the machine has the unified hierarchy only, where a filter is fixed at boot.
    """
    _allow(_group(pid), _rule(numbers))


def deny(pid: int, numbers: tuple[int, int]) -> None:
    """Take a block device away from a host; its inner groups lose it too."""
    (_group(pid) / "devices.deny").write_text(_rule(numbers))


def _allow(group: Path, rule: str) -> None:
    """An allowed device does not reach groups that are there already: tell each.

    A group with other devices than the one above it is a unit that the host itself confines
    (``DevicePolicy=``): it stays as it is.
    """
    before = _list(group)
    (group / "devices.allow").write_text(rule)
    for inner in group.iterdir():
        if inner.is_dir() and _list(inner) == before:
            _allow(inner, rule)


def _list(group: Path) -> set[str]:
    return set((group / "devices.list").read_text().splitlines())


def _rule(numbers: tuple[int, int]) -> str:
    return f"b {numbers[0]}:{numbers[1]} rwm"


def _group(pid: int) -> Path:
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "devices":
            # systemd has moved itself one level down; the host's own group is what counts
            return _LEGACY / path.removesuffix("/init.scope").lstrip("/")
    raise BentreError(
        "this machine has no cgroup v1 devices controller: a running host takes no new disk",
        "stop the server, attach the volume, start it",
    )
