"""Let a running host see a block device that it did not boot with."""

from pathlib import Path

from bentre_infra.runtime.errors import BentreError

_LEGACY = Path("/sys/fs/cgroup/devices")


def allow(pid: int, numbers: tuple[int, int]) -> None:
    """Allow a block device to the host whose PID 1 is given (cgroup v1, devices.allow).

    Raises:
        BentreError: the machine has the unified hierarchy only, where a filter is fixed at boot.
    """
    _write(pid, "devices.allow", numbers)


def deny(pid: int, numbers: tuple[int, int]) -> None:
    """Take a block device away again."""
    _write(pid, "devices.deny", numbers)


def _write(pid: int, file: str, numbers: tuple[int, int]) -> None:
    group = _group(pid)
    if group is None:
        raise BentreError(
            "this machine has no cgroup v1 devices controller: a running host takes no new disk",
            "stop the server, attach the volume, start it",
        )
    (group / file).write_text(f"b {numbers[0]}:{numbers[1]} rwm")


def _group(pid: int) -> Path | None:
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "devices":
            # systemd has moved itself one level down; the host's own group is what counts
            return _LEGACY / path.removesuffix("/init.scope").lstrip("/")
    return None
