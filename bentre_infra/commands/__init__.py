"""The verbs of the ``bentre`` command: one file each, thin; each has ``register(app)``."""

from collections.abc import Callable

import typer

from bentre_infra.commands import (
    audit,
    configure,
    doctor,
    drift,
    engine,
    graph,
    lab,
    plan,
    site,
    up,
)

COMMANDS: tuple[Callable[[typer.Typer], None], ...] = (
    audit.register,
    configure.register,
    doctor.register,
    drift.register,
    engine.register,
    graph.register,
    lab.register,
    plan.register,
    site.register,
    up.register,
)
