"""Run a program as a user types it, and look at how it ended."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_TAIL = 100_000  # characters of each stream that a failure shows
# bounds waiting only; a busy machine takes its time
PATIENCE = 1800


def run(
    argv: Sequence[str | Path],
    folder: Path,
    env: Mapping[str, str],
    *,
    code: int | None = 0,
    patience: float = PATIENCE,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, without a terminal; ``code`` is how it must end, None if any way will do.

    What it said last is in the failure.
    """
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )
    if code is not None:
        said = (
            f"{argv}: {done.returncode}, not {code}\n{done.stdout[-_TAIL:]}\n{done.stderr[-_TAIL:]}"
        )
        assert done.returncode == code, said
    return done


def start(
    argv: Sequence[str | Path], folder: Path, env: Mapping[str, str]
) -> subprocess.Popen[str]:
    """Start it in a process group of its own, as a shell does."""
    return subprocess.Popen(
        [str(word) for word in argv],
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )
