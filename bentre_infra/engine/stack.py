"""Run a stack of this project through Pulumi's Automation API."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi import automation

from bentre_infra.engine.command import InterruptibleCommand
from bentre_infra.engine.reason import reason
from bentre_infra.engine.steps import Step, StepLog
from bentre_infra.runtime.errors import BentreError

# said where a state is gone, with its passphrase, and the settings file still has its salt
_NEW_STACK_OLD_SALT = "could not create secrets manager for new stack: incorrect passphrase"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What an update did.

    Attributes:
        changes: number of resources by what was done: ``create``, ``update``, ``delete``, ``same``
        outputs: the stack's outputs by name; secret ones are left out.
    """

    changes: Mapping[str, int]
    outputs: Mapping[str, Any]

    @property
    def changed(self) -> int:
        """Resources that were not left as they were."""
        return sum(n for kind, n in self.changes.items() if kind != "same")


class StackRunner:
    """One stack: a folder with a ``Pulumi.yaml`` and the name of an environment.

    Args:
        folder: the Pulumi project.
        name: the stack's name, for example ``lab``.
        env: environment of the engine: where it is, its state backend, the cloud's entry.
    """

    def __init__(self, folder: Path, name: str, env: Mapping[str, str]) -> None:
        self._folder = folder
        self._name = name
        self._env = dict(env)

    @property
    def project(self) -> str:
        """The folder's name, which is the project's."""
        return self._folder.name

    @property
    def folder(self) -> Path:
        """Where its program is."""
        return self._folder

    @property
    def env(self) -> Mapping[str, str]:
        """The environment that it runs in."""
        return self._env

    def preview(self, say: Say) -> list[Step]:
        """Ask what ``up`` would do, after a look at what is really there; nothing changes.

        Raises:
            BentreError: the program or the cloud failed.
        """
        stack, log = self._open(), StepLog()
        self._recovering(
            stack, say, lambda: stack.preview(refresh=True, color="never", on_event=log)
        )
        return log.planned

    def preview_destroy(self, say: Say) -> list[Step]:
        """Ask what ``destroy`` would do; nothing changes.

        Raises:
            BentreError: the engine failed.
        """
        stack, log = self._open(), StepLog()
        self._recovering(stack, say, lambda: stack.preview_destroy(color="never", on_event=log))
        return log.planned

    def preview_refresh(self, say: Say) -> list[Step]:
        """Compare the state with what is really there; neither changes.

        Raises:
            BentreError: the cloud could not be asked.
        """
        stack, log = self._open(), StepLog()
        self._recovering(stack, say, lambda: stack.preview_refresh(color="never", on_event=log))
        return log.done

    def refresh(self, say: Say) -> None:
        """Write what is really there into the state.

        Raises:
            BentreError: the cloud could not be asked.
        """
        stack = self._open()
        self._recovering(stack, say, lambda: stack.refresh(on_output=say, color="never"))

    def resources(self) -> list[Mapping[str, Any]]:
        """Resources of the state as the engine exports them; secrets stay encrypted.

        Raises:
            BentreError: the state cannot be read.
        """
        stack = self._open()
        try:
            deployment = stack.export_stack().deployment
        except automation.CommandError as e:
            raise self._failed(e) from e
        return list((deployment or {}).get("resources", []))

    def outputs(self) -> Mapping[str, Any]:
        """Outputs of the last update by name; secret ones are left out, none before the first.

        Raises:
            BentreError: the state cannot be read.
        """
        stack = self._open()
        try:
            found = stack.outputs()
        except automation.CommandError as e:
            raise self._failed(e) from e
        return {name: output.value for name, output in found.items() if not output.secret}

    def up(self, say: Say, *, refresh: bool = False) -> Outcome:
        """Create or update the stack; says every line that the engine prints.

        Args:
            say: takes each line.
            refresh: look first at what is really there, so that drift is corrected, too
                (pulumi-terraform-bridge issue 3036).

        An update that was killed before leaves a lock behind. Where the process that made the lock
        is gone, the lock goes and the state is refreshed first (docs/recovery.md).

        Raises:
            BentreError: the engine refused or a resource failed; the reason was said before.
        """
        stack = self._open()

        def update() -> automation.UpResult:
            return stack.up(
                on_output=say, color="never", suppress_outputs=True, refresh=refresh or None
            )

        result = self._recovering(stack, say, update)
        outputs = {k: v.value for k, v in result.outputs.items() if not v.secret}
        changes = {str(k): n for k, n in (result.summary.resource_changes or {}).items()}
        return Outcome(changes, outputs)

    def destroy(self, say: Say) -> None:
        """Delete every resource of the stack, then the stack itself; none is fine too.

        Raises:
            BentreError: a resource could not be deleted; the state keeps what is left.
        """
        stack = self._open()
        self._recovering(
            stack, say, lambda: stack.destroy(on_output=say, color="never", suppress_outputs=True)
        )
        stack.workspace.remove_stack(self._name)

    def _open(self) -> automation.Stack:
        options = automation.LocalWorkspaceOptions(
            env_vars=self._env,
            pulumi_home=self._env.get("PULUMI_HOME"),
            pulumi_command=InterruptibleCommand(root=self._root()),
        )
        try:
            try:
                return self._select(options)
            except automation.CommandError as e:
                if _NEW_STACK_OLD_SALT not in str(e):
                    raise
                self._forget_salt()
                return self._select(options)
        except automation.CommandError as e:
            raise self._failed(e) from e

    def _select(self, options: automation.LocalWorkspaceOptions) -> automation.Stack:
        return automation.create_or_select_stack(
            self._name, work_dir=str(self._folder), opts=options
        )

    @property
    def _settings(self) -> Path:
        return self._folder / f"Pulumi.{self._name}.yaml"

    def _forget_salt(self) -> None:
        """Drop the salt of a state that is gone; the rest of the settings stays."""
        lines = self._settings.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = "".join(line for line in lines if not line.startswith("encryptionsalt:"))
        self._settings.write_text(kept, encoding="utf-8")

    def _root(self) -> str:
        """Folder above the ``bin`` where this environment's ``pulumi`` lies."""
        for folder in self._env["PATH"].split(os.pathsep):
            if os.access(Path(folder) / "pulumi", os.X_OK):
                return str(Path(folder).resolve().parent)
        raise BentreError("pulumi: not found", "bentre engine install")

    def _failed(self, error: automation.CommandError) -> BentreError:
        """Say which stack failed, and why."""
        return BentreError(f"stack {self._folder.name}/{self._name}: {reason(str(error))}")

    def _recovering[T](self, stack: automation.Stack, say: Say, act: Callable[[], T]) -> T:
        try:
            try:
                return act()
            except automation.ConcurrentUpdateError as e:
                alive = [pid for pid in _lock_holders(str(e)) if _is_engine(pid)]
                if alive:
                    raise BentreError(
                        f"stack {self._folder.name}/{self._name} is being updated"
                        f" by process {alive[0]}",
                        "wait until it has ended",
                    ) from e
                say("an earlier update was killed: releasing its lock, reading what is there")
                stack.cancel()
                stack.refresh(clear_pending_creates=True, on_output=say, color="never")
                return act()
        except automation.CommandError as e:
            raise self._failed(e) from e


def _lock_holders(message: str) -> list[int]:
    """Process ids in the engine's message about a locked stack (file backend)."""
    return [int(pid) for pid in re.findall(r"\(pid (\d+)\)", message)]


def _is_engine(pid: int) -> bool:
    """Whether a process is an engine that still runs: not another one, and no zombie (proc(5))."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    name, _, rest = said.partition("(")[2].rpartition(")")
    return name == "pulumi" and rest.split()[0] not in "ZX"
