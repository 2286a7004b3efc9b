import json

import pytest

from bentre_infra.lab import catalogue, golden
from bentre_infra.lab.catalogue import GuestFile
from bentre_infra.runtime.errors import BentreError


@pytest.fixture
def built(layout, secrets, tmp_path):
    image = tmp_path / "image"
    image.write_bytes(b"disk")
    store = layout.root / catalogue.STORE
    store.mkdir(parents=True)
    (store / "the-id").write_bytes(b"disk")
    (layout.root / catalogue.FILES).write_text(json.dumps({"the-id": str(image)}))
    (layout.data / "database").write_text("rows")
    (layout.instances / "server").mkdir()
    return layout


@pytest.fixture
def snapshot(built, cgroup, tmp_path):
    target = tmp_path / "cache" / "lab" / "golden-1.tar.zst"
    target.parent.mkdir(parents=True)
    (target.parent / "golden-0.tar.zst").touch()
    golden.store(built, cgroup, target)
    return target


def test_a_snapshot_is_secret_and_takes_the_place_of_older_ones(snapshot):
    assert snapshot.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in snapshot.parent.iterdir()] == ["golden-1.tar.zst"]


def test_what_is_stored_comes_back_with_images_from_the_cache(built, secrets, snapshot):
    password = secrets["admin"]
    built.remove_data()
    built.make()
    golden.restore(built, snapshot)
    assert (built.data / "database").read_text() == "rows"
    assert secrets["admin"] == password
    assert (built.root / catalogue.STORE / "the-id").read_bytes() == b"disk"
    assert list(built.instances.iterdir()) == []


def test_a_damaged_snapshot_is_named_and_removed(built, snapshot):
    built.remove_data()
    built.make()
    snapshot.write_bytes(snapshot.read_bytes()[:100])
    with pytest.raises(BentreError, match=r"golden-1\.tar\.zst: the snapshot cannot be used"):
        golden.restore(built, snapshot)
    assert not snapshot.exists()
    assert not (built.data / "database").exists()


def test_another_image_is_another_snapshot(layout, tmp_path):
    one = (GuestFile("debian12", tmp_path / "a", "1"),)
    two = (GuestFile("debian12", tmp_path / "a", "2"),)
    assert golden.path(layout, "c", one) == golden.path(layout, "c", one)
    assert golden.path(layout, "c", one) != golden.path(layout, "c", two)
    assert golden.path(layout, "c", one) != golden.path(layout, "d", one)
