"""Loop devices, file systems and freezing, on real files."""

import subprocess
import threading
import time

import pytest

from bentre_infra.hosts import loop, mounts
from bentre_infra.hosts.freeze import frozen, thaw
from bentre_infra.runtime.errors import BentreError

MIB = 1024**2


@pytest.fixture
def disk(tmp_path):
    """A file with an empty ext4 file system; nothing of it is mounted or attached afterwards."""
    file = tmp_path / "disk"
    mounts.make_ext4(file, 64 * MIB, "test")
    yield file
    for point in mounts.below(tmp_path):
        mounts.unmount(point)
    loop.detach(file)


def test_a_file_has_one_loop_device(disk):
    one = loop.attach(disk)
    assert loop.attach(disk) == one
    assert loop.devices(disk) == [one]
    loop.detach(disk)
    assert loop.devices(disk) == []
    loop.detach(disk)


def test_attaching_nothing_is_an_error(tmp_path):
    with pytest.raises(BentreError, match="no such file"):
        loop.attach(tmp_path / "none")


def test_a_disk_limits_what_is_written(disk, tmp_path):
    mounts.mount_ext4(disk, tmp_path / "at")
    mounts.mount_ext4(disk, tmp_path / "at")  # nothing to do
    with pytest.raises(OSError, match="No space left"):
        (tmp_path / "at/big").write_bytes(bytes(80 * MIB))


def test_a_disk_that_grows_is_filled(disk, tmp_path):
    with disk.open("r+b") as handle:
        handle.truncate(128 * MIB)
    mounts.fill_ext4(disk)
    mounts.mount_ext4(disk, tmp_path / "at")
    (tmp_path / "at/big").write_bytes(bytes(80 * MIB))


def test_overlay_writes_beside_its_image(disk, tmp_path):
    lower = tmp_path / "lower"
    lower.mkdir()
    (lower / "file").write_text("image")
    mounts.mount_ext4(disk, tmp_path / "rw")
    mounts.mount_overlay(lower, tmp_path / "rw", tmp_path / "root")
    (tmp_path / "root/file").write_text("changed")
    assert (lower / "file").read_text() == "image"
    assert (tmp_path / "root").stat().st_mode & 0o777 == 0o755


def test_a_folder_becomes_an_image(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "tệp").write_text("x")
    image = tmp_path / "image"
    mounts.pack_ext4(folder, image, "packed")
    assert mounts.is_ext4(image)
    assert not mounts.is_ext4(folder / "tệp")
    at = tmp_path / "at"
    mounts.mount_ext4(image, at, read_only=True)
    try:
        assert (at / "tệp").read_text() == "x"
        with pytest.raises(OSError, match="Read-only"):
            (at / "other").touch()
    finally:
        mounts.unmount(at)


def test_what_is_in_use_is_not_unmounted(disk, tmp_path, monkeypatch):
    monkeypatch.setattr(mounts, "_UNMOUNT_TRIES", 2)
    mounts.mount_ext4(disk, tmp_path / "at")
    with (tmp_path / "at/open").open("w"), pytest.raises(BentreError, match="still in use"):
        mounts.unmount(tmp_path / "at")


def test_a_frozen_file_system_waits_with_writes_and_its_copy_is_clean(disk, tmp_path):
    mounts.mount_ext4(disk, tmp_path / "at")
    (tmp_path / "at/before").write_text("in")
    written = threading.Event()

    def write() -> None:
        (tmp_path / "at/during").write_text("late")
        written.set()

    copy = tmp_path / "copy"
    with frozen(disk):
        writer = threading.Thread(target=write)
        writer.start()
        copy.write_bytes(disk.read_bytes())
        time.sleep(0.2)
        assert not written.is_set()
    writer.join(30)
    assert written.is_set()
    subprocess.run(["e2fsck", "-fn", copy], check=True, capture_output=True)
    listed = subprocess.run(
        ["debugfs", "-R", "ls", copy], check=True, capture_output=True, text=True
    )
    assert "before" in listed.stdout
    assert "during" not in listed.stdout


def test_thaw_mends_what_a_killed_process_left(disk, tmp_path):
    at = tmp_path / "at"
    mounts.mount_ext4(disk, at)
    thaw(disk)  # nothing to do
    subprocess.run(["fsfreeze", "--freeze", at], check=True)
    thaw(disk)
    (at / "file").write_text("goes on")


def test_nothing_is_frozen_when_nothing_is_mounted(disk):
    with frozen(disk):
        pass
