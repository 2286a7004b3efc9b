"""Run the engine so that Ctrl-C stops it once, cleanly, however the signal came."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO

from pulumi import automation
from pulumi.automation._cmd import CommandResult
from pulumi.automation.errors import create_command_error

type OnLine = Callable[[str], object]


class InterruptibleCommand(automation.PulumiCommand):
    """The ``pulumi`` command in a process group of its own.

    A terminal sends Ctrl-C to every process of the foreground group. Were the engine one of them,
    it would end while we are gone already, or be told twice and leave half an operation behind.
    So we alone are told, tell the engine once, and wait: it finishes the operations under way and
    writes its state. A second Ctrl-C reaches it too; it then gives up at once
    (pulumi up, "cancellation").
    """

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnLine | None = None,
        on_error: OnLine | None = None,
    ) -> CommandResult:
        """Run one command to its end.

        Raises:
            CommandError: it failed.
            KeyboardInterrupt: it was interrupted, and has ended.
        """
        if "--non-interactive" not in args:
            args = ["--non-interactive", *args]
        with subprocess.Popen(
            [self.command, *args],
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            process_group=0,
        ) as engine:
            stdout, stderr = _Lines(engine.stdout, on_output), _Lines(engine.stderr, on_error)
            interrupted = False
            while True:
                try:
                    engine.wait()
                    text = stdout.text(), stderr.text()
                    break
                except KeyboardInterrupt:
                    interrupted = True
                    os.killpg(engine.pid, signal.SIGINT)
        if interrupted:
            raise KeyboardInterrupt
        result = CommandResult(text[0], text[1], engine.returncode)
        if result.code != 0:
            raise create_command_error(result)
        return result


class _Lines:
    """Reads a stream to its end in a thread, and says each line."""

    def __init__(self, stream: IO[str] | None, say: OnLine | None) -> None:
        assert stream is not None  # noqa: S101  (both are pipes)
        self._stream = stream
        self._say = say
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._stream:
            for raw in self._stream:
                line = raw.rstrip()
                self._lines.append(line)
                if self._say:
                    self._say(line)

    def text(self) -> str:
        self._thread.join()
        return "\n".join(self._lines)
