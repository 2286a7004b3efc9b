"""``bentre lab``: the embedded OpenStack cloud of this machine."""

import json
import os
import shlex
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bentre_infra.hosts import image as images
from bentre_infra.lab import lifecycle
from bentre_infra.lab import status as lab_status
from bentre_infra.lab.layout import Layout
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress

app = typer.Typer(
    help="The lab cloud: real OpenStack services on this machine.", no_args_is_help=True
)
image_app = typer.Typer(help="Guest images of the lab.", no_args_is_help=True)
app.add_typer(image_app, name="image")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Services(StrEnum):
    """Which services a lab has."""

    CORE = "core"
    ALL = "all"


@app.command()
def up(
    services: Annotated[
        Services, typer.Option(help="core: identity, images, servers, networks; all: every one.")
    ] = Services.ALL,
) -> None:
    """Bring the lab up; one that runs is left as it is.

    The first lab of a machine is built and kept as a golden snapshot; later ones begin from that.

    Examples:

        bentre lab up

        bentre lab up --services core
    """
    lifecycle.up(Paths.from_env(), Progress(), services.value)


@app.command()
def down() -> None:
    """Stop the lab; servers and data come back with the next `bentre lab up`.

    Example:

        bentre lab down
    """
    lifecycle.down(Paths.from_env(), Progress())


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop the lab and throw its servers, volumes, networks and secrets away.

    Example:

        bentre lab reset --yes
    """
    if not yes:
        typer.confirm("Throw every server and volume of the lab away?", abort=True)
    lifecycle.reset(Paths.from_env(), Progress())


@app.command()
def status(as_json: Json = False) -> None:
    """Say what runs, whether it answers, and how much memory it takes.

    Exit code 0: every service that was started is healthy; 1: one is not; 3: the lab is down.

    Examples:

        bentre lab status

        bentre lab status --json | jq -r '.services[] | select(.healthy | not) | .name'
    """
    found = lab_status.read(Layout.of(Paths.from_env()))
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=2))
    else:
        _print(found)
    raise typer.Exit(found.exit_code)


@app.command()
def logs(
    service: Annotated[str, typer.Argument(help="As `bentre lab status` names it.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as it grows.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last.")] = 50,
) -> None:
    """Print the end of a service's log, or of every log.

    Examples:

        bentre lab logs nova -n 200

        bentre lab logs -f
    """
    folder = Layout.of(Paths.from_env()).log
    names = sorted(path.stem for path in folder.glob("*.log"))
    if service and service not in names:
        raise BentreError(f"no log of '{service}'", f"one of {', '.join(names) or 'none'}")
    files = [str(folder / f"{name}.log") for name in ([service] if service else names)]
    if not files:
        raise BentreError("the lab has logged nothing yet", "bentre lab up")
    os.execvp("tail", ["tail", f"--lines={lines}", *(["--follow=name"] if follow else []), *files])  # noqa: S606


@app.command()
def env(as_json: Json = False) -> None:
    """Print the variables with which openstack, pulumi and ssh work with the lab.

    Examples:

        eval "$(bentre lab env)"; openstack server list

        bentre lab env --json | jq -r .OS_CLIENT_CONFIG_FILE
    """
    from bentre_infra.commands.environment import lab_environment  # noqa: PLC0415  (the engine)

    variables = lab_environment(Paths.from_env())
    if as_json:
        typer.echo(json.dumps(variables, indent=2))
        return
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@image_app.command("build")
def build_image(
    name: Annotated[str, typer.Argument(help="debian12 or debian13.")],
    anew: Annotated[bool, typer.Option("--anew", help="Also when the cache has it.")] = False,
) -> None:
    """Build a guest image; the next `bentre lab up` offers it.

    Example:

        bentre lab image build debian13
    """
    made = images.build(name, Paths.from_env(), Progress(), anew=anew)
    typer.echo(made.ext4)


def _print(found: lab_status.Status) -> None:
    console = Console(highlight=False)
    if not found.services:
        console.print("the lab is down" if found.exists else "there is no lab on this machine")
        return
    table = Table("service", "state", "healthy", "pid", "up", "MiB", box=None)
    for s in found.services:
        mark = "[green]✓[/green]" if s.healthy else "[red]✗[/red]"
        table.add_row(s.name, s.state, mark, str(s.pid), f"{s.seconds} s", f"{s.memory_mib:.0f}")
    console.print(table)
    console.print(f"{len(found.services)} services, {found.memory_mib:.0f} MiB; logs: {found.log}")


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    root.add_typer(app, name="lab")
