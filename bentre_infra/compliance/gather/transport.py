"""Runs the collector on one host over SSH, and reads what it says."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from bentre_infra.compliance.gather import collector
from bentre_infra.compliance.gather.request import Request

_MOST = 32_000_000  # bytes that a host may say
_GRACE = 15  # seconds for the connection, beside the collector's own deadline
_SCRIPT = Path(collector.__file__)

# root by itself, or by sudo without a question; -I: nothing of the user's, -B: no file is written
_START = (
    'if [ "$(id -u)" = 0 ]; then exec python3 -IB -; else exec sudo -n /usr/bin/python3 -IB -; fi'
)


def as_root(command: str) -> str:
    """A shell's command there, by root itself or by sudo without a question."""
    return f'$([ "$(id -u)" = 0 ] || echo sudo -n) {command}'


class NotReachedError(Exception):
    """A host gave no facts; the text says why, for the reports."""


@dataclass(frozen=True)
class Target:
    """A host, and how ssh(1) gets there.

    Attributes:
        options: further arguments of ssh, as Ansible's inventory has them.
    """

    name: str
    address: str
    user: str = ""
    port: int | None = None
    key: str = ""
    check_host_key: bool = True
    options: tuple[str, ...] = ()

    def command(self, start: str = _START) -> list[str]:
        """The ssh command that runs a program there, the collector if no other is named."""
        argv = ["ssh", "-T", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={_GRACE - 5}"]
        argv += ["-o", "ForwardAgent=no", "-o", "LogLevel=ERROR"]
        if not self.check_host_key:
            argv += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        argv += ["-i", self.key] if self.key else []
        argv += ["-p", str(self.port)] if self.port else []
        argv += ["-l", self.user] if self.user else []
        return [*argv, *self.options, "--", self.address, start]


@dataclass
class Running:
    """The connections that are open, so that Ctrl-C ends them all."""

    _processes: set[int] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _stopped: bool = False

    def add(self, pid: int) -> None:
        """Keep one; after :meth:`stop` it is ended at once."""
        with self._lock:
            self._processes.add(pid)
            if self._stopped:
                _kill(pid)

    def remove(self, pid: int) -> None:
        """Forget one that has ended."""
        with self._lock:
            self._processes.discard(pid)

    def stop(self) -> None:
        """End all, and those that are still to come."""
        with self._lock:
            self._stopped = True
            for pid in self._processes:
                _kill(pid)


def program(request: Request) -> str:
    """The collector's text, with its request: what a Python on the host runs."""
    asked = json.dumps(request.document())
    return f"{_SCRIPT.read_text(encoding='utf-8')}\nmain({asked!r})\n"


def gather_host(target: Target, request: Request, running: Running) -> dict[str, Any]:
    """Collect one host's facts.

    Raises:
        NotReachedError: it did not answer, not in time, not with facts, or lets nobody be root.
    """
    return run_collector(target.command(), request, running)


def run_collector(argv: Sequence[str], request: Request, running: Running) -> dict[str, Any]:
    """Run a command that gives the collector's text to a Python, and read the facts.

    Raises:
        NotReachedError: see :func:`gather_host`.
    """
    patience = request.deadline + _GRACE
    with subprocess.Popen(
        list(argv),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us; we end it
    ) as process:
        running.add(process.pid)
        try:
            out, err = process.communicate(program(request).encode(), timeout=patience)
        except subprocess.TimeoutExpired:
            _kill(process.pid)
            process.communicate()
            raise NotReachedError(f"no answer after {patience:g} s") from None
        finally:
            running.remove(process.pid)
    return parse(out, err, process.returncode)


def parse(out: bytes, err: bytes, code: int) -> dict[str, Any]:
    """Find the facts in what a host said.

    Raises:
        NotReachedError: there are none.
    """
    if len(out) > _MOST:
        raise NotReachedError(f"said more than {_MOST // 1_000_000} MB")
    text = out.decode("utf-8", "replace")
    _, mark, rest = text.rpartition(collector.MARK)
    said = err.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
    if not mark:
        raise NotReachedError(_reason(said[0], code))
    try:
        facts: dict[str, Any] = json.loads(rest)
    except ValueError as e:
        raise NotReachedError("the connection ended in the middle of its answer") from e
    if facts.get("version") != collector.VERSION:
        raise NotReachedError(f"facts of version {facts.get('version')!r}, not {collector.VERSION}")
    return facts


def _reason(said: str, code: int) -> str:
    if "sudo:" in said:
        return f"no root without a password: {said.removeprefix('sudo: ')}"
    if "python3" in said and code in (126, 127):
        return "no Python 3 on the host"
    return f"ssh: {said}" if code == 255 else f"the collector failed ({code}): {said}"


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
