"""A server seen from outside: through SSH and through TCP."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import PATIENCE, eventually

_TRIES = 4
_ONE_TRY = 60  # seconds: a server that goes down in the midst of a session leaves it hanging


def answers(address: str, port: int, timeout: float = 2) -> bool:
    """Whether a TCP connection is accepted."""
    try:
        with socket.create_connection((address, port), timeout=timeout):
            return True
    except OSError:
        return False


@dataclass(frozen=True)
class Guest:
    """A server that lets the user ``debian`` in by key."""

    address: str
    key: Path

    def ssh(self, command: str, *, check: bool = True, timeout: float = _ONE_TRY) -> str:
        """Run a command; stdout.

        255 is a failure of SSH itself (ssh(1)): a server that has just booted restarts its sshd
        once, so a few more tries are made.
        """
        for _ in range(_TRIES):
            done = self._once(command, timeout)
            if done.returncode != 255:
                break
            time.sleep(1)
        if done.returncode == 255 or (check and done.returncode != 0):
            raise OSError(f"{command!r}: {done.returncode}: {done.stderr.strip()}")
        return done.stdout.strip()

    @contextmanager
    def forwarding(self, port: int, address: str, to: int) -> Iterator[None]:
        """While inside, a port of this machine's loopback leads to an address as it sees it."""
        way = ["-N", "-o", "ExitOnForwardFailure=yes", "-L", f"127.0.0.1:{port}:[{address}]:{to}"]
        with subprocess.Popen(self._argv(*way), stdin=subprocess.DEVNULL) as ssh:
            try:
                assert eventually(lambda: ssh.poll() is None and answers("127.0.0.1", port))
                yield
            finally:
                ssh.terminate()

    def _once(self, command: str, timeout: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._argv(), command],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
        )

    def _argv(self, *options: str) -> list[str]:
        return [
            "ssh", "-i", str(self.key), "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=5",
            "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            *options, f"debian@{self.address}",
        ]  # fmt: skip

    def wait(self) -> "Guest":
        """Until SSH lets us in."""
        eventually(lambda: self.ssh("echo in") == "in")
        return self

    def wait_booted(self) -> "Guest":
        """Until cloud-init has done all that it was told."""
        self.wait()
        status = self.ssh("cloud-init status --wait", check=False, timeout=PATIENCE)
        assert "status: done" in status, status
        return self
