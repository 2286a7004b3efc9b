"""Boot and stop hosts with podman(1) and runc, apart from any other podman of the machine."""

import contextlib
import json
import os
import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from bentre_infra.hosts.cgroup import Cgroup
from bentre_infra.hosts.limits import raise_limits
from bentre_infra.hosts.spec import HostSpec, Power
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

# systemd needs them to apply a unit's sandboxing; the default seccomp profile stays in force
CAPABILITIES = (
    "AUDIT_WRITE",
    "BPF",
    "DAC_READ_SEARCH",
    "IPC_LOCK",
    "LINUX_IMMUTABLE",
    "MKNOD",
    "NET_ADMIN",
    "NET_RAW",
    "PERFMON",
    "SYS_ADMIN",
    "SYS_CHROOT",
    "SYS_NICE",
    "SYS_PTRACE",
)
# for limits above the hard ones and for growing a mounted ext4; a machine that is itself confined
# may lack it (capabilities(7)), and cannot give what it has not
_IF_OWNED = {"SYS_RESOURCE": 24}
_POWER = {
    "running": Power.RUNNING,
    "stopping": Power.RUNNING,
    "paused": Power.PAUSED,
}
_INIT = "/dev/.bentre-init"
_REMOVALS = 5  # tries
# A tmpfs: a container is nothing but the processes of a host, and none outlives the machine's run
RUN = Path("/run/bentre-infra/podman")


@dataclass(frozen=True)
class Running:
    """A container as podman knows it.

    Attributes:
        name: its name.
        power: whether it runs.
        pid: process id of its PID 1 in the machine's namespace, 0 when it does not run.
        labels: what it was created with.
    """

    name: str
    power: Power
    pid: int
    labels: dict[str, str]


class Podman:
    """Hosts in one folder: its containers, its locks and its run-time files are its own.

    Args:
        name: of its folder in ``/run/bentre-infra/podman``; at most 20 characters, since podman
            takes no run-time folder of more than 50.
        cgroup_parent: the control group below which the hosts are (cgroups(7)).
        prefix: every container's name begins with it.
    """

    def __init__(self, name: str, cgroup_parent: str, prefix: str) -> None:
        self.root = RUN / name
        self.cgroup_parent = cgroup_parent
        self.prefix = prefix

    def boot(self, spec: HostSpec) -> None:
        """Start a host; a stopped container of that name is replaced.

        A container is nothing but the host's processes: everything that lasts is in its root.

        Raises:
            BentreError: the name lacks the prefix, or podman refuses.
        """
        if not spec.name.startswith(self.prefix):
            raise BentreError(f"{spec.name}: not a host of ours", f"begin with {self.prefix}")
        raise_limits()
        here = Path(str(files("bentre_infra.hosts").joinpath("init.sh")))
        self._podman(
            "run",
            "--detach",
            "--replace",
            "--tty",
            f"--name={spec.name}",
            f"--hostname={spec.hostname}",
            f"--network=ns:/run/netns/{spec.netns}",
            f"--cgroup-parent=/{self._group(spec.name)}",
            "--cgroupns=private",
            "--systemd=false",  # init.sh prepares the mounts; podman's would hide /var/log/journal
            "--stop-signal=SIGRTMIN+3",  # systemd(1): halt
            "--security-opt=unmask=ALL",
            f"--cap-add={','.join((*CAPABILITIES, *_owned()))}",
            "--no-hosts",
            "--dns=none",
            *(f"--ulimit={name}={hard}:{hard}" for name, hard in _hard_limits()),
            "--log-driver=k8s-file",
            *([f"--log-opt=path={spec.console}"] if spec.console else []),
            f"--pidfile={self._pid_file(spec.name)}",
            *(f"--label={key}={value}" for key, value in spec.labels.items()),
            *_limits(spec),
            *(f"--device={disk.device}:{disk.target}" for disk in spec.disks),
            *(f"--volume={source}:{target}:ro" for source, target in spec.binds),
            f"--volume={here}:{_INIT}:ro",
            f"--env=BENTRE_HOSTNAME={spec.hostname}",
            f"--env=BENTRE_DISKS={_serials(spec)}",
            *([f"--env=container_uuid={spec.machine_id}"] if spec.machine_id else []),
            "--rootfs",
            str(spec.rootfs),
            "/bin/sh",
            _INIT,
        )

    def stop(self, name: str, grace: int) -> None:
        """Ask a host to shut down, kill it after ``grace`` seconds, and forget its container.

        Nothing of it is left, its control groups included: podman leaves those that the host's
        systemd made, and each thousand of them makes the next hosts slower.
        """
        self._remove(name, grace)
        Cgroup(self._group(name)).kill()
        self._pid_file(name).unlink(missing_ok=True)

    def _remove(self, name: str, grace: int) -> None:
        remove = ("rm", "--force", "--ignore", f"--time={grace}", name)
        for _ in range(_REMOVALS - 1):
            try:
                self._podman(*remove)
            except BentreError:
                # it has ended without podman's knowing: its monitor (conmon) was killed, or is
                # just about to say so
                time.sleep(0.3)
                with contextlib.suppress(BentreError):  # the next removal says what is wrong
                    self._podman("container", "cleanup", name)
            else:
                return
        self._podman(*remove)

    def pause(self, name: str) -> None:
        """Freeze every process of a host (cgroup freezer)."""
        self._podman("pause", name)

    def unpause(self, name: str) -> None:
        """Let a paused host go on."""
        self._podman("unpause", name)

    def execute(self, name: str, *command: str, check: bool = True) -> str:
        """Run a program inside a host, with the host's own rights and no more."""
        return self._podman("exec", name, *command, check=check)

    def ask(self, name: str, *command: str) -> str | None:
        """Run a program of a host beside its PID 1; what it wrote, or None if the host has ended.

        It may fail. It has this machine's rights: only for hosts that are ours. :meth:`execute`
        takes fifteen times as long, which counts where many hosts are asked again and again.
        """
        try:
            pid = int(self._pid_file(name).read_text())
            groups = Path(f"/proc/{pid}/cgroup").read_text()
        except OSError:
            return None
        if f"/{self._group(name)}/" not in groups:  # another process has the number now
            return None
        return run(["nsenter", f"--target={pid}", "--mount", "--pid", "--", *command], check=False)

    def list(self) -> list[Running]:
        """Every container in the folder."""
        found = json.loads(self._podman("ps", "--all", "--no-trunc", "--format=json") or "[]")
        return [
            Running(
                name=c["Names"][0],
                power=_POWER.get(c["State"], Power.STOPPED) if _lives(c) else Power.STOPPED,
                pid=c["Pid"] if _lives(c) else 0,
                labels=c["Labels"] or {},
            )
            for c in found
        ]

    def find(self, name: str) -> Running:
        """One host; its power is ABSENT when there is no container of that name."""
        for found in self.list():
            if found.name == name:
                return found
        return Running(name, Power.ABSENT, 0, {})

    def _group(self, name: str) -> str:
        # a server that moves is for a moment on two hosts of the lab, under one name
        return f"{self.cgroup_parent}/{self.root.name}/{name}"

    def _pid_file(self, name: str) -> Path:
        return self.root / f"{name}.pid"

    def _podman(self, *arguments: str, check: bool = True) -> str:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        conf = files("bentre_infra.hosts").joinpath("containers.conf")
        return run(
            [
                "podman",
                f"--root={self.root}/root",
                f"--runroot={self.root}/run",
                f"--tmpdir={self.root}/libpod",
                f"--runtime-flag=root={self.root}/runc",
                "--storage-driver=vfs",  # there are no layers: each host brings its root
                *arguments,
            ],
            env={**os.environ, "CONTAINERS_CONF": str(conf)},
            # conmon writes a file "oom" where it was started
            cwd=self.root,
            check=check,
        )


def _lives(container: dict[str, Any]) -> bool:
    """Whether the container's PID 1 is there: podman needs its monitor (conmon) to notice."""
    try:
        groups = Path(f"/proc/{container['Pid']}/cgroup").read_text()
    except OSError:
        return False
    return container["Id"] in groups


def _owned() -> list[str]:
    status = Path("/proc/self/status").read_text()
    effective = int(status.partition("CapEff:")[2].split()[0], 16)
    return [name for name, bit in _IF_OWNED.items() if effective >> bit & 1]


def _hard_limits() -> Iterable[tuple[str, int]]:
    """What setrlimit(2) grants without CAP_SYS_RESOURCE."""
    yield "nofile", resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # far above what the pids controller lets a host have; runc may refuse the machine's own
    yield "nproc", 30000


def _limits(spec: HostSpec) -> Iterable[str]:
    if spec.limits is None:
        return ["--pids-limit=-1"]
    memory = spec.limits.memory_mib
    return [
        f"--memory={memory}m",
        f"--memory-swap={memory}m",
        f"--cpus={spec.limits.cpus}",
        f"--pids-limit={spec.limits.pids}",
        f"--shm-size={memory // 2}m",  # tmpfs(5): half of the memory, as on a machine
    ]


def _serials(spec: HostSpec) -> str:
    return " ".join(f"{Path(d.target).name}={d.serial}" for d in spec.disks if d.serial)
