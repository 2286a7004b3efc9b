"""Collects the facts of many hosts at the same time."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from bentre_infra.compliance.gather.request import Request
from bentre_infra.compliance.gather.transport import (
    NotReachedError,
    Running,
    Target,
    gather_host,
)
from bentre_infra.runtime.interrupt import Inbox

_THREADS = 64
_FEW = 2  # hosts at a time that are asked again: many at once may be why they were slow


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

    A host that answered, but whose programs did not in time, is asked once more when the others
    are done: hosts that share a machine make each other slow.

    Args:
        say: told of each host as it ends.

    Raises:
        KeyboardInterrupt: it was interrupted; every connection has ended.
    """
    requests = {target.name: (target, request) for target, request in asked}
    found: dict[str, Gathered] = {}
    for one in _collect(requests, _THREADS):
        found[one.name] = one
        if not _late(one):
            say(one)
    again = {name: requests[name] for name, one in found.items() if _late(one)}
    for one in _collect(again, _FEW):
        first = found[one.name]
        best = min(one, first, key=_late) if one.facts else first
        found[one.name] = replace(best, seconds=first.seconds + one.seconds)
        say(found[one.name])
    return found


def _late(one: Gathered) -> int:
    """How many programs of a host did not answer in time; they say so, or were ended."""
    programs = one.facts["commands"].values() if one.facts else ()
    return sum("timed out" in told["err"] for told in programs if told and told["rc"] != 0)


def _collect(requests: dict[str, tuple[Target, Request]], at_once: int) -> Iterator[Gathered]:
    """Each host's, as they end."""
    running = Running()
    with Inbox[Future[Gathered]]() as ended, ThreadPoolExecutor(at_once) as pool:
        try:
            for target, request in requests.values():
                pool.submit(_one, target, request, running).add_done_callback(ended.put)
            for _ in requests:
                yield ended.get().result()
        except BaseException:
            running.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


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
