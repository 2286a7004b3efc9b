"""``bentre configure``: the site's nodes become what their roles say."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bentre_infra.commands.environment import lab_environment
from bentre_infra.commands.stacks import LAB, site_file, stacks_folder
from bentre_infra.configure import VALUES_ONLY, Outcome, configure, digest
from bentre_infra.inventory import export_path
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress
from bentre_infra.site.errors import near

CONFIGURE = """Configure the site's nodes: ansible-playbook with a playbook of this clone.

First every role looks at the values that it is given: a wrong one stops the run before anything
is changed. What Ansible prints is kept in a log; here stand the plays, the faults, and how much
changed.
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
    env: str,
    name: str,
    paths: Paths,
    progress: Progress,
    *,
    limit: str | None = None,
    arguments: Sequence[str] = (),
) -> Outcome:
    """Run a playbook on the nodes of an environment; the log stands beside the site's export.

    First every role looks at the values that it was given, on every node: one that is wrong stops
    the run before anything is changed. Where all of them did so before, and neither roles nor
    inventory changed since, that is left out: each looks again anyway when its own turn comes.
    """
    playbook = playbook_file(name)
    root, inventory = playbook.parents[1], site_file(env).parent
    nodes = [f"--limit={limit}"] if limit else []

    def run(arguments: Sequence[str], log: str) -> Outcome:
        return configure(
            root,
            inventory,
            playbook,
            [*nodes, *arguments],
            env=lab_environment(paths) if env == LAB else {},
            log=paths.state / "sites" / env / log,
            say=lambda line: progress.note(escape(line)),
        )

    good = paths.state / "sites" / env / f"{name}-values.good"
    given = digest(root, inventory, export_path(env, paths)) + f" {limit or ''}"
    if good.is_file() and good.read_text() == given:
        progress.note(f"values of {playbook.name}: as when they were last looked at")
    else:
        with progress.phase(f"values of {playbook.name}"):
            run([VALUES_ONLY], f"{name}-values.log")
        good.write_text(given)
    with progress.phase(f"configure: {playbook.name}"):
        return run(arguments, f"{name}.log")


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
    arguments += [f"--tags={tags}"] if tags else []
    outcome = run_playbook(
        env, playbook, Paths.from_env(), Progress(), limit=limit, arguments=arguments
    )
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
