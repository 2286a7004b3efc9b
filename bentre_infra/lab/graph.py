"""Run steps as soon as what they need is done, side by side."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from threading import Event

from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.interrupt import Inbox


@dataclass(frozen=True)
class Step:
    """One thing to do.

    Attributes:
        name: how other steps and messages call it.
        run: does it; it should give up soon once the event is set, since another step failed.
        after: names of the steps that must be done before.
    """

    name: str
    run: Callable[[Event], None]
    after: tuple[str, ...] = ()


def order(needs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """One order in which every name stands after those that it needs.

    Raises:
        BentreError: a name needs one that is not there, or two need each other.
    """
    for name, after in needs.items():
        for needed in after:
            if needed not in needs:
                raise BentreError(f"{name} must start after '{needed}', which does not exist")
    try:
        return tuple(TopologicalSorter(needs).static_order())
    except CycleError as e:
        raise BentreError(f"these wait for each other: {' -> '.join(e.args[1])}") from e


def run(steps: Iterable[Step]) -> None:
    """Do every step; the first failure, or Ctrl-C, ends the rest and is raised.

    Raises:
        BentreError: the steps cannot be ordered.
    """
    by_name = {step.name: step for step in steps}
    order({name: step.after for name, step in by_name.items()})
    sorter = TopologicalSorter({name: step.after for name, step in by_name.items()})
    sorter.prepare()
    stop = Event()
    running: dict[Future[None], str] = {}
    with Inbox[Future[None]]() as ended, ThreadPoolExecutor(len(by_name) or 1) as pool:
        try:
            while sorter.is_active():
                for name in sorter.get_ready():
                    future = pool.submit(by_name[name].run, stop)
                    running[future] = name
                    future.add_done_callback(ended.put)
                one = ended.get()
                one.result()
                sorter.done(running.pop(one))
        except BaseException:
            stop.set()  # the steps in other threads see it and end
            raise
