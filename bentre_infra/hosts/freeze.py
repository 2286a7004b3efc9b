"""A file system that stands still while its disk is copied (FIFREEZE, fsfreeze(8))."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bentre_infra.hosts import loop

# include/uapi/linux/fs.h
_FIFREEZE = 0xC0045877
_FITHAW = 0xC0045878


@contextmanager
def frozen(file: Path) -> Iterator[None]:
    """Freeze the file system that is mounted from a file, wherever it is mounted; then thaw it.

    Nothing is frozen when the file is not mounted. What was written is in the file meanwhile.
    """
    point = _mount_point(file)
    handle = None if point is None else os.open(point, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if handle is not None:
            fcntl.ioctl(handle, _FIFREEZE, 0)
        try:
            loop.flush(file)
            yield
        finally:
            if handle is not None:
                fcntl.ioctl(handle, _FITHAW, 0)
    finally:
        if handle is not None:
            os.close(handle)


def thaw(file: Path) -> None:
    """Let a file system go on that a killed process left frozen; nothing to do otherwise."""
    point = _mount_point(file)
    if point is None:
        return
    handle = os.open(point, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(handle, _FITHAW, 0)
    except OSError as error:
        if error.errno != errno.EINVAL:  # EINVAL: it is not frozen
            raise
    finally:
        os.close(handle)


def _mount_point(file: Path) -> Path | None:
    """A path to a mount of a file's loop device, in any process's mount namespace."""
    numbers = {":".join(map(str, loop.numbers(device))) for device in loop.devices(file)}
    if not numbers:
        return None
    seen = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            namespace = (process / "ns/mnt").readlink()
            if namespace in seen:
                continue
            seen.add(namespace)
            mounts = (process / "mountinfo").read_text()
        except OSError:  # the process has ended
            continue
        for line in mounts.splitlines():
            fields = line.split()
            if fields[2] in numbers:
                return process / "root" / fields[4].lstrip("/")
    return None
