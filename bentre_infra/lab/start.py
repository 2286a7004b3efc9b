"""Turn services and tasks into steps of a graph, and do them."""

import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event

from bentre_infra.lab.graph import Step
from bentre_infra.lab.services import Group, Service
from bentre_infra.lab.supervisor import ProcessInfo, Supervisor
from bentre_infra.lab.tasks import Task, Workshop, tasks
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.progress import Progress

_PATIENCE = 300
"""Seconds until a service that does not get ready is given up. It bounds the wait on a machine
that is busy with other work, and says nothing of how long a start takes."""
_ANSWER = 5
_LOOK = 1.0
"""Seconds between two looks at a process that is not ready yet."""
_STARTS = 5
"""A service that has died so often before it was ready will not get ready."""


class Starter:
    """Starts a lab's services and does the work between them.

    Args:
        workshop: what tasks work with.
        services: every service of the lab.
        supervisor: runs them.
        progress: is told of each that is ready.
    """

    def __init__(
        self,
        workshop: Workshop,
        services: tuple[Service, ...],
        supervisor: Supervisor,
        progress: Progress,
    ) -> None:
        self._workshop = workshop
        self._services = services
        self._supervisor = supervisor
        self._progress = progress
        self._done = workshop.layout.data / "done"

    def steps(self, chosen: Group, processes: Mapping[str, ProcessInfo]) -> list[Step]:
        """What is still to do for a lab with the chosen services.

        Args:
            chosen: ``core`` or ``all``.
            processes: what runs already; such services, and every-start tasks of a lab in which
                anything runs, are taken as done.
        """
        running = {name for name, p in processes.items() if p.state in ("RUNNING", "STARTING")}
        wanted = [s for s in self._services if s.group == "core" or chosen == "all"]
        todo: dict[str, Step] = {}
        for service in wanted:
            if service.name not in running:
                todo[service.name] = Step(service.name, self._starting(service), service.after)
        for task in tasks(self._workshop):
            if (task.group == "core" or chosen == "all") and not self._is_done(task, bool(running)):
                todo[task.name] = Step(task.name, self._doing(task), task.after)
        return [
            Step(step.name, step.run, tuple(a for a in step.after if a in todo))
            for step in todo.values()
        ]

    def _starting(self, service: Service) -> "_Starting":
        log = self._workshop.layout.log / f"{service.name}.log"
        return _Starting(service, self._supervisor, self._progress, log)

    def _doing(self, task: Task) -> "_Doing":
        return _Doing(task, self._workshop, self._progress, self._marker(task))

    def _is_done(self, task: Task, anything_runs: bool) -> bool:
        if task.once is None:
            return anything_runs
        marker = self._marker(task)
        return marker.exists() and marker.read_text() == task.once

    def _marker(self, task: Task) -> Path:
        return self._done / task.name


class _Starting:
    def __init__(
        self, service: Service, supervisor: Supervisor, progress: Progress, log: Path
    ) -> None:
        self._service = service
        self._supervisor = supervisor
        self._progress = progress
        self._log = log

    def __call__(self, stop: Event) -> None:
        service, began = self._service, time.monotonic()
        if stop.is_set():
            return
        self._supervisor.start_service(service.layer, service.name)
        starts: set[int] = set()
        looked = began
        while not service.probe.ready(_ANSWER):
            if (now := time.monotonic()) - looked > _LOOK:
                starts.add(self._supervisor.started_at(service.layer, service.name))
                looked = now
            if len(starts) > _STARTS:
                self._give_up(f"{service.name} ends as soon as it is started")
            if now - began > _PATIENCE:
                self._give_up(f"{service.name} is not ready after {_PATIENCE} s")
            if stop.wait(service.probe.pause):
                return
        self._progress.note(f"[dim]{service.name} {time.monotonic() - began:.1f} s[/dim]")

    def _give_up(self, what: str) -> None:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        last = lines[-1] if lines else "it logged nothing"
        raise BentreError(f"{what}: {last}", f"bentre lab logs {self._service.name}")


class _Doing:
    def __init__(self, task: Task, workshop: Workshop, progress: Progress, marker: Path) -> None:
        self._task = task
        self._workshop = workshop
        self._progress = progress
        self._marker = marker

    def __call__(self, stop: Event) -> None:
        task, began = self._task, time.monotonic()
        if stop.is_set():
            return
        task.work(self._workshop, stop)
        if stop.is_set():
            return
        if task.once is not None:
            self._marker.parent.mkdir(exist_ok=True)
            self._marker.write_text(task.once)
        self._progress.note(f"[dim]{task.name} {time.monotonic() - began:.1f} s[/dim]")
