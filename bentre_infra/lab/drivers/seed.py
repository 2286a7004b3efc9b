"""Metadata and user data, as files of a config drive that cloud-init reads from its seed folder."""

import shutil
from pathlib import Path
from typing import Any

from nova.api.metadata import base

# cloud-init, DataSourceConfigDrive: the folder stands for a mounted config drive
TARGET = "/var/lib/cloud/seed/config_drive"


def write(
    folder: Path, instance: Any, network_info: Any, files: Any, admin_password: str | None
) -> None:
    """Write nova's config drive of an instance into a folder, readable by root alone.

    It is bound into the guest read-only: nothing of it comes into an image made from the guest.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True)
    extra = {"admin_pass": admin_password} if admin_password else {}
    metadata = base.InstanceMetadata(
        instance, content=files, extra_md=extra, network_info=network_info
    )
    for path, content in metadata.metadata_for_config_drive():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
