"""Volumes in servers: data that outlives them, roots, growth, snapshots of what is in use."""

import pytest

from tests.waiting import PATIENCE, eventually

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def place(shared):
    """A network with a router, and a group that lets SSH in."""
    net = shared.network("10.97.0.0/24")
    shared.router(net)
    return net, shared.security_group(22)


@pytest.fixture
def boot(tenant, place):
    """Boot a server and wait for SSH."""
    net, group = place

    def booted(**more):
        server = tenant.server(net, group=group, **more)
        return server, tenant.guest(server, net).wait()

    return booted


@pytest.fixture
def storage(tenant):
    return tenant.cloud.block_storage


def attach(tenant, server, volume) -> str:
    """Attach a volume; its path in the guest, by the serial number that Cinder's id gives."""
    tenant.cloud.compute.create_volume_attachment(server, volume_id=volume.id)
    tenant.cloud.block_storage.wait_for_status(volume, "in-use", interval=0.3, wait=PATIENCE)
    return f"/dev/disk/by-id/virtio-{volume.id[:20]}"


def detach(tenant, server, volume) -> None:
    tenant.cloud.compute.delete_volume_attachment(server, volume.id)
    tenant.cloud.block_storage.wait_for_status(volume, "available", interval=0.3, wait=PATIENCE)


def test_data_outlives_the_server(boot, tenant):
    volume = tenant.volume()
    server, guest = boot()
    disk = attach(tenant, server, volume)
    guest.ssh(f"sudo mkfs.ext4 -q -L data {disk} && sudo mount {disk} /mnt")
    guest.ssh("echo 'Bến Tre' | sudo tee /mnt/name")
    detach(tenant, server, volume)
    _, other = boot(image="debian13")
    other_server = tenant.cloud.compute.get_server(_.id)
    disk = attach(tenant, other_server, volume)
    other.ssh(f"sudo mount {disk} /mnt")
    assert other.ssh("cat /mnt/name") == "Bến Tre"
    detach(tenant, other_server, volume)


def test_detach_while_mounted_loses_nothing(boot, tenant):
    volume = tenant.volume()
    server, guest = boot()
    disk = attach(tenant, server, volume)
    guest.ssh(f"sudo mkfs.ext4 -q {disk} && sudo mount {disk} /mnt && echo in | sudo tee /mnt/f")
    detach(tenant, server, volume)
    assert guest.ssh("findmnt /mnt || echo gone") == "gone"
    assert guest.ssh(f"test -e {disk} || echo gone") == "gone"
    disk = attach(tenant, server, volume)
    assert guest.ssh(f"sudo mount {disk} /mnt && cat /mnt/f") == "in"
    detach(tenant, server, volume)


def test_volume_in_fstab_is_there_after_a_reboot(boot, tenant):
    volume = tenant.volume()
    server, guest = boot()
    disk = attach(tenant, server, volume)
    guest.ssh(f"sudo mkfs.ext4 -q -L srv-data {disk} && sudo mkdir /srv/data")
    guest.ssh("echo 'LABEL=srv-data /srv/data ext4 defaults 0 2' | sudo tee -a /etc/fstab")
    guest.ssh("sudo mount -a && echo in | sudo tee /srv/data/f && sudo touch /run/before")
    tenant.cloud.compute.reboot_server(server, "HARD")
    eventually(lambda: guest.ssh("test -e /run/before || echo anew") == "anew")
    eventually(lambda: guest.ssh("cat /srv/data/f") == "in")
    detach(tenant, server, volume)


def test_volume_grows_while_in_use(boot, tenant, storage):
    volume = tenant.volume()
    server, guest = boot()
    disk = attach(tenant, server, volume)
    guest.ssh(f"sudo mkfs.ext4 -q {disk} && sudo mount {disk} /mnt && echo in | sudo tee /mnt/f")
    storage.extend_volume(volume, 2)
    eventually(lambda: storage.get_volume(volume.id).size == 2)
    eventually(lambda: guest.ssh(f"sudo blockdev --getsize64 {disk}") == str(2 * 1024**3))
    # unmounted: growing a mounted file system takes a capability that the machine may lack
    guest.ssh(f"sudo umount /mnt && sudo e2fsck -fp {disk}; sudo resize2fs {disk}")
    guest.ssh(f"sudo mount {disk} /mnt && sudo fallocate -l 1500M /mnt/much")
    assert guest.ssh("cat /mnt/f") == "in"
    detach(tenant, server, volume)


def test_snapshot_of_a_mounted_volume_is_whole(boot, tenant, storage):
    volume = tenant.volume()
    server, guest = boot()
    disk = attach(tenant, server, volume)
    guest.ssh(f"sudo mkfs.ext4 -q {disk} && sudo mount {disk} /mnt && echo in | sudo tee /mnt/f")
    guest.ssh("sudo nohup sh -c 'while :; do date >>/mnt/log; done' >/dev/null 2>&1 &")
    snapshot = storage.create_snapshot(
        volume_id=volume.id, name=f"{tenant.name}-snapshot", force=True
    )
    storage.wait_for_status(snapshot, "available", interval=0.3, wait=PATIENCE)
    tenant.later(storage.wait_for_delete, snapshot, interval=0.3, wait=PATIENCE)
    tenant.later(storage.delete_snapshot, snapshot)
    copy = tenant.volume(snapshot_id=snapshot.id)
    disk = attach(tenant, server, copy)
    # the journal was empty when the copy was taken: clean without a repair
    assert guest.ssh(f"sudo e2fsck -fn {disk} >/dev/null && echo clean") == "clean"
    assert guest.ssh(f"sudo mkdir /copy && sudo mount {disk} /copy && cat /copy/f") == "in"
    detach(tenant, server, copy)
    detach(tenant, server, volume)


def test_server_boots_from_a_volume_and_its_content_outlives_it(tenant, place, storage):
    net, group = place
    image = tenant.cloud.image.find_image("debian12").id
    root = tenant.volume(2, image_id=image)
    mapping = [
        {
            "boot_index": 0,
            "uuid": root.id,
            "source_type": "volume",
            "destination_type": "volume",
            "delete_on_termination": False,
        }
    ]
    server = tenant.server(net, group=group, block_device_mapping=mapping)
    guest = tenant.guest(server, net).wait()
    assert int(guest.ssh("df --output=size -B1M / | tail -1")) > 1700
    guest.ssh("echo mine >mine; sync")
    snapshot = storage.create_snapshot(volume_id=root.id, name=tenant.name, force=True)
    storage.wait_for_status(snapshot, "available", interval=0.3, wait=PATIENCE)
    storage.delete_snapshot(snapshot)
    storage.wait_for_delete(snapshot, interval=0.3, wait=PATIENCE)
    tenant.cloud.compute.delete_server(server)
    tenant.cloud.compute.wait_for_delete(server, wait=PATIENCE, interval=0.3)
    storage.wait_for_status(root, "available", interval=0.3, wait=PATIENCE)
    again = tenant.server(net, group=group, block_device_mapping=mapping)
    assert tenant.guest(again, net).wait().ssh("cat mine") == "mine"
