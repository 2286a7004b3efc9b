"""The root file system of an instance: an overlay over its image, or a volume's own content."""

from collections.abc import Callable
from pathlib import Path

from bentre_infra.hosts import mounts
from bentre_infra.hosts.freeze import frozen
from bentre_infra.runtime.process import run

_GIB = 1024**3


class Root:
    """The root of one instance; its files are in the instance's folder.

    Args:
        folder: the instance's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._disk = folder / "disk"
        self._rw = folder / "rw"
        self._copy = folder / "copy"
        self._copy_rw = folder / "copy.rw"
        self._copy_root = folder / "copy.root"
        self.path = folder / "root"

    def mount_image(self, lower: Callable[[], Path], gib: int) -> None:
        """Mount the image with what the instance has written, on a disk of ``gib`` GiB.

        The disk is a sparse file with a file system of its own: a limit that the guest meets as
        ``No space left on device``. A bigger flavor makes it grow; it never shrinks.
        """
        if self.path.is_mount():
            return
        size = gib * _GIB
        if not self._disk.exists():
            part = self._disk.with_suffix(".part")
            mounts.make_ext4(part, size, "bentre-root")
            part.replace(self._disk)
        elif self._disk.stat().st_size < size:
            with self._disk.open("r+b") as disk:
                disk.truncate(size)
            mounts.fill_ext4(self._disk)
        mounts.mount_ext4(self._disk, self._rw)
        mounts.mount_overlay(lower(), self._rw, self.path)

    def mount_volume(self, file: Path) -> None:
        """Mount a volume as it is; its file system is made to fill it."""
        if self.path.is_mount():
            return
        mounts.fill_ext4(file)
        mounts.mount_ext4(file, self.path)

    def unmount(self) -> None:
        """Release the disk."""
        self._forget_copy()
        mounts.unmount(self.path)
        mounts.unmount(self._rw)

    def capture(self, lower: Path, file: Path) -> None:
        """Write the root as it is at one moment into a new ext4 file; the server may run.

        The file system is frozen only while its disk is copied, and what is read is the copy: an
        overlay may want to write while it is read, and would wait for the thaw for ever.

        Args:
            lower: the mounted image below the root.
            file: what to write.
        """
        self._forget_copy()
        try:
            with frozen(self._disk):
                run(["cp", "--sparse=always", "--reflink=auto", self._disk, self._copy])
            mounts.mount_ext4(self._copy, self._copy_rw)
            mounts.mount_overlay(lower, self._copy_rw, self._copy_root)
            mounts.pack_ext4(self._copy_root, file, "snapshot")
        finally:
            self._forget_copy()

    def _forget_copy(self) -> None:
        for point in (self._copy_root, self._copy_rw):
            mounts.unmount(point)
            if point.exists():
                point.rmdir()
        self._copy.unlink(missing_ok=True)

    @property
    def disk(self) -> Path:
        """The file with what the instance has written over its image."""
        return self._disk
