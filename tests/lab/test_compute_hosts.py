"""Two compute hosts: apart, from one to the other, and away from a dead one."""

import pytest

from tests.waiting import PATIENCE, eventually

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def place(shared):
    """A network with a router, and a group that lets SSH in."""
    net = shared.network("10.98.0.0/24")
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


def host_of(admin, server) -> str:
    return admin.compute.get_server(server.id).hypervisor_hostname


def other_than(host: str) -> str:
    """The scheduler may choose the same host again, as a resize may."""
    return {"lab1": "lab2", "lab2": "lab1"}[host]


def wait(tenant, server, status: str) -> None:
    tenant.cloud.compute.wait_for_server(server, status=status, wait=PATIENCE, interval=0.3)


def test_hard_anti_affinity_places_two_apart_and_refuses_a_third(tenant, admin, place):
    net, group = place
    apart = tenant.cloud.compute.create_server_group(name=tenant.name, policy="anti-affinity")
    tenant.later(tenant.cloud.compute.delete_server_group, apart)
    hints = {"group": apart.id}
    one, two = (tenant.server(net, group=group, scheduler_hints=hints) for _ in range(2))
    assert {host_of(admin, one), host_of(admin, two)} == {"lab1", "lab2"}
    third = tenant.server(net, group=group, scheduler_hints=hints, wait=False)
    eventually(lambda: tenant.cloud.compute.get_server(third.id).status == "ERROR")
    assert "No valid host" in tenant.cloud.compute.get_server(third.id).fault["message"]
    # across the two chassis, over geneve
    guest = tenant.guest(one, net).wait()
    other = tenant.port_of(two, net).fixed_ips[0]["ip_address"]
    eventually(lambda: guest.ssh(f"ping -c1 -W2 {other} >/dev/null && echo ok") == "ok")


def test_cold_migration_and_its_confirmation(boot, tenant, admin):
    server, guest = boot()
    guest.ssh("echo kept >kept; sync")
    before = host_of(admin, server)
    admin.compute.migrate_server(server, host=other_than(before))
    wait(tenant, server, "VERIFY_RESIZE")
    tenant.cloud.compute.confirm_server_resize(server)
    wait(tenant, server, "ACTIVE")
    assert host_of(admin, server) != before
    guest.wait()
    assert guest.ssh("cat kept") == "kept"


def test_cold_migration_and_its_reversal(boot, tenant, admin):
    server, guest = boot()
    guest.ssh("echo kept >kept; sync")
    before = host_of(admin, server)
    admin.compute.migrate_server(server, host=other_than(before))
    wait(tenant, server, "VERIFY_RESIZE")
    guest.wait()
    guest.ssh("echo there >there; sync")
    tenant.cloud.compute.revert_server_resize(server)
    wait(tenant, server, "ACTIVE")
    assert host_of(admin, server) == before
    guest.wait()
    assert guest.ssh("cat kept there") == "kept\nthere"


def test_migration_takes_the_volumes_along(boot, tenant, admin):
    volume = tenant.volume()
    server, guest = boot()
    tenant.cloud.compute.create_volume_attachment(server, volume_id=volume.id)
    storage = tenant.cloud.block_storage
    storage.wait_for_status(volume, "in-use", interval=0.3, wait=PATIENCE)
    disk = f"/dev/disk/by-id/virtio-{volume.id[:20]}"
    before = host_of(admin, server)
    guest.ssh(f"sudo mkfs.ext4 -q {disk} && sudo mount {disk} /mnt && echo in | sudo tee /mnt/f")
    admin.compute.migrate_server(server, host=other_than(before))
    wait(tenant, server, "VERIFY_RESIZE")
    tenant.cloud.compute.confirm_server_resize(server)
    wait(tenant, server, "ACTIVE")
    guest.wait()
    assert guest.ssh(f"sudo mount {disk} /mnt && cat /mnt/f") == "in"
