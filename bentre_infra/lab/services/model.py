"""What a service is, and what several subjects need to describe theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bentre_infra.lab import config
from bentre_infra.lab.layout import APIS, INTERNAL, Chassis, Layout
from bentre_infra.lab.probes import Http, Probe, Queue

Group = Literal["core", "all"]
Layer = Literal["infra", "api"]


@dataclass(frozen=True)
class Service:
    """One supervised process.

    Attributes:
        name: what ``bentre lab status`` and the log file call it.
        command: program and arguments as a shell would split them; it stays in the foreground.
        probe: tells when it does its job.
        after: services and tasks that must be ready before it starts. What takes long and is needed
            by many, as RabbitMQ, gets the processor for itself that way.
        env: what it has in its environment beside the common part.
        group: ``core`` services always run, the others only in a lab with all services.
        layer: ``infra`` services stop last.
        stop_signal: what asks it to end; KILL for what has nothing to put in order.
    """

    name: str
    command: str
    probe: Probe
    after: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    group: Group = "all"
    layer: Layer = "api"
    stop_signal: str = "TERM"


def common_env(layout: Layout, venv: Path) -> dict[str, str]:
    """Environment of every lab process; nothing of the caller's own gets in."""
    return {
        "PATH": f"{venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(layout.run),
        "TMPDIR": str(layout.run / "tmp"),
        "LANG": "C.UTF-8",
        # entry points that one service has looked up are known to the next (stevedore)
        "XDG_CACHE_HOME": str(venv / "cache"),
        "PYTHONPATH": str(startup(layout)),
        "PYTHONWARNINGS": "ignore",
        "PYTHONUNBUFFERED": "1",
        # glibc gives each thread an arena of its own otherwise: some 30 MB a service
        "MALLOC_ARENA_MAX": "2",
        "BENTRE_LAB_STATE": str(layout.root),
    }


def startup(layout: Layout) -> Path:
    """Folder with what every Python process of the lab loads first."""
    return layout.lib / "bentre_infra" / "lab" / "startup"


def with_drivers(layout: Layout) -> dict[str, str]:
    """Environment of the services that load the lab's drivers."""
    return {"PYTHONPATH": f"{startup(layout)}:{layout.lib}"}


def ovs_env(layout: Layout, chassis: Chassis) -> dict[str, str]:
    """Where OVS and OVN programs of one chassis find each other's sockets."""
    run = str(layout.ovs_run(chassis))
    return {"OVS_RUNDIR": run, "OVN_RUNDIR": run, "OVS_LOGDIR": str(layout.log)}


def in_netns(name: str) -> str:
    """Command prefix that enters a network namespace and nothing else."""
    return f"nsenter --net=/run/netns/{name}"


def port(service: str) -> int:
    """Port of one OpenStack API."""
    return next(api.port for api in APIS if api.service == service)


def queue(layout: Layout, name: str) -> Queue:
    """Probe of a worker by the queue that it serves."""
    address = f"{INTERNAL}:{config.RABBITMQ_PORT}"
    return Queue(name, address, config.RABBITMQ_USER, layout.secrets / "rabbitmq")


def uwsgi(
    layout: Layout,
    venv: Path,
    name: str,
    *,
    after: tuple[str, ...],
    env: Mapping[str, str],
    group: Group = "all",
) -> Service:
    """An API that uWSGI serves; ``config.wsgi_apps`` says which application it loads."""
    return Service(
        name,
        f"{venv}/bin/uwsgi --ini {layout.etc}/uwsgi/{name}.ini",
        Http(INTERNAL, port(name)),
        after=after,
        env=env,
        group=group,
    )
