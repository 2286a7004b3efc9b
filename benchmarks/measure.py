"""Whole-process measurements, as the operating system accounts them."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One finished process: wall and CPU seconds, peak memory of its largest process in MiB."""

    seconds: float
    cpu: float
    mib: float


def timed(argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> Run:
    """Run a command to its end; a failure ends the benchmark with what the command said."""
    start = time.monotonic()
    log = cwd / "benchmark.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(a) for a in argv], cwd=cwd, env=dict(env), stdout=out, stderr=out
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{argv}: failed\n{log.read_text(errors='replace')[-4000:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(runs: Sequence[Run], what: str) -> float:
    """Median of one figure over the runs."""
    return statistics.median(getattr(run, what) for run in runs)
