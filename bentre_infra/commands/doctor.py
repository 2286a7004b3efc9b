"""``bentre doctor``: what this machine lacks, and the command that mends it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from importlib import resources
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bentre_infra import engine
from bentre_infra.lab import preflight
from bentre_infra.lab.layout import Layout
from bentre_infra.runtime import machine
from bentre_infra.runtime.paths import Paths

HELP = """Check this machine and name each missing thing with the command that mends it.

Changes nothing. Exit code 0: all is there; 1: something is missing.

Examples:

    bentre doctor

    bentre doctor --json | jq -r '.[] | select(.ok | not) | .fix'
"""


def _findings(paths: Paths) -> list[machine.Check]:
    listed = resources.files("bentre_infra.lab").joinpath("packages.txt").read_text("utf-8")
    names = [n for line in listed.splitlines() for n in line.partition("#")[0].split()]
    checks: list[Callable[[], machine.Check]] = [
        machine.root,
        machine.debian,
        machine.python,
        lambda: machine.packages(names),
        machine.tun,
        machine.loops,
        machine.cgroup2,
        lambda: machine.disk(paths.cache, 10),
        lambda: machine.disk(paths.state, 5),
        lambda: machine.memory(4),
        lambda: preflight.free_ports(Layout.of(paths)),
        lambda: engine.check(paths),
    ]
    return [check() for check in checks]


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check this machine."""
    findings = _findings(Paths.from_env())
    if as_json:
        typer.echo(json.dumps([asdict(f) for f in findings], indent=2))
    else:
        table = Table("", "what", "found", "mend", box=None)
        for f in findings:
            mark = "[green]✓[/green]" if f.ok else "[red]✗[/red]"
            table.add_row(mark, f.name, f.found, f.fix)
        Console(highlight=False).print(table)
    if not all(f.ok for f in findings):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(help=HELP)(doctor)
