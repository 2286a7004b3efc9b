"""Files as block devices (loop(4), losetup(8))."""

import fcntl
from pathlib import Path

from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

_SYSFS = Path("/sys/block")
_LOOP_MAJOR = 7
# include/uapi/linux/fs.h: flush the buffers of a block device
_BLKFLSBUF = 0x1261


def devices(file: Path) -> list[Path]:
    """The loop devices that stand for a file now."""
    return [device for device, backing in attached() if backing == file.resolve()]


def attached() -> list[tuple[Path, Path]]:
    """Every loop device in use, with its file."""
    found = []
    for entry in _SYSFS.glob("loop*/loop/backing_file"):
        try:
            backing = entry.read_text().rstrip("\n")
        except OSError:  # detached since the listing
            continue
        found.append((Path("/dev") / entry.parents[1].name, Path(backing)))
    return found


def attach(file: Path) -> Path:
    """A loop device for a file: the one that it has, since two would not see each other's writes.

    Raises:
        BentreError: there is no such file, or no free loop device.
    """
    if not file.is_file():
        raise BentreError(f"{file}: no such file to attach")
    for device in devices(file):
        return device
    return Path(run(["losetup", "--find", "--show", file]).strip())


def detach(file: Path) -> None:
    """Give a file's loop devices back; one in use goes when its last user does (``losetup -d``)."""
    for device in devices(file):
        run(["losetup", "--detach", device])


def flush(file: Path) -> None:
    """Bring what was written through a file's loop devices into the file."""
    for device in devices(file):
        with device.open("rb") as handle:
            fcntl.ioctl(handle, _BLKFLSBUF)


def grown(file: Path) -> None:
    """Tell a file's loop devices that it has become longer."""
    for device in devices(file):
        run(["losetup", "--set-capacity", device])


def numbers(device: Path) -> tuple[int, int]:
    """Major and minor number of a loop device."""
    return _LOOP_MAJOR, int(device.name.removeprefix("loop"))
