"""The verbs of the ``bentre`` command: one file each, thin; each has ``register(app)``."""

from collections.abc import Callable

import typer

COMMANDS: tuple[Callable[[typer.Typer], None], ...] = ()
