"""Run a program, and say clearly what went wrong when it fails."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bentre_infra.runtime.errors import BentreError

_TAIL_LINES = 5


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    input: str | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
    check: bool = True,
) -> str:
    """Run a program to its end and return what it wrote to standard output.

    Args:
        argv: the program and its arguments. Never a secret: any user can read a process list.
        env: the whole environment; the caller's own when None.
        input: text for standard input (the place for a secret); nothing to read when None.
        cwd: the folder to run in.
        timeout: seconds after which the program is killed; None waits for ever.
        check: whether a non-zero exit code is an error.

    Raises:
        BentreError: the program is missing, timed out, or failed while ``check`` is set; names the
            command, the exit code and the last lines that it wrote.
    """
    command = [str(a) for a in argv]
    stdin = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
    try:
        done = subprocess.run(
            command,
            **stdin,
            env=None if env is None else dict(env),
            cwd=cwd,
            timeout=timeout,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as e:
        missing = cwd if cwd is not None and not cwd.is_dir() else command[0]
        raise BentreError(f"{missing}: not found", "bentre doctor names what to install") from e
    except subprocess.TimeoutExpired as e:
        raise BentreError(f"{shlex.join(command)}: no end after {timeout:g} s") from e
    if check and done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-_TAIL_LINES:]
        raise BentreError(f"{shlex.join(command)}: exit code {done.returncode}: {' | '.join(said)}")
    return str(done.stdout)
