"""Control groups: every process of the lab, and of each host, is in one: none can be missed.

The interface is cgroup v2's (kernel documentation, admin-guide/cgroup-v2). On a hybrid machine the
v2 tree is mounted beside the v1 trees, where containers have their limits.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from bentre_infra.runtime.errors import BentreError

_POLL = 0.02


def _mounts(kind: str) -> list[Path]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [Path(line.split()[1]) for line in lines if line.split()[2] == kind]


class Cgroup:
    """A named group in the machine's cgroup v2 tree.

    Args:
        name: its path from the top of the tree.

    Raises:
        BentreError: the machine has no cgroup v2 mounted.
    """

    def __init__(self, name: str) -> None:
        unified = _mounts("cgroup2")
        if not unified:
            raise BentreError(
                "no cgroup2 file system is mounted", "boot with cgroup v2 (hybrid or unified)"
            )
        self._path = unified[0] / name
        # a container's processes are in v1 trees of the same name on a hybrid machine
        self._all = [self._path, *(mount / name for mount in _mounts("cgroup"))]

    def create(self) -> None:
        """Make the group."""
        self._path.mkdir(exist_ok=True)

    def entering(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """The command that runs ``argv`` inside the group."""
        enter = 'echo $$ >"$0" && exec "$@"'
        return ("/bin/sh", "-c", enter, str(self._path / "cgroup.procs"), *argv)

    def processes(self) -> set[int]:
        """Ids of the living processes in the group and below it."""
        found: set[int] = set()
        for top in self._all:
            for procs in top.rglob("cgroup.procs"):
                # a group below may be removed while we look
                with contextlib.suppress(FileNotFoundError, OSError):
                    found.update(int(line) for line in procs.read_text().split())
        return found - {0}

    def kill(self, timeout: float = 30) -> None:
        """Kill every process in the group, wait until none is left, remove the group.

        Nothing to do when there is no such group.

        Raises:
            BentreError: a process outlived SIGKILL, or the group its processes, for ``timeout``
                seconds.
        """
        deadline = time.monotonic() + timeout
        while pids := self.processes():
            self._kill(pids)
            if time.monotonic() > deadline:
                raise BentreError(f"processes {sorted(pids)} do not end after SIGKILL")
            time.sleep(_POLL)
        for top in self._all:
            for folder, _, _ in os.walk(top, topdown=False):
                self._remove(Path(folder), deadline)

    def _remove(self, folder: Path, deadline: float) -> None:
        """Remove one group; the kernel calls it busy until the last of its dead is reaped."""
        while True:
            try:
                folder.rmdir()
            except FileNotFoundError:
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise BentreError(f"{folder}: {error.strerror}") from error
                time.sleep(_POLL)
            else:
                return

    def _kill(self, pids: set[int]) -> None:
        switch = self._path / "cgroup.kill"
        if switch.exists():
            switch.write_text("1")
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    @contextlib.contextmanager
    def frozen(self, timeout: float = 10) -> Iterator[None]:
        """Hold every process still, so that all files on disk are of one moment.

        Raises:
            BentreError: the kernel could not freeze them within ``timeout`` seconds.
        """
        switch, events = self._path / "cgroup.freeze", self._path / "cgroup.events"
        switch.write_text("1")
        try:
            deadline = time.monotonic() + timeout
            while "frozen 1" not in events.read_text():
                if time.monotonic() > deadline:
                    raise BentreError("the lab's processes could not be frozen for a snapshot")
                time.sleep(_POLL)
            yield
        finally:
            switch.write_text("0")
