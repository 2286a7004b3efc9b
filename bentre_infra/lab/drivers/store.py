"""What a compute host keeps of an instance, in a folder that all compute hosts share."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Volume:
    """A Cinder volume in an instance.

    Attributes:
        device: its name in the guest, for example ``/dev/vdb``.
        file: the file that it is in.
        volume_id: Cinder's id.
    """

    device: str
    file: str
    volume_id: str


@dataclass(frozen=True)
class Record:
    """An instance as a compute host left it.

    Attributes:
        name: nova's instance name: that of its container and of its network namespace.
        owner: the compute host that may write to its disks now; empty while none does.
        image: Glance's id of the image below its root, or empty.
        root_volume: the file of the volume that is its root, or empty.
        volumes: the volumes beside the root.
    """

    name: str
    owner: str
    image: str
    root_volume: str
    volumes: tuple[Volume, ...] = ()


class Store:
    """One folder an instance, named by its UUID: record, disk, seed, console.

    Args:
        folder: nova's ``instances_path``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, uuid: str) -> Path:
        """The folder of an instance."""
        return self.folder / uuid

    def load(self, uuid: str) -> Record | None:
        """The record of an instance; None when there is none."""
        try:
            text = (self.of(uuid) / "record.json").read_text()
        except FileNotFoundError:
            return None
        fields = json.loads(text)
        fields["volumes"] = tuple(Volume(**v) for v in fields["volumes"])
        return Record(**fields)

    def save(self, uuid: str, record: Record) -> None:
        """Write a record, whole or not at all."""
        folder = self.of(uuid)
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / "record.part"
        part.write_text(json.dumps(asdict(record), indent=2))
        part.replace(folder / "record.json")

    def remove(self, uuid: str) -> None:
        """Delete an instance's folder; nothing may be mounted in it."""
        if self.of(uuid).exists():
            shutil.rmtree(self.of(uuid))

    def all(self) -> dict[str, Record]:
        """Every record, by UUID."""
        found = {}
        for file in self.folder.glob("*/record.json"):
            record = self.load(file.parent.name)
            if record is not None:
                found[file.parent.name] = record
        return found
