"""Runs on a host as root: ``run.py PROGRAM ARGUMENTS``; says as JSON what it took.

Wall and CPU seconds of the program and all that it started, and the memory of the largest of them.
"""

import json
import resource
import subprocess
import sys
import time


def main() -> None:
    """Run it; an exit code above 2 is a failure (oscap ends with 2 where a rule failed)."""
    start = time.monotonic()
    done = subprocess.run(
        sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    seconds = time.monotonic() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > 2:
        raise SystemExit(f"{sys.argv[1:]}: {done.returncode}: {done.stderr[-500:]}")
    cpu = used.ru_utime + used.ru_stime
    print(json.dumps({"seconds": seconds, "cpu": cpu, "mib": used.ru_maxrss / 1024}))


main()
