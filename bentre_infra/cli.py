"""The ``bentre`` command."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from bentre_infra import __version__
from bentre_infra.commands import COMMANDS
from bentre_infra.runtime.errors import BentreError

app = typer.Typer(
    name="bentre",
    help="Run a province's data centre as code.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


for register in COMMANDS:
    register(app)


def main() -> None:
    """Run the command; a failure is one clear line and its exit code, Ctrl-C is exit code 130."""
    try:
        app()
    except BentreError as e:
        console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
        console.print("error:", e.message, style="red")
        if e.fix:
            console.print("  try:", e.fix)
        sys.exit(e.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
