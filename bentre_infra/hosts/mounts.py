"""Root file systems: ext4 files and overlays (mount(8), overlayfs of the kernel)."""

import time
from pathlib import Path

from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

_EXT4_MAGIC = (0x438, b"\x53\xef")  # ext4(5): s_magic of the superblock
_UNMOUNT_TRIES = 50
_UNMOUNT_PAUSE = 0.1  # seconds


def is_ext4(file: Path) -> bool:
    """Whether a file or a block device holds an ext4 file system, without a partition table."""
    offset, magic = _EXT4_MAGIC
    with file.open("rb") as handle:
        handle.seek(offset)
        return handle.read(len(magic)) == magic


def make_ext4(file: Path, size: int, label: str) -> None:
    """Make a sparse file of ``size`` bytes with an empty ext4 file system."""
    with file.open("wb") as handle:
        handle.truncate(size)
    lazy = "lazy_itable_init=1,lazy_journal_init=1"
    run(["mkfs.ext4", "-q", "-F", "-m", "0", "-E", lazy, "-L", label, file])


def pack_ext4(folder: Path, file: Path, label: str) -> None:
    """Write a folder's content into a new sparse ext4 file, with little room to spare.

    It needs neither a mount nor a loop device (mke2fs(8), ``-d``).
    """
    used = int(run(["du", "-s", "--block-size=1", folder]).split()[0])
    mib = 1024**2
    with file.open("wb") as handle:
        handle.truncate((used * 115 // 100 + 48 * mib) // mib * mib)
    room = ["-m", "1", "-i", "8192"]
    run(["mke2fs", "-q", "-F", "-t", "ext4", *room, "-L", label, "-d", folder, file])


def fill_ext4(file: Path) -> None:
    """Check an ext4 file that is not mounted, and let its file system fill it.

    Raises:
        BentreError: the file system has errors that e2fsck(8) does not mend by itself.
    """
    # 0: clean, 1: mended (e2fsck(8), exit codes); resize2fs wants a check since the last mount
    run(["sh", "-c", 'e2fsck -fp "$1" >/dev/null || [ $? = 1 ]', "sh", file])
    run(["resize2fs", file])


def mount_ext4(file: Path, at: Path, *, read_only: bool = False) -> None:
    """Mount an ext4 file; nothing to do when it is mounted there.

    A read-only mount leaves the file as it is: the journal is not replayed.
    """
    if at.is_mount():
        return
    at.mkdir(parents=True, exist_ok=True)
    run(["mount", "-t", "ext4", "-o", "loop,ro,noload" if read_only else "loop", file, at])


def mount_overlay(lower: Path, rw: Path, at: Path) -> None:
    """Mount a writable view of ``lower``; what is changed goes into ``rw`` (upper and work)."""
    if at.is_mount():
        return
    upper, work = rw / "upper", rw / "work"
    for folder in (upper, work, at):
        folder.mkdir(parents=True, exist_ok=True)
    # the mode of the root directory that the host sees, whatever the caller's umask
    upper.chmod(0o755)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    run(["mount", "-t", "overlay", "overlay", "-o", options, at])


def below(folder: Path) -> list[Path]:
    """Mount points in a folder or at it, innermost first (proc(5), mountinfo)."""
    points = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = Path(line.split()[4].replace("\\040", " "))
        if point == folder or folder in point.parents:
            points.append(point)
    return points[::-1]


def unmount(at: Path) -> None:
    """Unmount; nothing to do when nothing is mounted there.

    The last processes of a host that was killed may hold it for a moment. It is never detached
    lazily: the same disk could then be mounted twice.

    Raises:
        BentreError: it is still in use after some seconds.
    """
    for _ in range(_UNMOUNT_TRIES):
        if not at.is_mount():
            return
        try:
            run(["umount", at])
        except BentreError as error:
            if "busy" not in str(error):
                raise
            time.sleep(_UNMOUNT_PAUSE)
    if at.is_mount():
        raise BentreError(f"{at}: still in use", f"fuser -vm {at} names who holds it")
