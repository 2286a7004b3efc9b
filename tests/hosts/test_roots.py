"""The root of a server: an overlay over an image, captured while it is written to."""

import itertools
import os
import subprocess
import threading

import pytest

from bentre_infra.hosts import mounts
from bentre_infra.lab.drivers.roots import Root

MIB = 1024**2


@pytest.fixture
def lower(tmp_path):
    """A mounted image with more in it than fits into what a small image has room for."""
    content = tmp_path / "content"
    (content / "etc").mkdir(parents=True)
    (content / "etc/issue").write_text("image")
    (content / "library").write_bytes(os.urandom(120 * MIB))
    mounts.pack_ext4(content, tmp_path / "image", "image")
    mounts.mount_ext4(tmp_path / "image", tmp_path / "lower", read_only=True)
    yield tmp_path / "lower"
    for point in mounts.below(tmp_path):
        mounts.unmount(point)


@pytest.fixture
def root(tmp_path, lower):
    (tmp_path / "instance").mkdir()
    made = Root(tmp_path / "instance")
    made.mount_image(lambda: lower, 1)
    yield made
    made.unmount()


def look(image, at) -> dict[str, str]:
    """What an image holds, after a check that found nothing to mend."""
    subprocess.run(["e2fsck", "-fn", image], check=True, capture_output=True)
    mounts.mount_ext4(image, at, read_only=True)
    try:
        assert (at / "library").stat().st_size == 120 * MIB
        return {n: (at / n).read_text() for n in ("etc/issue", "kept") if (at / n).exists()}
    finally:
        mounts.unmount(at)


def test_capture_of_a_root_that_is_written_to(root, lower, tmp_path):
    (root.path / "kept").write_text("kept")
    (root.path / "etc/issue").write_text("changed")
    # a directory that has lost what came from the image: an overlay tidies it up when it is read
    (root.path / "new").mkdir()
    (root.path / "etc/issue").rename(root.path / "new/issue")
    (root.path / "new/issue").rename(root.path / "etc/issue")
    over = threading.Event()

    def write() -> None:
        for number in itertools.count():
            if over.is_set():
                return
            (root.path / f"log{number % 50}").write_text("line\n" * 1000)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        root.capture(lower, tmp_path / "captured")
    finally:
        over.set()
        writer.join(60)
    assert not writer.is_alive()
    assert look(tmp_path / "captured", tmp_path / "at") == {"etc/issue": "changed", "kept": "kept"}
    assert sorted(p.name for p in (tmp_path / "instance").iterdir()) == ["disk", "root", "rw"]


def test_capture_of_a_stopped_root(root, lower, tmp_path):
    (root.path / "kept").write_text("kept")
    root.unmount()
    root.capture(lower, tmp_path / "captured")
    assert look(tmp_path / "captured", tmp_path / "at") == {"etc/issue": "image", "kept": "kept"}


def test_capture_after_one_that_was_killed(root, lower, tmp_path):
    instance = tmp_path / "instance"
    mounts.make_ext4(instance / "copy", 64 * MIB, "left")
    mounts.mount_ext4(instance / "copy", instance / "copy.rw")
    root.capture(lower, tmp_path / "captured")
    assert "etc/issue" in look(tmp_path / "captured", tmp_path / "at")


def test_disk_of_a_bigger_flavor_grows(root, lower):
    root.unmount()
    root.mount_image(lambda: lower, 2)
    size = os.statvfs(root.path)
    assert size.f_blocks * size.f_frsize > 1900 * MIB
