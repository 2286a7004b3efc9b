"""Collects the facts of many hosts at the same time."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from bentre_infra.compliance.gather.request import Request
from bentre_infra.compliance.gather.transport import (
    NotReachedError,
    Running,
    Target,
    gather_host,
)

_THREADS = 64


@dataclass(frozen=True)
class Gathered:
    """What became of one host: facts, or the reason why there are none; seconds it took."""

    name: str
    facts: dict[str, Any] | None
    reason: str
    seconds: float


def gather(
    asked: Iterable[tuple[Target, Request]], say: Callable[[Gathered], None] = lambda _: None
) -> dict[str, Gathered]:
    """Collect from every host, in parallel; one that fails stops no other.

    Args:
        say: told of each host as it ends.

    Raises:
        KeyboardInterrupt: it was interrupted; every connection has ended.
    """
    running = Running()
    found: dict[str, Gathered] = {}
    pool = ThreadPoolExecutor(_THREADS)
    try:
        waiting: set[Future[Gathered]] = {
            pool.submit(_one, target, request, running) for target, request in asked
        }
        while waiting:
            # wakes now and then, so that Ctrl-C is heard
            done, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                one = future.result()
                found[one.name] = one
                say(one)
    except BaseException:
        running.stop()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()
    return found


def _one(target: Target, request: Request, running: Running) -> Gathered:
    began = time.monotonic()
    facts, reason = None, ""
    try:
        facts = gather_host(target, request, running)
    except NotReachedError as e:
        reason = str(e)
    except OSError as e:  # no ssh here, no process left
        reason = f"ssh: {e.strerror or e}"
    return Gathered(target.name, facts, reason, time.monotonic() - began)
