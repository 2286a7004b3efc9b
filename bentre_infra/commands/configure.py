"""``bentre configure``: the site's nodes become what their roles say."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bentre_infra.commands.environment import lab_environment
from bentre_infra.commands.stacks import LAB, site_file, stacks_folder
from bentre_infra.configure import Outcome, configure
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress
from bentre_infra.site.errors import near

CONFIGURE = """Configure the site's nodes: ansible-playbook with a playbook of this clone.

What Ansible prints is kept in a log; here stand the plays, the faults, and how much changed.
Exit code 1: a node could not be reached, or a task failed. A second run changes nothing.

Examples:

    bentre configure                              # playbooks/site.yml on the lab

    bentre configure mail --check --limit mail-server-1

    bentre configure --env bentre --tags firewall --json | jq '.nodes[] | select(.changed > 0)'
"""

Env = Annotated[
    str,
    typer.Option(
        "--env", envvar="BENTRE_ENV", help="A folder of inventories/; 'lab' is this machine."
    ),
]


def playbook_file(name: str) -> Path:
    """Find a playbook of this clone.

    Raises:
        BentreError: there is none of that name.
    """
    folder = stacks_folder().parent / "playbooks"
    found = folder / f"{name}.yml"
    if not found.is_file():
        known = sorted(path.stem for path in folder.glob("*.yml"))
        raise BentreError(
            f'playbook "{name}" is not known{near(name, known)}', f"one of: {', '.join(known)}"
        )
    return found


def run_playbook(
    env: str, name: str, arguments: list[str], paths: Paths, progress: Progress
) -> Outcome:
    """Run a playbook on the nodes of an environment; the log stands beside the site's export."""
    playbook = playbook_file(name)
    inventory = site_file(env).parent
    log = paths.state / "sites" / env / f"{name}.log"
    with progress.phase(f"configure: {playbook.name}"):
        return configure(
            playbook.parents[1],
            inventory,
            playbook,
            arguments,
            env=lab_environment(paths) if env == LAB else {},
            log=log,
            say=lambda line: progress.note(escape(line)),
        )


def configure_(
    *,
    playbook: Annotated[str, typer.Argument(help="A playbook of playbooks/, without .yml.")] = (
        "site"
    ),
    env: Env = LAB,
    check: Annotated[bool, typer.Option("--check", help="Only say what would change.")] = False,
    limit: Annotated[str | None, typer.Option(help="Only these nodes or groups.")] = None,
    tags: Annotated[str | None, typer.Option(help="Only tasks with these tags.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Configure the site's nodes."""
    arguments = ["--check", "--diff"] if check else []
    arguments += [f"--limit={limit}"] if limit else []
    arguments += [f"--tags={tags}"] if tags else []
    outcome = run_playbook(env, playbook, arguments, Paths.from_env(), Progress())
    if as_json:
        data = {"changed": outcome.changed, **asdict(outcome)}
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    table = Table("node", "tasks", "changed", box=None)
    for node in outcome.nodes:
        table.add_row(node.node, str(node.ok), str(node.changed))
    console.print(table)
    seconds = Table("play", "seconds", box=None)
    for play in outcome.plays:
        seconds.add_row(escape(play.name), f"{play.seconds:.1f}")
    console.print(seconds)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("configure", help=CONFIGURE)(configure_)
