"""The verbs of the ``bentre`` command: one file each, thin; each has ``register(app)``."""

from collections.abc import Callable

import typer

from bentre_infra.commands import lab, site

COMMANDS: tuple[Callable[[typer.Typer], None], ...] = (lab.register, site.register)
