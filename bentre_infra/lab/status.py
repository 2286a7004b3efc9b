"""What the lab is doing: every service, its health and its memory."""

import contextlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bentre_infra.lab import environment, fingerprint
from bentre_infra.lab.layout import Layout
from bentre_infra.lab.services import services
from bentre_infra.lab.supervisor import ProcessInfo, Supervisor
from bentre_infra.runtime.parallel import each

_ANSWER = 10
_HEALTHY, _UNHEALTHY, _DOWN = 0, 1, 3


@dataclass(frozen=True)
class ServiceStatus:
    """One service.

    Attributes:
        name: the service.
        state: supervisord's word for its process.
        healthy: whether the process runs and answered the service's probe.
        pid: its main process.
        seconds: since its last start.
        memory_mib: proportional set size of all its processes (proc(5), smaps_rollup), in MiB.
    """

    name: str
    state: str
    healthy: bool
    pid: int
    seconds: int
    memory_mib: float


@dataclass(frozen=True)
class Status:
    """The whole lab.

    Attributes:
        exists: whether there is a lab's state on this machine.
        running: whether its supervisor answers.
        services: those that were started, by name; none when it is down.
        memory_mib: sum over the services and their supervisor, in MiB.
        log: folder of the logs.
    """

    exists: bool
    running: bool
    services: tuple[ServiceStatus, ...]
    memory_mib: float
    log: Path

    @property
    def exit_code(self) -> int:
        """0: all healthy; 1: some service is not; 3: down (as LSB's init scripts have it)."""
        if not self.running:
            return _DOWN
        return _HEALTHY if all(s.healthy for s in self.services) else _UNHEALTHY

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"log": str(self.log)}


def read(layout: Layout) -> Status:
    """Ask the supervisor and every service."""
    supervisor = Supervisor(layout.supervisor_socket)
    started = [p for p in supervisor.processes().values() if p.state != "STOPPED"]
    probes = {s.name: s.probe for s in services(layout, environment.path(layout.cache))}
    memory = _memory_by_group()

    def look(p: ProcessInfo) -> ServiceStatus:
        probe = probes.get(p.name)
        runs = p.state in ("RUNNING", "STARTING")
        healthy = runs and probe is not None and probe.ready(_ANSWER)
        return ServiceStatus(p.name, p.state, healthy, p.pid, p.since, memory.get(p.pid, 0.0))

    found = sorted(each(look, started), key=lambda s: s.name)
    own = 0.0
    with contextlib.suppress(OSError, ValueError):
        own = memory.get(int((layout.run / "supervisord.pid").read_text()), 0.0)
    return Status(
        exists=fingerprint.read(layout) is not None,
        running=supervisor.answers(),
        services=tuple(found),
        memory_mib=own + sum(s.memory_mib for s in found),
        log=layout.log,
    )


def _memory_by_group() -> dict[int, float]:
    """Memory by process group: supervisord makes each service the leader of one of its own."""
    total: dict[int, float] = {}
    for process in Path("/proc").glob("[0-9]*"):
        # a process may end while we look at it
        with contextlib.suppress(OSError, StopIteration):
            stat = (process / "stat").read_text()
            group = int(stat[stat.rindex(")") + 2 :].split()[2])
            lines = (process / "smaps_rollup").read_text().splitlines()
            kib = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
            total[group] = total.get(group, 0.0) + kib / 1024
    return total
