"""Configure a site's nodes: ``ansible-playbook`` on the clone's inventory, and its progress."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bentre_infra.runtime.errors import BentreError

type Say = Callable[[str], None]

_PLAY = re.compile(r"PLAY \[(.*)\] \*+$")
_RECAP = re.compile(r"(\S+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")
_FAULT = re.compile(r"(fatal|failed): \[|\[ERROR\]: |ERROR! ")

VALUES_ONLY = "--tags=values"
"""Argument with which roles only look at their values: no task has this tag, and those that always
run do no more than that."""


@dataclass(frozen=True)
class NodeResult:
    """What a playbook did on one node; counts of tasks."""

    node: str
    ok: int
    changed: int
    unreachable: int
    failed: int

    @property
    def good(self) -> bool:
        """Whether every task that had to run did."""
        return not self.unreachable and not self.failed


@dataclass(frozen=True)
class Play:
    """One play of a playbook, and how long it took in seconds."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What a run did: nodes by name, plays in order."""

    nodes: tuple[NodeResult, ...]
    plays: tuple[Play, ...]

    @property
    def changed(self) -> int:
        """Tasks that changed something, of all nodes."""
        return sum(node.changed for node in self.nodes)


def configure(
    root: Path,
    inventory: Path,
    playbook: Path,
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    say: Say,
) -> Outcome:
    """Run a playbook to its end; all that Ansible prints goes to the log, faults are said too.

    Ctrl-C is told to Ansible once; what it had begun on a node it ends.

    Args:
        root: the clone, whose ``ansible.cfg`` holds.
        arguments: further ones of ``ansible-playbook``.
        env: the environment of Ansible, beside this process's own.
        say: told of each play as it begins, and of each fault.

    Raises:
        BentreError: a node could not be reached, a task failed, or Ansible did not begin.
        KeyboardInterrupt: it was interrupted, and Ansible has ended.
    """
    program = Path(sys.executable).with_name("ansible-playbook")
    argv = [str(word) for word in (program, "-i", inventory, playbook, *arguments)]
    mine = {"ANSIBLE_CONFIG": str(root / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("w", encoding="utf-8") as kept,
        subprocess.Popen(
            argv,
            cwd=root,
            env={**os.environ, **env, **mine},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            process_group=0,
        ) as ansible,
    ):
        assert ansible.stdout is not None  # noqa: S101  (it is a pipe)
        told = _Told(say)
        interrupted = False
        while True:
            try:
                for line in ansible.stdout:
                    kept.write(line)
                    kept.flush()
                    told.line(line.rstrip())
                ansible.wait()
                break
            except KeyboardInterrupt:
                interrupted = True
                os.killpg(ansible.pid, signal.SIGINT)
    if interrupted:
        raise KeyboardInterrupt
    outcome = told.outcome()
    if ansible.returncode != 0:
        bad = [node.node for node in outcome.nodes if not node.good]
        which = f" at {', '.join(bad)}" if bad else ""
        raise BentreError(f"{playbook.name} failed{which}", f"less {log}")
    return outcome


def digest(root: Path, inventory: Path, *others: Path) -> str:
    """SHA-256 of all that says what roles are given: roles, playbooks, plugins, an inventory."""
    parts = [root / name for name in ("ansible.cfg", "playbooks", "plugins", "roles")]
    found = hashlib.sha256()
    for part in (*parts, inventory, *others):
        for file in sorted(part.rglob("*")) if part.is_dir() else [part]:
            if file.is_file() and "__pycache__" not in file.parts:
                # of any clone
                name, content = f"{part.name}/{file.relative_to(part)}", file.read_bytes()
                found.update(f"{name} {len(content)}\n".encode() + content)
    return found.hexdigest()


class _Told:
    """What the lines of Ansible's own view say."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._plays: list[tuple[str, float]] = []
        self._nodes: list[NodeResult] = []

    def line(self, line: str) -> None:
        if play := _PLAY.match(line):
            self._plays.append((play[1], time.monotonic()))
            self._say(play[1])
        elif line.startswith("PLAY RECAP"):
            self._plays.append(("", time.monotonic()))
        elif recap := _RECAP.match(line):
            self._nodes.append(NodeResult(recap[1], *map(int, recap.groups()[1:])))
        elif _FAULT.match(line):
            self._say(line)

    def outcome(self) -> Outcome:
        ends = [at for _, at in self._plays[1:]]
        plays = (Play(name, end - at) for (name, at), end in zip(self._plays, ends, strict=False))
        return Outcome(tuple(self._nodes), tuple(plays))
