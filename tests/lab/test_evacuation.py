"""A compute host dies: its servers are made anew on the other one, with disks and volumes."""

import pytest

from bentre_infra.hosts.sweep import lab_podman
from bentre_infra.lab import status
from bentre_infra.lab.layout import CHASSIS, Layout
from bentre_infra.lab.supervisor import Supervisor
from tests.waiting import PATIENCE, eventually

pytestmark = [pytest.mark.lab, pytest.mark.exclusive]

DEAD, GATEWAY = "lab2", "lab1"  # the way out is the first host's alone
OF_A_HOST = ("nova-compute", "ovn-controller", "vswitchd", "ovsdb")


class DeadHost:
    """A compute host whose power has gone, until the end of the test."""

    def __init__(self, lab, admin, host):
        self._layout = Layout.of(lab.paths)
        self._supervisor = Supervisor(self._layout.supervisor_socket)
        number = next(c.number for c in CHASSIS if c.host == host)
        self._names = [f"{name}-{number}" for name in OF_A_HOST]
        self._admin, self._host = admin, host

    def __enter__(self):
        for name in self._names:
            self._supervisor.stop_service(self._layer(name), name)
        podman = lab_podman(self._host)
        for container in podman.list():
            podman.stop(container.name, grace=0)
        self._forced(True)
        return self

    def __exit__(self, *_):
        for name in reversed(self._names):
            self._supervisor.start_service(self._layer(name), name)
        eventually(self._healthy)
        self._forced(False)
        eventually(lambda: self._service().state == "up")

    def _layer(self, name):
        return self._supervisor.processes()[name].layer

    def _healthy(self):
        found = {s.name: s for s in status.read(self._layout).services}
        return all(found[name].healthy for name in self._names)

    def _service(self):
        found = self._admin.compute.services(binary="nova-compute", host=self._host)
        return next(iter(found))

    def _forced(self, down):
        self._admin.compute.update_service_forced_down(self._service(), forced=down)


def test_servers_of_a_dead_host_go_on_at_the_other_with_disks_and_volumes(lab, tenant, admin):
    net = tenant.network()
    tenant.router(net)
    group = tenant.security_group(22)

    def host(of):
        return admin.compute.get_server(of.id).hypervisor_hostname

    server = other = tenant.server(net, group=group)
    if host(other) != DEAD:
        server = tenant.server(net, group=group, scheduler_hints={"different_host": [other.id]})
        # the hint holds for an evacuation, too
        tenant.cloud.compute.delete_server(other)
        tenant.cloud.compute.wait_for_delete(other, wait=PATIENCE)
    assert host(server) == DEAD
    volume = tenant.volume()
    tenant.cloud.compute.create_volume_attachment(server, volume_id=volume.id)
    storage = tenant.cloud.block_storage
    storage.wait_for_status(volume, "in-use", interval=0.3, wait=PATIENCE)
    guest = tenant.guest(server, net).wait_booted()
    guest.ssh("echo on the root >kept; sync")
    guest.ssh("echo on the volume | sudo dd of=/dev/vdb conv=fsync status=none")

    def is_whole():
        guest.wait()
        assert guest.ssh("cat kept") == "on the root"
        assert guest.ssh("sudo head -n 1 /dev/vdb") == "on the volume"

    with DeadHost(lab, admin, DEAD):
        admin.compute.evacuate_server(server)
        eventually(lambda: host(server) == GATEWAY)
        # since microversion 2.95 the operator starts it, once sure that the host is dead
        compute = tenant.cloud.compute
        compute.wait_for_server(server, status="SHUTOFF", wait=PATIENCE, interval=0.3)
        compute.start_server(server)
        compute.wait_for_server(server, wait=PATIENCE, interval=0.3)
        is_whole()
    # the one that was dead gives up what is not its own any more, and nothing else
    assert host(server) == GATEWAY
    eventually(lambda: tenant.cloud.compute.get_server(server.id).status == "ACTIVE")
    is_whole()
    assert tenant.server(net, scheduler_hints={"different_host": [server.id]})
