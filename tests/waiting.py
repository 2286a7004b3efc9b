"""Wait for what should happen, for all tests: of the lab, and of roles (``molecule``)."""

import subprocess
import time
from collections.abc import Callable

PATIENCE = 300  # seconds until a thing that should happen is given up; a bound, not a measure


def eventually[T](probe: Callable[[], T], patience: float = PATIENCE) -> T:
    """Repeat a probe until it returns something true; its last answer or error is the failure."""
    deadline = time.monotonic() + patience
    while True:
        last: object
        try:
            answer = probe()
            if answer:
                return answer
            last = answer
        except (OSError, AssertionError, subprocess.SubprocessError) as e:
            last = e
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {last!r}")
        time.sleep(0.2)
