"""The golden snapshot: a lab that was just built, kept to begin the next one from.

It holds the services' data, secrets and certificates, so it is as secret as the lab itself (0600).
Images are not packed: they are linked from the cache.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from bentre_infra.hosts.cgroup import Cgroup
from bentre_infra.lab import catalogue, environment
from bentre_infra.lab.catalogue import GuestFile
from bentre_infra.lab.layout import Layout
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

_PARTS = ("data", "secrets", "tls")
_PACKAGES = ("mariadb-server", "ovn-central", "openvswitch-switch")


def path(layout: Layout, contents: str, images: tuple[GuestFile, ...]) -> Path:
    """Where the snapshot lies for a lab with these contents.

    Args:
        layout: its folders; their paths stand in the databases.
        contents: version of what the lab's tasks make.
        images: the guest images that it offers.
    """
    digest = hashlib.sha256(environment.REQUIREMENTS.read_bytes())
    digest.update(f"{contents} {layout.root} {catalogue.version(images)}".encode())
    # the databases' file formats
    digest.update(run(["dpkg-query", "--show", *_PACKAGES]).encode())
    return layout.cache / "lab" / f"golden-{digest.hexdigest()[:16]}.tar.zst"


def store(layout: Layout, cgroup: Cgroup, target: Path) -> None:
    """Take the snapshot of a running lab; snapshots of other contents are removed.

    Every process is held still while the files are read, so the snapshot is what a power cut would
    leave, and the databases recover from it as they do from one. That costs the less time in each
    later start the less is left to recover: have them write their pages before.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="golden-", dir=target.parent) as name:
        raw, packed = Path(name) / "raw.tar", Path(name) / "packed"
        with cgroup.frozen():
            run(
                [
                    *("tar", "--create", "--sparse", "--file", raw),
                    *("--directory", layout.root, f"--exclude={catalogue.STORE}/*", *_PARTS),
                ]
            )
        run(["zstd", "--quiet", "-3", "--threads=0", raw, "-o", packed])
        packed.chmod(0o600)
        packed.replace(target)
    for other in target.parent.glob("golden-*.tar.zst"):
        if other != target:
            other.unlink()


def restore(layout: Layout, snapshot: Path) -> None:
    """Lay a lab's contents from its snapshot; the lab must hold none.

    Raises:
        BentreError: the snapshot is damaged; it is removed, so that the next start builds anew.
    """
    try:
        run(["tar", "--extract", "--zstd", "--file", snapshot, "--directory", layout.root])
        files = json.loads((layout.root / catalogue.FILES).read_text())
        for image_id, file in files.items():
            target = layout.root / catalogue.STORE / image_id
            try:
                # nothing writes into an image in place, neither here nor in the cache
                os.link(file, target)
            except OSError:  # another file system
                run(["cp", "--sparse=always", file, target])
    except (BentreError, OSError, ValueError) as e:
        snapshot.unlink(missing_ok=True)
        layout.remove_data()
        raise BentreError(
            f"{snapshot}: the snapshot cannot be used: {e}", "bentre lab up builds the lab anew"
        ) from e
