"""cinder's volume driver of the lab: a volume is a sparse file."""

import os
import shutil
from pathlib import Path
from typing import Any

from cinder import interface
from cinder.image import image_utils
from cinder.volume import driver, volume_utils

from bentre_infra.hosts import loop
from bentre_infra.hosts.freeze import frozen, thaw
from bentre_infra.runtime.process import run

_GIB = 1024**3


@interface.volumedriver
class FileVolumeDriver(driver.VolumeDriver):  # type: ignore[misc]
    """Volumes and snapshots in ``volumes`` of the lab's folder (``BENTRE_LAB_STATE``)."""

    VERSION = "1.0.0"
    CI_WIKI_NAME = "none"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._folder = Path(os.environ["BENTRE_LAB_STATE"]) / "volumes"

    def check_for_setup_error(self) -> None:
        """Make the folder; let file systems go on that a killed process left frozen."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in self._folder.iterdir():
            thaw(file)

    def local_path(self, thing: Any) -> str:
        """The file of a volume or a snapshot."""
        return str(self._file(thing))

    def create_volume(self, volume: Any) -> None:
        """Make an empty volume."""
        self._size(self._file(volume), volume["size"])

    def delete_volume(self, volume: Any) -> None:
        """Delete a volume."""
        self._file(volume).unlink(missing_ok=True)

    def create_snapshot(self, snapshot: Any) -> None:
        """Copy a volume as it is at one moment, also while it is mounted."""
        self._copy(snapshot["volume"], snapshot, snapshot["volume_size"])

    def delete_snapshot(self, snapshot: Any) -> None:
        """Delete a snapshot."""
        self._file(snapshot).unlink(missing_ok=True)

    def create_volume_from_snapshot(self, volume: Any, snapshot: Any) -> None:
        """Make a volume with a snapshot's content."""
        self._copy(snapshot, volume, volume["size"])

    def create_cloned_volume(self, volume: Any, src_vref: Any) -> None:
        """Make a volume with another volume's content."""
        self._copy(src_vref, volume, volume["size"])

    def extend_volume(self, volume: Any, new_size: int) -> None:
        """Make a volume longer; nova tells the server that has it."""
        self._size(self._file(volume), new_size)
        loop.grown(self._file(volume))

    def copy_image_to_volume(
        self,
        context: Any,
        volume: Any,
        image_service: Any,
        image_id: str,
        disable_sparse: bool = False,
    ) -> None:
        """Fill a volume with an image's content."""
        image_utils.fetch_to_raw(
            context,
            image_service,
            image_id,
            self.local_path(volume),
            self.configuration.volume_dd_blocksize,
            size=volume["size"],
            run_as_root=False,
            disable_sparse=disable_sparse,
        )
        self._size(self._file(volume), volume["size"])

    def copy_volume_to_image(
        self, context: Any, volume: Any, image_service: Any, image_meta: Any
    ) -> None:
        """Make an image of a volume as it is at one moment."""
        copy = self._file(volume).with_suffix(".upload")
        try:
            self._duplicate(self._file(volume), copy)
            volume_utils.upload_volume(
                context, image_service, image_meta, str(copy), volume, run_as_root=False
            )
        finally:
            copy.unlink(missing_ok=True)

    def ensure_export(self, context: Any, volume: Any) -> None:
        """A file needs no export: every compute host of the lab is on this machine."""

    def create_export(self, context: Any, volume: Any, connector: Any) -> None:
        """A file needs no export."""

    def remove_export(self, context: Any, volume: Any) -> None:
        """A file needs no export."""

    def initialize_connection(self, volume: Any, connector: Any) -> dict[str, Any]:
        """Where the lab's compute driver finds the volume."""
        return {
            "driver_volume_type": "local",
            "data": {"device_path": self.local_path(volume), "volume_id": volume["id"]},
        }

    def terminate_connection(self, volume: Any, connector: Any, **kwargs: Any) -> None:
        """The compute driver has given the loop device back."""

    def _update_volume_stats(self) -> None:
        usage = shutil.disk_usage(self._folder)
        self._stats = {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name"),
            "vendor_name": "bentre",
            "driver_version": self.VERSION,
            "storage_protocol": "local",
            "total_capacity_gb": usage.total // _GIB,
            "free_capacity_gb": usage.free // _GIB,
            "reserved_percentage": self.configuration.safe_get("reserved_percentage"),
            "max_over_subscription_ratio": self.configuration.safe_get(
                "max_over_subscription_ratio"
            ),
            "provisioned_capacity_gb": self._provisioned(),
            "thin_provisioning_support": True,
            "thick_provisioning_support": False,
            "multiattach": False,
            "QoS_support": False,
        }

    def _provisioned(self) -> float:
        return sum(file.stat().st_size for file in self._folder.glob("volume-*")) / _GIB

    def _file(self, thing: Any) -> Path:
        return self._folder / str(thing["name"])

    def _copy(self, source: Any, target: Any, gib: int) -> None:
        self._duplicate(self._file(source), self._file(target))
        self._size(self._file(target), gib)

    def _duplicate(self, source: Path, target: Path) -> None:
        with frozen(source):
            run(["cp", "--sparse=always", "--reflink=auto", source, target])

    def _size(self, file: Path, gib: int) -> None:
        """Make a file at least so long; it takes no room before it is written to."""
        with file.open("ab") as handle:
            if handle.tell() < gib * _GIB:
                handle.truncate(gib * _GIB)
