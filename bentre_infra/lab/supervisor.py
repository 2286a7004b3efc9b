"""Talk to the lab's supervisord, which runs every service, restarts it and rotates its log.

The interface is supervisord's XML-RPC on a Unix socket (http://supervisord.org/api.html).
"""

import http.client
import socket
import subprocess
import time
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from bentre_infra.hosts.cgroup import Cgroup
from bentre_infra.runtime.errors import BentreError

_POLL = 0.02
_GONE = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class ProcessInfo:
    """What supervisord says of one service.

    Attributes:
        name: the service.
        layer: its supervisord group.
        state: STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL or UNKNOWN.
        pid: process id, 0 when it does not run.
        since: seconds since it was started.
        detail: supervisord's own words.
    """

    name: str
    layer: str
    state: str
    pid: int
    since: int
    detail: str


class Supervisor:
    """The supervisord of one lab.

    Args:
        path: the socket where it answers.
    """

    def __init__(self, path: Path) -> None:
        self._socket = path

    def start(
        self, cgroup: Cgroup, argv: tuple[str, ...], env: Mapping[str, str], timeout: float = 60
    ) -> None:
        """Start supervisord in the lab's control group; no service starts yet.

        Raises:
            BentreError: it does not answer within ``timeout`` seconds.
        """
        done = subprocess.run(
            cgroup.entering(argv),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        deadline = time.monotonic() + timeout
        while not self.answers():
            if done.returncode != 0 or time.monotonic() > deadline:
                raise BentreError(f"supervisord did not start: {done.stdout.strip()[-500:]}")
            time.sleep(_POLL)

    def answers(self) -> bool:
        """Whether supervisord runs and takes orders."""
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except _GONE:
            return False

    def processes(self) -> dict[str, ProcessInfo]:
        """Every service by name; empty when supervisord does not run."""
        try:
            found = self._call("getAllProcessInfo")
        except _GONE:
            return {}
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == Faults.SHUTDOWN_STATE:
                return {}
            raise BentreError(f"supervisord says {fault.faultString}") from fault
        return {
            p["name"]: ProcessInfo(
                name=p["name"],
                layer=p["group"],
                state=p["statename"],
                pid=p["pid"],
                since=p["now"] - p["start"] if p["pid"] else 0,
                detail=p["spawnerr"] or p["description"],
            )
            for p in found
        }

    def started_at(self, layer: str, name: str) -> int:
        """When a service was last started, in seconds since the epoch.

        Raises:
            BentreError: supervisord is gone.
        """
        try:
            return int(self._call("getProcessInfo", f"{layer}:{name}")["start"])
        except _GONE as e:
            raise BentreError(f"{name}: supervisord is gone", "bentre lab up") from e

    def start_service(self, layer: str, name: str) -> None:
        """Tell supervisord to start a service, and not wait for it; one that runs is left."""
        try:
            self._call("startProcess", f"{layer}:{name}", False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise BentreError(f"{name}: supervisord says {fault.faultString}") from fault

    def stop_service(self, layer: str, name: str) -> None:
        """Stop a service and wait for its end; one that is not running is left."""
        try:
            self._call("stopProcess", f"{layer}:{name}")
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.NOT_RUNNING:
                raise BentreError(f"{name}: supervisord says {fault.faultString}") from fault

    def shutdown(self, timeout: float = 90) -> None:
        """Stop every service, APIs before databases, then supervisord itself.

        Raises:
            BentreError: it still answers after ``timeout`` seconds.
        """
        try:
            self._call("shutdown")
        except _GONE:
            return
        deadline = time.monotonic() + timeout
        while self._listens():
            if time.monotonic() > deadline:
                raise BentreError(f"supervisord did not stop within {timeout:g} s")
            time.sleep(_POLL)

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(str(self._socket)) == 0

    def _call(self, method: str, *arguments: object) -> Any:
        # a transport serves one thread; connecting to a Unix socket costs nothing
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport)
        try:
            return getattr(server.supervisor, method)(*arguments)
        finally:
            transport.close()
