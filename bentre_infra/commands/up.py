"""``bentre up`` and ``bentre down``: the main job, whole, and its end."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bentre_infra import engine
from bentre_infra.commands.environment import lab_environment
from bentre_infra.engine.lines import teller
from bentre_infra.engine.stack import StackRunner
from bentre_infra.hosts import image
from bentre_infra.lab import lifecycle
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress

# in the order in which they stand on each other
STACKS = ("foundation",)
SUITES = ("debian12",)

UP = """Run the main job: engine, guest image, lab cloud, stacks; then say where everything is.

Each step can be run alone (bentre engine install, bentre lab up, pulumi up in stacks/NAME);
a second run changes nothing.

Examples:

    bentre up --env lab

    bentre up --env lab --json | jq .outputs.foundation.ssh
"""

DOWN = """Destroy the stacks and stop the lab; nothing is left running.

The caches stay, so that the next start is quick. `bentre lab down` alone stops the lab and
keeps its servers and data for the next `bentre lab up`.

Examples:

    bentre down --env lab
"""

Env = Annotated[str, typer.Option("--env", help="Which environment; 'lab' is this machine.")]


def _stacks_folder() -> Path:
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "stacks" / STACKS[0] / "Pulumi.yaml").is_file():
            return folder / "stacks"
    raise BentreError(
        f"no stacks/{STACKS[0]}/Pulumi.yaml here or above {Path.cwd()}",
        "run this inside a clone of the project",
    )


def _require_lab(env: str) -> None:
    if env != "lab":
        raise BentreError(f"environment {env!r} is not known", "--env lab")


def up(
    env: Env = "lab",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run the main job."""
    _require_lab(env)
    folder, paths, progress = _stacks_folder(), Paths.from_env(), Progress()
    with progress.phase("engine"):
        engine.install(paths, progress)
    for suite in SUITES:
        with progress.phase(f"guest image {suite}"):
            image.build(suite, paths, progress)
    with progress.phase("lab"):
        lifecycle.up(paths, progress)
    outcomes = {}
    for stack in STACKS:
        with progress.phase(f"stack {stack}"):
            runner = StackRunner(folder / stack, env, lab_environment(paths))
            outcomes[stack] = runner.up(teller(progress))
    if as_json:
        result = {
            "changes": {name: dict(o.changes) for name, o in outcomes.items()},
            "outputs": {name: dict(o.outputs) for name, o in outcomes.items()},
            "phases": [{"phase": title, "seconds": round(s, 1)} for title, s in progress.phases],
        }
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    changed = sum(o.changed for o in outcomes.values())
    console.print(f"[bold]The lab is up;[/bold] {changed} resources changed.")
    table = Table(box=None, show_header=False)
    for name, outcome in outcomes.items():
        for key, value in sorted(outcome.outputs.items()):
            table.add_row(name, key, _words(value))
    console.print(table)
    console.print('Work with it:  eval "$(.venv/bin/bentre lab env)"; openstack server list')
    console.print(
        'Log in:        ssh -i "$BENTRE_SSH_KEY" ' + _login(outcomes["foundation"].outputs)
    )


def down(env: Env = "lab") -> None:
    """Destroy the stacks and stop the lab."""
    _require_lab(env)
    folder, paths, progress = _stacks_folder(), Paths.from_env(), Progress()
    if lifecycle.exists(paths):
        with progress.phase("lab"):
            lifecycle.up(paths, progress)
        engine.install(paths, progress)
        for stack in reversed(STACKS):
            with progress.phase(f"destroy stack {stack}"):
                StackRunner(folder / stack, env, lab_environment(paths)).destroy(teller(progress))
    with progress.phase("lab down"):
        lifecycle.down(paths, progress)


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _login(outputs: Any) -> str:
    return str(outputs.get("ssh", ""))


def register(app: typer.Typer) -> None:
    """Add both verbs."""
    app.command(help=UP)(up)
    app.command(help=DOWN)(down)
