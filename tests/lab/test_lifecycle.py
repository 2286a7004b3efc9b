"""The lab's life: it comes back with its servers and data, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bentre_infra.lab import lifecycle
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.progress import Progress
from tests.lab.machine import kill_everything, lab_processes, traces
from tests.lab.tenant import Tenant
from tests.waiting import PATIENCE, eventually

pytestmark = [pytest.mark.lab, pytest.mark.exclusive]

BENTRE = str(Path(sys.executable).parent / "bentre")
LEFT_BY_DESIGN = {"nftables"}  # the lab makes none, so there is none to see before either


@pytest.fixture(scope="module")
def tenant_of_all(lab, cloud):
    """Not ``shared``: that holds the lab for others too, and these tests take it for themselves."""
    with Tenant(cloud, lab.ssh_key) as made:
        yield made


@pytest.fixture(scope="module")
def guest(tenant_of_all):
    """A server with something on its root and on a volume."""
    net = tenant_of_all.network()
    tenant_of_all.router(net)
    server = tenant_of_all.server(net, group=tenant_of_all.security_group(22))
    volume = tenant_of_all.volume()
    cloud = tenant_of_all.cloud
    cloud.compute.create_volume_attachment(server, volume_id=volume.id)
    cloud.block_storage.wait_for_status(volume, "in-use", interval=0.3, wait=PATIENCE)
    guest = tenant_of_all.guest(server, net).wait_booted()
    guest.ssh("echo on the root | sudo tee /root/canary; sync")
    guest.ssh("echo on the volume | sudo dd of=/dev/vdb conv=fsync status=none")
    return guest


def _data_is_there(guest) -> None:
    guest.wait()
    assert guest.ssh("sudo cat /root/canary") == "on the root"
    assert guest.ssh("sudo head -n 1 /dev/vdb") == "on the volume"


def _up(lab) -> Progress:
    progress = Progress()
    lifecycle.up(lab.paths, progress)
    return progress


def _bentre(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([BENTRE, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_up_on_a_running_lab_does_nothing(lab):
    before = lab_processes()
    assert _up(lab).phases == []
    assert before
    assert lab_processes() >= before


def test_status_names_every_service_and_its_memory(lab):
    found = json.loads(_bentre("lab", "status", "--json").stdout)
    names = {s["name"] for s in found["services"]}
    assert {"keystone", "nova-compute-1", "nova-compute-2", "named", "swift", "mariadb"} <= names
    assert all(s["healthy"] and s["pid"] > 0 for s in found["services"])
    assert found["memory_mib"] > 500


def test_logs_are_found_by_the_services_names(lab):
    assert "uWSGI" in _bentre("lab", "logs", "keystone", "-n", "2000").stdout
    assert "no log of 'heat'" in _bentre("lab", "logs", "heat", code=1).stderr


def test_down_leaves_nothing_and_up_brings_servers_and_data_back(lab, guest):
    state = lab.paths.lab
    before = traces(state)
    unseen = [kind for kind, found in before.items() if not found and kind not in LEFT_BY_DESIGN]
    assert unseen == []
    lifecycle.down(lab.paths, Progress())
    assert {kind: found for kind, found in traces(state).items() if found} == {}
    assert "the lab is down" in _bentre("lab", "status", code=3).stdout
    _bentre("lab", "down")  # again, with nothing there
    _up(lab)
    _data_is_there(guest)


def test_a_killed_lab_comes_back_with_servers_and_data(lab, guest):
    kill_everything()
    assert lab_processes() == set() or not any(traces(lab.paths.lab)["processes"])
    _up(lab)
    _data_is_there(guest)


def test_a_killed_supervisor_is_found_and_its_children_ended(lab, guest):
    pid = int((lab.paths.lab / "run" / "supervisord.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    orphans = lab_processes()
    assert len(orphans) > 10
    _up(lab)
    mariadb = lab_processes() & orphans
    assert not any(Path(f"/proc/{p}/comm").read_text() == "mariadbd\n" for p in mariadb)
    _data_is_there(guest)


def test_ctrl_c_leaves_a_clean_stop(lab):
    lifecycle.down(lab.paths, Progress())
    with subprocess.Popen(
        [BENTRE, "lab", "up"], stderr=subprocess.PIPE, text=True, process_group=0
    ) as up:
        for line in up.stderr:
            if "mariadb" in line:
                break
        os.killpg(up.pid, signal.SIGINT)
        rest = up.stderr.read()
        assert up.wait(timeout=PATIENCE) == 130, rest
    assert "Traceback" not in rest
    assert {kind: found for kind, found in traces(lab.paths.lab).items() if found} == {}
    _up(lab)


def test_a_taken_port_is_named_and_nothing_is_started(lab):
    lifecycle.down(lab.paths, Progress())
    try:
        with socket.create_server(("127.0.83.2", 5000)):
            with pytest.raises(BentreError, match=r"ports: taken: 127\.0\.83\.2:5000"):
                _up(lab)
            found = traces(lab.paths.lab)
            assert found.pop("listeners") != []
            assert {kind: f for kind, f in found.items() if f} == {}
    finally:
        _up(lab)


def test_only_one_command_works_on_the_lab_at_a_time(lab):
    ups = [
        subprocess.Popen([BENTRE, "lab", "up"], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for up in ups:
        _, said = up.communicate(timeout=PATIENCE)
        assert up.returncode == 0, said
    eventually(lambda: _bentre("lab", "status"))
