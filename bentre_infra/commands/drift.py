"""``bentre drift``: what a hand, or a fault, changed."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bentre_infra.commands.plan import AsJson, Env, SiteFile, Stacks, show, today
from bentre_infra.commands.stacks import runners, site_of
from bentre_infra.engine.lines import teller
from bentre_infra.plan.apply import apply_stacks
from bentre_infra.plan.drift import Drift, as_data, drift, mend_hidden
from bentre_infra.plan.plan import plan
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.progress import Progress

HELP = """Compare the stacks with what is really there; nothing is changed.

Sees changed properties, deleted resources, security groups added to a port by hand, and what
nobody declared in the stacks' projects (servers, volumes, networks, routers, floating addresses,
security groups and their rules). Exit codes: 0 none, 1 something failed, 2 drift.

--accept writes what is there into the states (then change the programs, or the next apply undoes
it). --repair makes it what the programs say, through the gate. Undeclared things are only
reported: delete them, or declare them with `pulumi import`.

Examples:

    bentre drift

    bentre drift --json | jq -r '.drift[].resource'

    bentre drift --repair
"""


def drift_(
    *,
    env: Env = "lab",
    stack: Stacks = None,
    site: SiteFile = None,
    accept: Annotated[bool, typer.Option("--accept", help="Record what is there.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Put back what is declared.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the stacks with what is really there."""
    if accept and repair:
        raise BentreError("--accept and --repair contradict each other", "choose one")
    stacks, progress = runners(env, stack), Progress()
    tell = teller(progress)
    with progress.phase("drift"):
        found = drift(stacks, tell)
    if found and accept:
        with progress.phase("accept"):
            for each in stacks:
                each.refresh(tell)
    if found and repair:
        allowances = site_of(env, site).allowances
        with progress.phase("plan"):
            plans = plan(stacks, allowances, today(), tell)
        show(plans, Console(highlight=False, stderr=True))
        apply_stacks(stacks, allowances, today(), progress, plans)
        mend_hidden(stacks, found)
    if found and (accept or repair):
        with progress.phase("drift"):
            found = drift(stacks, tell)
    if as_json:
        typer.echo(json.dumps(as_data(found), indent=2, ensure_ascii=False))
    else:
        _show(found)
    if found:
        raise typer.Exit(2)


def _show(found: list[Drift]) -> None:
    console = Console(highlight=False)
    if not found:
        console.print("no drift")
        return
    table = Table("resource", "property", "recorded", "actual", "owner")
    for each in found:
        table.add_row(
            each.resource, each.property, _words(each.recorded), _words(each.actual), each.owner
        )
    console.print(table)


def _words(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="drift", help=HELP)(drift_)
