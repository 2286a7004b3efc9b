"""Images of Glance on the compute hosts: fetched once, mounted read-only, shared by all guests."""

from pathlib import Path
from typing import Any

from nova import exception
from nova.virt import images

from bentre_infra.hosts import mounts
from bentre_infra.runtime.lock import MachineLock


class ImageCache:
    """The images that instances stand on.

    Args:
        folder: ``ID.ext4`` and its mount point ``ID`` lie in it; shared by all compute hosts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lower(self, context: Any, image_id: str) -> Path:
        """The mounted root file system of an image, fetched from Glance when it is not there.

        Raises:
            ImageUnacceptable: the image is no ext4 file system without a partition table.
        """
        at = self._folder / image_id
        if at.is_mount():
            return at
        file = at.with_suffix(".ext4")
        with MachineLock("lab-images"):
            if not file.exists():
                self._folder.mkdir(parents=True, exist_ok=True)
                fetched = at.with_suffix(".fetched")
                images.fetch_to_raw(context, image_id, str(fetched))
                if not mounts.is_ext4(fetched):
                    fetched.unlink()
                    raise exception.ImageUnacceptable(
                        image_id=image_id,
                        reason="the lab boots an ext4 file system without a partition table only",
                    )
                fetched.replace(file)
            mounts.mount_ext4(file, at, read_only=True)
        return at

    def keep(self, used: set[str]) -> None:
        """Remove every image but those named."""
        with MachineLock("lab-images"):
            for file in self._folder.glob("*.ext4"):
                if file.stem not in used:
                    mounts.unmount(file.with_suffix(""))
                    file.with_suffix("").rmdir()
                    file.unlink()
