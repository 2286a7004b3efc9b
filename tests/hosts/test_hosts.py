"""Real systemd hosts: they boot, keep to their limits, apply sandboxes, and leave nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from bentre_infra.hosts import image, mounts, netns, network
from bentre_infra.hosts.network import Network, Nic, parse_address
from bentre_infra.hosts.spec import Limits, Power
from bentre_infra.hosts.throwaway import PREFIX, Request
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress


def transient(hosts, host: str, *properties: str, run: str) -> str:
    """Run a shell command as a unit with these properties; its output, or its failure."""
    argv = ["systemd-run", "--wait", "--pipe", "--quiet", "--collect"]
    argv += [part for p in properties for part in ("-p", p)]
    return hosts.run(host, *argv, "sh", "-c", f"exec 2>&1; {run}", check=False).strip()


def test_host_comes_up_whole(hosts, host):
    assert hosts.run(host, "systemctl", "is-system-running") == "running\n"
    assert hosts.run(host, "systemctl", "--failed", "--no-legend") == ""
    assert hosts.run(host, "ps", "-o", "comm=", "-p", "1") == "systemd\n"


def test_host_has_the_release_it_was_asked_for(hosts, host, guest_image):
    release = hosts.run(host, "sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME")
    assert release.strip() == guest_image.suite


def test_nothing_of_the_machine_is_baked_in(hosts, host):
    assert hosts.run(host, "sh", "-c", "cat /etc/apt/sources.list* /etc/apt/sources.list.d/* 2>&1",
                     check=False).count("deb ") == 0  # fmt: skip
    for path in ("/usr/sbin/policy-rc.d", "/root/.ssh/authorized_keys"):
        assert hosts.run(host, "sh", "-c", f"test -e {path} || echo absent") == "absent\n"


def test_host_files_can_be_replaced_by_rename(hosts, host):
    for file in ("/etc/hostname", "/etc/hosts"):
        hosts.run(host, "sh", "-c", f"cp {file} {file}.new && mv {file}.new {file}")


def test_machine_id_and_host_key_are_its_own(hosts, host, guest_image, name):
    hosts.create(Request(name, guest_image))
    for file in ("/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key.pub"):
        one, two = (hosts.run(h, "cat", file) for h in (host, name))
        assert one.strip()
        assert one != two


SANDBOXES = [
    (["PrivateTmp=yes"], "touch /tmp/mine; ls -A /tmp", "mine"),
    (["ProtectSystem=strict"], "touch /etc/x || echo protected", "protected"),
    (["ProtectHome=yes"], "touch /root/x || echo protected", "protected"),
    (["PrivateDevices=yes"], "test -e /dev/console || echo none", "none"),
    (["PrivateNetwork=yes"], "ip -br link | wc -l", "1"),
    (["DynamicUser=yes", "StateDirectory=t"], "id -un | cut -c1-4", "run-"),
    (["LoadCredential=c:/etc/hostname"], "wc -l <$CREDENTIALS_DIRECTORY/c", "1"),
    (["MemoryMax=64M"], "python3 -c 'bytearray(200 * 2**20); print(1)' || echo killed", "killed"),
    (["TasksMax=3"], "for i in 1 2 3 4 5 6; do sleep 5 & done; echo all", "fork"),
    (["IPAddressDeny=any"], "ping -c1 -W1 127.0.0.1 >/dev/null || echo blocked", "blocked"),
    (["ProtectHostname=yes"], "hostname other || echo protected", "protected"),
    (["NoNewPrivileges=yes", "SystemCallFilter=~mkdirat mkdir"], "mkdir /tmp/d; echo $?", "159"),
    (["RestrictAddressFamilies=AF_UNIX"], "ping -c1 127.0.0.1", "Address family"),
]


def _id(value) -> str:
    return value[0].split("=")[0] if isinstance(value, list) else ""


@pytest.mark.parametrize(("properties", "run", "expected"), SANDBOXES, ids=_id)
def test_sandbox_of_a_unit_is_applied(hosts, host, properties, run, expected):
    assert expected in transient(hosts, host, *properties, run=run)


def test_sandboxed_commands_succeed_without_the_sandbox(hosts, host):
    """The probes above tell the sandbox's work, not a failure of their own."""
    for _, run, expected in SANDBOXES:
        if expected in ("protected", "none", "blocked", "fork", "killed", "Address family", "159"):
            assert expected not in transient(hosts, host, "Type=exec", run=run), run


def test_sysctl_reaches_the_hosts_network_and_not_the_machine(hosts, host):
    before = Path("/proc/sys/vm/swappiness").read_text()
    hosts.run(host, "sysctl", "-w", "net.ipv4.conf.all.rp_filter=2")
    other = "1" if before.strip() != "1" else "2"
    hosts.run(host, "sysctl", "-w", f"vm.swappiness={other}", check=False)
    assert Path("/proc/sys/vm/swappiness").read_text() == before
    assert hosts.run(host, "cat", "/proc/sys/net/ipv4/conf/all/rp_filter") == "2\n"


def test_firewall_of_a_host_is_its_own(hosts, host, guest_image, name):
    hosts.create(Request(name, guest_image))
    for one in (host, name):
        hosts.run(one, "nft", "add", "table", "inet", f"of-{one}")
        assert hosts.run(one, "nft", "list", "tables") == f"table inet of-{one}\n"


def test_limits_hold(hosts, guest_image, name):
    hosts.create(Request(name, guest_image, limits=Limits(memory_mib=192, cpus=1, pids=100)))
    hosts.wait(name)
    greedy = "python3 -c 'bytearray(300 * 2**20); print(1)' || echo killed"
    assert hosts.run(name, "sh", "-c", greedy, check=False) == "killed\n"
    many = "for i in $(seq 150); do sleep 5 & done; echo all"
    assert "all" not in hosts.run(name, "sh", "-c", many, check=False).split()


def test_hosts_meet_on_their_network_and_keys_let_in(hosts, guest_image, name, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", key], check=True)
    block = uuid.uuid4().bytes[0]
    net = Network(f"{name}-net", (parse_address(f"10.84.{block}.1/24"),))
    network.create(net)
    try:
        for number, host in ((11, name), (12, f"{name}b")):
            addresses = (
                parse_address(f"10.84.{block}.{number}/24"),
                parse_address(f"fd84:{block:x}::{number}/64"),
            )
            hosts.create(Request(
                host, guest_image, nics=(Nic(net, addresses),),
                authorized_key=key.with_suffix(".pub").read_text(),
            ))  # fmt: skip
        for host in (name, f"{name}b"):
            hosts.wait(host)
        hosts.run(name, "ping", "-c1", "-W5", f"10.84.{block}.12")
        hosts.run(name, "sh", "-c", f"for i in $(seq 50); do ping -c1 -W1 fd84:{block:x}::12"
                  " && exit; sleep 0.1; done; exit 1")  # fmt: skip
        who = subprocess.run(
            ["ssh", "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
             "-o", "UserKnownHostsFile=/dev/null", f"root@10.84.{block}.11", "hostname"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert who.stdout.strip() == name
    finally:
        hosts.destroy(f"{name}b")
        network.delete(net)


def groups_of(name: str) -> list[str]:
    """The control groups of a host, in every tree."""
    return [folder for folder, _, _ in os.walk("/sys/fs/cgroup") if name in folder]


def test_destroy_leaves_nothing(hosts, guest_image, name):
    hosts.create(Request(name, guest_image))
    root = hosts.console(name).parent
    hosts.wait(name)
    assert hosts.find(name).power is Power.RUNNING
    assert groups_of(name)
    hosts.destroy(name)
    assert hosts.find(name).power is Power.ABSENT
    assert not groups_of(name)
    assert not netns.exists(PREFIX + name)
    assert not mounts.below(root)
    assert not root.exists()


MAKER = """
import sys, time
from bentre_infra.hosts import image
from bentre_infra.hosts.throwaway import Request, Throwaway
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress
paths = Paths.from_env()
Throwaway(paths).create(Request(sys.argv[1], image.build(sys.argv[2], paths, Progress())))
print("made", flush=True)
time.sleep(600)
"""


def processes_of(pid: int) -> set[int]:
    """The processes of a host, and what watches over it."""
    group = next(
        line.partition("libpod-")[2][:64]
        for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()
        if "libpod-" in line
    )
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            texts = (process / "cgroup").read_text() + (process / "cmdline").read_text()
        except OSError:
            continue
        if group in texts:
            found.add(int(process.name))
    return found


def test_host_is_removed_by_name_after_all_its_processes_were_killed(hosts, guest_image, name):
    maker = subprocess.Popen(
        [sys.executable, "-c", MAKER, name, guest_image.name], stdout=subprocess.PIPE, text=True
    )
    assert maker.stdout.readline() == "made\n"
    hosts.wait(name)
    pids = processes_of(hosts.find(name).pid)
    assert len(pids) > 2
    maker.kill()
    maker.wait()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while hosts.find(name).power is Power.RUNNING and time.monotonic() < deadline:
        time.sleep(0.1)
    assert hosts.find(name).power is not Power.RUNNING
    hosts.create(Request(name, guest_image))  # the name can be used again at once
    hosts.wait(name)
    hosts.destroy(name)
    assert name not in hosts.names()


def test_host_is_removed_while_it_runs_without_its_monitor(hosts, guest_image, name):
    hosts.create(Request(name, guest_image))
    hosts.wait(name)
    host = hosts.find(name)
    for pid in processes_of(host.pid):
        if b"conmon" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
            os.kill(pid, signal.SIGKILL)
    hosts.destroy(name)
    assert not Path(f"/proc/{host.pid}").exists()


def test_an_unknown_image_is_refused():
    with pytest.raises(BentreError, match="no such guest image"):
        image.build("ubuntu", Paths.from_env(), Progress())


def test_host_that_stops_is_reported(hosts, guest_image, name):
    hosts.create(Request(name, guest_image))
    hosts.wait(name)
    hosts.podman.stop(PREFIX + name, grace=0)
    with pytest.raises(BentreError, match="stopped while it booted"):
        hosts.wait(name)
