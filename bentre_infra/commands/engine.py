"""``bentre engine``: the Pulumi engine of this project."""

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer

from bentre_infra import engine
from bentre_infra.engine import golang
from bentre_infra.engine.sources import Sources
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress

app = typer.Typer(
    help="Pulumi's CLI, its Python language host and the OpenStack provider.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

INSTALL = """Install the engine: the machine's at the pinned versions, else built from Go modules.

Modules come from the machine's module proxy. The first build takes some minutes; a run that was
stopped goes on where it stopped. In a virtual environment, plain `pulumi` works afterwards.

Examples:

    bentre engine install

    BENTRE_CACHE=/srv/cache bentre engine install
"""

STATUS = """Say which parts of the engine are installed. Exit code 0: all; 1: something is missing.

Examples:

    bentre engine status

    bentre engine status --json | jq -r '.parts[] | select(.origin == "missing") | .name'
"""

GO = """Run Go as the engine's build does: same toolchain, caches and flags. Alone, print its path.

Examples:

    bentre engine go

    cd engine/pulumi && bentre engine go test ./...
"""


@app.command(help=INSTALL)
def install() -> None:
    """Install what is missing."""
    _print(engine.install(Paths.from_env(), Progress()))


@app.command(help=STATUS)
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print the status as JSON.")] = False,
) -> None:
    """Say what is installed."""
    found = engine.locate(Paths.from_env())
    if as_json:
        typer.echo(json.dumps({"ready": found.ready, **asdict(found)}, indent=2, default=str))
    else:
        _print(found)
    if not found.ready:
        raise typer.Exit(1)


@app.command(help=GO, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def go(context: typer.Context) -> None:
    """Run the Go that builds the engine."""
    toolchain = golang.find(Paths.from_env(), Sources.find())
    if toolchain is None:
        raise BentreError("no Go on this machine is new enough", "bentre engine install")
    if not context.args:
        typer.echo(toolchain.program)
        return
    os.execve(  # noqa: S606  (no shell)
        toolchain.program, [str(toolchain.program), *context.args], toolchain.env()
    )


def _print(found: engine.EngineStatus) -> None:
    for part in found.parts:
        typer.echo(f"{part.name:26} {part.version:9} {part.origin:8} {part.path or ''}".rstrip())


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    root.add_typer(app, name="engine")
